"""A door for programs without an event loop: `with SyncGate(config, feed_factory) as gate: answer = gate.decide("A1234BC", Exit.RELEASE)`.

The gate lives in a thread of its own with a loop of its own. Any thread may ask. Asking always ends: in the gate's answer, or, when that does
not come in time or the thread has died, in REFER. An answer that came too late is not given, though the journal may hold it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as TooLateError
from typing import TYPE_CHECKING, TypeVar

from holdfast_gate.answer import Answer, Refer, Trouble
from holdfast_gate.containment import contained
from holdfast_gate.errors import GateTroubleError
from holdfast_gate.gate import Gate
from holdfast_gate.model import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from types import TracebackType
    from typing import Any

    from holdfast_gate.checks import CheckDone
    from holdfast_gate.clock import Clock
    from holdfast_gate.config import GateConfig
    from holdfast_gate.feed import Feed
    from holdfast_gate.model import Exit
    from holdfast_gate.position import GatePosition
    from holdfast_gate.settlement import Officer, Settlement

_log = logging.getLogger("holdfast_gate")
#: How long opening may take: a replica of every prisoner is read from the disk.
OPEN_TIMEOUT_S = 60.0
#: How long closing may take, beyond what the gate itself may take to send its reports.
CLOSE_TIMEOUT_S = 15.0
DECIDE_TIMEOUT_S = 10.0
#: No wait is longer, whatever was asked for.
TIMEOUT_MAX_S = 3600.0
T = TypeVar("T")


class SyncGate:
    """One gate for a synchronous program; enter it once. After a fork it belongs to the parent: the child is refused everything."""

    def __init__(self, config: GateConfig, feed_factory: Callable[[], Feed], clock: Clock | None = None) -> None:
        """Nothing happens before it is entered. `feed_factory` is called in the gate's own thread, where its loop runs."""
        self._config = config
        self._feed_factory = feed_factory
        self._clock = clock
        self._process: int | None = None
        self._thread = threading.Thread(target=self._live, name=f"holdfast-gate {config.gate_id}", daemon=True)
        self._opened: Future[tuple[Gate, asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._pending: set[Future[Any]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> SyncGate:  # noqa: PYI034 - typing.Self is younger than Python 3.10
        """Open the gate. Raises what opening a gate raises, and GateTroubleError when that takes too long or was done before."""
        if self._process is not None:
            message = "a SyncGate is entered once: make another one"
            raise GateTroubleError(message)
        self._process = os.getpid()
        self._thread.start()
        try:
            self._opened.result(OPEN_TIMEOUT_S)
        except TooLateError as error:
            self._closed = True
            message = f"the gate did not open within {OPEN_TIMEOUT_S:.0f} s"
            raise GateTroubleError(message) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        """Close the gate: whoever waits for it is answered at once. In the child of a fork, nothing."""
        if os.getpid() != self._process:
            return
        with self._lock:
            self._closed = True
        _, loop, stop = self._opened.result(0)
        if self._thread.is_alive() and not loop.is_closed():
            contained(lambda: loop.call_soon_threadsafe(stop.set), lambda _: None)
        self._thread.join(CLOSE_TIMEOUT_S)
        if self._thread.is_alive():
            _log.error("the gate did not close within %.0f s", CLOSE_TIMEOUT_S)

    def decide(self, prisoner_number: str, exit_: Exit, checks: Sequence[CheckDone] = (), *, timeout_s: float = DECIDE_TIMEOUT_S) -> Answer:
        """As `Gate.decide`. Total: whatever goes wrong here, a closed door, a dead thread, no answer in time, is REFER INTERNAL_ERROR."""
        return contained(
            lambda: self._run(lambda gate: gate.decide(prisoner_number, exit_, checks), timeout_s),
            lambda error: _refer(prisoner_number, exit_, error),
        )

    def settle(
        self, sequence: int, *, reason_code: str, officers: tuple[Officer, Officer], note: str = "", timeout_s: float = DECIDE_TIMEOUT_S
    ) -> Settlement:
        """As `Gate.settle`: raises SettlementError; GateTroubleError when the gate cannot be asked or does not answer in time: ask again."""
        return self._run(lambda gate: gate.settle(sequence, reason_code=reason_code, officers=officers, note=note), timeout_s)

    def synchronised(self, timeout_s: float, prisoner_number: str | None = None) -> bool:
        """As `Gate.synchronised`. Raises GateTroubleError when the gate cannot be asked."""
        return self._run(lambda gate: gate.synchronised(timeout_s, prisoner_number), timeout_s + DECIDE_TIMEOUT_S)

    def position(self, *, timeout_s: float = DECIDE_TIMEOUT_S) -> GatePosition:
        """As `Gate.position`. Raises GateTroubleError when the gate cannot be asked."""

        async def position(gate: Gate) -> GatePosition:
            return gate.position()

        return self._run(position, timeout_s)

    # --- asking the thread -----------------------------------------------------------------------------------------------

    def _run(self, work: Callable[[Gate], Coroutine[Any, Any, T]], timeout_s: float) -> T:
        """What `work` gives within the gate's loop. Raises GateTroubleError where the gate cannot be asked, or does not answer in time."""
        # Before any lock: in the child of a fork it may be held by a thread that does not exist there.
        if os.getpid() != self._process:
            message = "the gate is not open in this process: open one here, with a directory of its own"
            raise GateTroubleError(message)
        if threading.current_thread() is self._thread:
            message = "the gate's own thread cannot wait for the gate"
            raise GateTroubleError(message)
        future = self._submitted(work)
        try:
            return future.result(max(0.0, min(timeout_s, TIMEOUT_MAX_S)))
        except TooLateError as error:
            future.cancel()
            message = f"the gate did not answer within {timeout_s} s"
            raise GateTroubleError(message) from error
        except CancelledError as error:
            message = "the gate has closed"
            raise GateTroubleError(message) from error
        finally:
            with self._lock:
                self._pending.discard(future)

    def _submitted(self, work: Callable[[Gate], Coroutine[Any, Any, T]]) -> Future[T]:
        with self._lock:
            if self._closed:
                message = "the gate is closed"
                raise GateTroubleError(message)
            gate, loop, _ = self._opened.result(0)
            coroutine = work(gate)
            try:
                future = asyncio.run_coroutine_threadsafe(coroutine, loop)
            except RuntimeError as error:  # the loop has ended, and its thread is about to say so
                coroutine.close()
                message = "the gate's thread has died"
                raise GateTroubleError(message) from error
            self._pending.add(future)
            return future

    # --- the thread ------------------------------------------------------------------------------------------------------

    def _live(self) -> None:
        """The gate's whole life. However it ends, whoever waits is told."""
        ended: list[Exception | None] = []
        try:
            ended.append(contained(lambda: asyncio.run(self._gate_open()), lambda error: error))
        finally:
            self._ended(ended[0] if ended else GateTroubleError("it was told to exit"))

    def _ended(self, error: Exception | None) -> None:
        message = "the gate has closed" if error is None else f"the gate's thread has died ({type(error).__name__}: {error})"
        with self._lock:
            self._closed = True
            for future in self._pending:
                contained(lambda future=future: future.set_exception(GateTroubleError(message)), lambda _: None)
        if not self._opened.done():
            self._opened.set_exception(error or GateTroubleError(message))
        elif error is not None:
            _log.error("%s", message, exc_info=error)

    async def _gate_open(self) -> None:
        async with Gate(self._config, self._feed_factory(), self._clock) as gate:
            stop = asyncio.Event()
            if self._closed:  # nobody waits for it any more
                return
            self._opened.set_result((gate, asyncio.get_running_loop(), stop))
            await stop.wait()


def _refer(prisoner_number: object, exit_: object, error: Exception) -> Answer:
    refer = Refer(Trouble.INTERNAL_ERROR, f"This gate could not be asked ({str(error) or type(error).__name__}): tell whoever runs it.")
    return Answer(decision=Decision.REFER, prisoner_number=str(prisoner_number), exit=str(exit_), refer=(refer,))
