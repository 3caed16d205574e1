"""The pytest plugins of a worker: one keeps a session collected and serves from it, the others run chosen tests in a forked child."""

from __future__ import annotations

import resource
import signal
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType, FrameType
from typing import NoReturn

import pytest

from bench.mutants.swap import outer
from bench.mutants.trial import Test

#: No mutant may take more memory than this: an endless list must not take the machine with it.
MEMORY_MAX_BYTES = 6 << 30
#: A test of the baseline may take this long at the most.
BASELINE_TEST_S = 60.0


class Touched:
    """Notes which functions of some files are called."""

    def __init__(self, files: Mapping[str, str]) -> None:
        """`files`: absolute path to the path by which it is reported."""
        self._files = files
        self._codes: dict[int, CodeType] = {}

    def start(self) -> None:
        """Note every call of a Python function in this and in new threads."""
        threading.settrace(self._note)
        sys.settrace(self._note)

    def stop(self) -> None:
        """Note no more."""
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    def _note(self, frame: FrameType, _event: str, _argument: object) -> None:
        code = frame.f_code
        self._codes[id(code)] = code  # by id, and kept alive by it: to hash a code object takes longer than to run many a function

    def taken(self) -> frozenset[str]:
        """The functions called since the last time, each as `path:scope`."""
        codes, self._codes = self._codes, {}
        return frozenset(f"{self._files[c.co_filename]}:{outer(c.co_qualname)}" for c in codes.values() if c.co_filename in self._files)


class Serving:
    """Collects, and then hands the items to `serve` instead of running them."""

    def __init__(self, touched: Touched, serve: Callable[[Sequence[pytest.Item], frozenset[str]], None]) -> None:
        """`serve` gets the items and what was called while they were imported."""
        self._touched = touched
        self._serve = serve

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Serve; pytest's own loop, which would run the tests, is not reached."""
        if session.testsfailed:
            raise session.Interrupted
        self._touched.stop()
        self._serve(session.items, self._touched.taken())
        return True


class Failure:
    """Remembers the first test that failed."""

    def __init__(self) -> None:
        """Nothing failed yet."""
        self.test: str | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest after set-up, call and tear-down of each test."""
        if report.failed and self.test is None:
            self.test = report.nodeid


def run_until_failure(items: Sequence[pytest.Item], limits_s: Mapping[str, float]) -> str | None:
    """Run `items` up to the first that fails, and say which; a test that exceeds its limit of processor time ends this process by SIGPROF.

    Only for a process that ends afterwards: its memory is limited, and its session is spent.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX_BYTES, MEMORY_MAX_BYTES))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    failure = Failure()
    for item, following in _in_turn(items, failure):
        signal.setitimer(signal.ITIMER_PROF, limits_s.get(item.nodeid, BASELINE_TEST_S))
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if failure.test is not None:
            break
    signal.setitimer(signal.ITIMER_PROF, 0)
    return failure.test


def _in_turn(items: Sequence[pytest.Item], watch: object) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    """Each item with the one after it, as pytest wants them, with `watch` told of every report."""
    if not items:
        return
    items[0].config.pluginmanager.register(watch)
    yield from zip(items, [*items[1:], None], strict=True)


class Fresh:
    """Runs the chosen tests of a new session, in the order given."""

    def __init__(self, tests: Sequence[str], limits_s: Mapping[str, float], say: Callable[[str | None], NoReturn]) -> None:
        """`limits_s`: seconds of processor time that each test may take. `say` is told which test failed, if one did, and ends the process."""
        self._rank = {test: n for n, test in enumerate(tests)}
        self._limits_s = limits_s
        self._say = say

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run them, unless something could not even be imported."""
        if session.testsfailed:
            return True
        chosen = [item for item in session.items if item.nodeid in self._rank]
        return self._say(run_until_failure(sorted(chosen, key=lambda item: self._rank[item.nodeid]), self._limits_s))


class Watch:
    """How each test does without a mutant. What set-up touches may serve later tests of the module too, so it is the whole module's."""

    def __init__(self, touched: Touched) -> None:
        """`touched` notes while a test runs."""
        self._touched = touched
        self._in_setup: dict[str, set[str]] = defaultdict(set)
        self._passed: dict[str, Test] = {}
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest after set-up, call and tear-down of each test."""
        functions = self._touched.taken()
        if report.failed:
            self.failed.append(report.nodeid)
        if report.when == "setup":
            self._in_setup[_module(report.nodeid)] |= functions
        if report.when == "call" and report.passed:
            self._passed[report.nodeid] = Test(seconds=report.duration, touched=functions)

    def tests(self) -> dict[str, Test]:
        """Those that passed."""
        return {name: Test(seconds=test.seconds, touched=test.touched | self._in_setup[_module(name)]) for name, test in self._passed.items()}


def _module(nodeid: str) -> str:
    return nodeid.split("::", 1)[0]


def baseline(items: Sequence[pytest.Item], touched: Touched, progress: Callable[[], None]) -> Watch:
    """Run `items` without a mutant, and call `progress` after each."""
    watch = Watch(touched)
    for item, following in _in_turn(items, watch):
        touched.start()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        touched.stop()
        progress()
    return watch
