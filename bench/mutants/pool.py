"""The workers, as the parent sees them."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Self

from bench.mutants.errors import FailingTestsError, WorkerError
from bench.mutants.trial import Collected, Outcome, Setting, Test, Trial, Verdict

READY_WITHIN_S = 120.0
TEST_WITHIN_S = 90.0
#: Beyond the deadline of a trial, for the fork and, the first time, for what a session of its own needs.
SPARE_S = 60.0


class Worker:
    """One worker process. Every wait has a deadline; a worker that misses one is ended."""

    def __init__(self, setting: Setting) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.mutants.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=setting.root,
            bufsize=0,
        )
        self._buffer = b""
        self._send(asdict(setting))

    def collected(self) -> Collected:
        """Wait until it has collected the tests."""
        ready = self._answer(READY_WITHIN_S)
        if "trouble" in ready:
            raise WorkerError(f"the tests cannot be collected:\n{ready['trouble']}")
        return Collected(tests=tuple(ready["tests"]), at_import=frozenset(ready["at_import"]))

    def baseline(self, tests: Sequence[str], progress: Callable[[], None]) -> dict[str, Test]:
        """How each of `tests` does without a mutant; those that are skipped are left out."""
        self._send({"do": "baseline", "tests": list(tests)})
        while "progress" in (answer := self._answer(TEST_WITHIN_S)):
            progress()
        if "trouble" in answer:
            raise WorkerError(answer["trouble"])
        if answer["failed"]:
            raise FailingTestsError("without any mutant these tests fail; mend them first:\n" + "\n".join(answer["failed"]))
        return {name: Test(seconds=test["seconds"], touched=frozenset(test["touched"])) for name, test in answer["baseline"].items()}

    def judge(self, trial: Trial) -> Outcome:
        """The verdict on one mutant."""
        self._send({"do": "try", "trial": asdict(trial)})
        outcome = self._answer(2 * trial.deadline_s + SPARE_S)["outcome"]
        return Outcome(verdict=Verdict(outcome["verdict"]), by=outcome["by"], seconds=outcome["seconds"], live=outcome["live"])

    def _send(self, request: Mapping[str, Any]) -> None:
        if self._process.stdin is None:
            raise WorkerError("a worker has no standard input")
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
        except BrokenPipeError as error:
            raise WorkerError("a worker ended before it was asked") from error

    def _answer(self, within_s: float) -> dict[str, Any]:
        if self._process.stdout is None:
            raise WorkerError("a worker has no standard output")
        until_s = time.monotonic() + within_s
        fd = self._process.stdout.fileno()
        while b"\n" not in self._buffer:
            readable, _, _ = select.select([fd], [], [], max(0.0, until_s - time.monotonic()))
            if not readable:
                raise WorkerError(f"a worker did not answer within {within_s:g} s")
            read = os.read(fd, 1 << 20)
            if not read:
                raise WorkerError(f"a worker ended with status {self._process.wait(timeout=10)} instead of answering")
            self._buffer += read
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    def end(self) -> None:
        """Let it end; what it has forked ends with it, or at its own limit."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=10)


class Pool:
    """Workers that are asked in parallel, each by a thread of its own."""

    def __init__(self, setting: Setting, count: int) -> None:
        """Start `count` workers."""
        self._workers = [Worker(setting) for _ in range(count)]

    def __enter__(self) -> Self:
        """Workers are running already."""
        return self

    def __exit__(self, *_: object) -> None:
        """End them all."""
        for worker in self._workers:
            worker.end()

    def collected(self) -> Collected:
        """Wait until all are ready."""
        found = [worker.collected() for worker in self._workers]
        return Collected(tests=found[0].tests, at_import=frozenset().union(*(each.at_import for each in found)))

    def baseline(self, tests: Sequence[str], progress: Callable[[], None]) -> dict[str, Test]:
        """How each of `tests` does without a mutant. The tests of one module stay together, for they may share fixtures."""
        modules: dict[str, list[str]] = {}
        for test in tests:
            modules.setdefault(test.split("::", 1)[0], []).append(test)
        shares: list[list[str]] = [[] for _ in self._workers]
        for module in sorted(modules.values(), key=len, reverse=True):
            min(shares, key=len).extend(module)
        found: dict[str, Test] = {}
        self._all_at_once([lambda w=w, s=s: found.update(w.baseline(s, progress)) for w, s in zip(self._workers, shares, strict=True)])
        return found

    def judge(self, tasks: Iterator[tuple[str, Iterator[Trial]]], said: Callable[[str, Outcome], None]) -> None:
        """Try each task (a mutant's key, and one trial after another until one does not survive), and say how each went, one at a time."""
        lock = threading.Lock()

        def work(worker: Worker) -> None:
            while True:
                with lock:
                    key, trials = next(tasks, ("", None))
                if trials is None:
                    return
                outcome = Outcome(verdict=Verdict.SURVIVED)
                seconds = 0.0
                while outcome.verdict is Verdict.SURVIVED:
                    with lock:
                        trial = next(trials, None)
                    if trial is None:
                        break
                    outcome = worker.judge(trial)
                    seconds += outcome.seconds
                with lock:
                    said(key, replace(outcome, seconds=seconds))

        self._all_at_once([lambda w=worker: work(w) for worker in self._workers])

    @staticmethod
    def _all_at_once(tasks: Sequence[Callable[[], object]]) -> None:
        """Run `tasks` in threads of their own until all have ended, or one has failed: its error is raised."""
        errors: list[Exception] = []

        def run(task: Callable[[], object]) -> None:
            try:
                task()
            except Exception as error:  # noqa: BLE001  # it is raised below, in the thread that waits
                errors.append(error)

        threads = [threading.Thread(target=run, args=(task,), daemon=True) for task in tasks]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads) and not errors:
            for thread in threads:
                thread.join(timeout=0.1)
        if errors:
            raise errors[0]
