"""Child processes: started on a leash, logged to a file, stopped for certain, never mistaken for another process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from simulator.errors import ChildDiedError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

LEASH = Path(__file__).with_name("leash.py")
POLL_INTERVAL_S = 0.02
LOG_TAIL_LINES = 30
STOP_WITHIN_S = 10.0
CREATED_AT_TOLERANCE_S = 1.0  # the kernel counts from boot, and the clock that boot is read off may be stepped


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """A process, told from any later one that is given the same pid."""

    pid: int
    created_at: float  # seconds since the epoch

    @classmethod
    def of(cls, pid: int) -> Identity:
        """The process that has this pid now.

        Raises psutil.NoSuchProcess when none has.
        """
        return cls(pid=pid, created_at=psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The process while it runs, else None; one that has ended and was not yet waited for does not run."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created_at) <= CREATED_AT_TOLERANCE_S
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None

    async def stop(self, *, within_s: float = STOP_WITHIN_S) -> None:
        """Send SIGTERM, and SIGKILL when it still runs after `within_s`.

        Nothing is sent to another process of the same pid.
        """
        for number, deadline_s in ((signal.SIGTERM, within_s), (signal.SIGKILL, STOP_WITHIN_S)):
            process = self.find()
            if process is None:
                return
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                return
            if await until(lambda: self.find() is None, within_s=deadline_s):
                return


async def until(condition: Callable[[], bool], *, within_s: float) -> bool:
    """Whether the condition came true in time."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() >= deadline_s:
            return False
        await asyncio.sleep(POLL_INTERVAL_S)
    return True


class Child:
    """One child process, in a process group of its own so that Ctrl-C in a terminal reaches the parent alone.

    Not bound to an event loop: it may be started in one and stopped in another.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> None:
        """Nothing runs before `start`. `env` replaces the parent's environment; `log` is written anew at each start."""
        self.name = name
        self.log = log
        self._command = list(command)
        self._env = env
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: Identity | None = None

    def start(self) -> Identity:
        """Run the command.

        Raises OSError when the log cannot be written; a command that does not exist shows as an early exit.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *self._command]
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  # the commands are ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=self._directory,
                process_group=0,
            )
        self._identity = Identity.of(self._process.pid)
        return self._identity

    @property
    def identity(self) -> Identity | None:
        """The process last started; None before the first start."""
        return self._identity

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """As the shell has it, but minus the signal's number when a signal ended it; None while it runs or before."""
        return None if self._process is None else self._process.poll()

    def check(self) -> None:
        """Raises ChildDiedError when the process has ended."""
        status = self.exit_status
        if status is not None:
            raise ChildDiedError(self.name, status, self.log_tail())

    async def ended(self) -> int:
        """Wait, for as long as it takes, and return the exit status."""
        while (status := self.exit_status) is None:  # noqa: ASYNC110  # no event loop to own an event
            await asyncio.sleep(POLL_INTERVAL_S)
        return status

    async def stop(self, *, within_s: float = STOP_WITHIN_S) -> None:
        """Send SIGTERM, and SIGKILL when it still runs after `within_s`."""
        if self._process is None:
            return
        self._process.terminate()  # sends nothing to a process that has been waited for
        if not await until(lambda: not self.is_running, within_s=within_s):
            await self.kill()

    async def kill(self) -> None:
        """Send SIGKILL and wait for the end."""
        if self._process is not None:
            self._process.kill()
            await self.ended()

    def log_tail(self) -> str:
        """The last lines of the log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-LOG_TAIL_LINES:]) or "(nothing)"


@contextmanager
def signals_unwind() -> Generator[None]:
    """Let SIGTERM and SIGHUP cancel the task that entered, and end it with KeyboardInterrupt as Ctrl-C does.

    So every way of ending unwinds the stack, and what the stack started is stopped. Only the main thread may set
    handlers; in others this does nothing.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    if task is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []

    def unwind(number: int, _: object) -> None:
        received.append(number)
        loop.call_soon_threadsafe(task.cancel)

    before = {number: signal.signal(number, unwind) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except asyncio.CancelledError:
        if received:
            raise KeyboardInterrupt from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
