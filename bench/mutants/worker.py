"""One worker: a process that imports everything once, forks for every mutant, and answers on its standard output.

    parent ── JSON lines ──▶ worker ── fork ──▶ collected session ── fork ──▶ a mutant put into live functions
                                   └── fork ──▶ a session of its own over a changed file

The worker itself imports nothing of ours but this package, so that what it forks can still import a changed file first.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any, NoReturn

import pytest
from hypothesis import HealthCheck, Phase, settings

from bench.mutants.session import Fresh, Serving, Touched, baseline, run_until_failure
from bench.mutants.swap import Functions, NotAliveError, functions_of, import_instead, swap
from bench.mutants.trial import Outcome, Setting, Trial, Verdict

#: The name of Hypothesis's settings here.
PROFILE = "mutants"
#: A mutant that only more random examples than these would find deserves a test of its own; and each that survives costs all of them.
EXAMPLES_MAX = 40
#: Exit status of a child whose mutant cannot be put into live functions.
NOT_ALIVE = 3
#: Exit status of a child in which a test failed, or nothing could be imported; its killer is on the pipe.
KILLED = 1


def main() -> None:
    """Read the setting and then trials from standard input until it ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    setting = Setting(**json.loads(sys.stdin.readline()))
    _few_examples()
    with tempfile.TemporaryDirectory(prefix="holdfast-mutants-") as directory:
        tempfile.tempdir = directory  # what killed children leave behind goes with it
        with contextlib.suppress(BrokenPipeError):  # nobody is left to answer to
            _Worker(setting, answers, Path(directory) / "output").work(sys.stdin)


def _few_examples() -> None:
    """The same few examples at every run and for every mutant, none kept, and no search for a smaller one."""
    settings.register_profile(
        PROFILE,
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=EXAMPLES_MAX,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile(PROFILE)
    init = settings.__init__

    def at_most(self: settings, parent: settings | None = None, **words: object) -> None:
        # A test's own number outranks a profile's, and Hypothesis has no way to say "at most".
        if isinstance(asked := words.get("max_examples"), int):
            words["max_examples"] = min(asked, EXAMPLES_MAX)
        init(self, parent, **words)  # pyright: ignore[reportArgumentType]  # passed on as it came

    settings.__init__ = at_most


class _Worker:
    def __init__(self, setting: Setting, answers: IO[str], output: Path) -> None:
        self._root = Path(setting.root)
        self._setting = setting
        self._answers = answers
        self._output = output
        self._files = {str(self._root / file): file for file in setting.files}
        self._preloaded: Sequence[str] = ()

    def work(self, requests: IO[str]) -> None:
        """Answer every request."""
        session, far = Pipe()
        self._fork(lambda: self._collected_session(far, session))
        far.close()
        ready = session.recv()
        self._say(ready)
        if "trouble" in ready:
            return
        for line in requests:
            request = json.loads(line)
            if request["do"] == "baseline":
                session.send(request)
                while "progress" in (answer := session.recv()):
                    self._say(answer)
                self._say(answer)
                continue
            trial = Trial(**request["trial"])
            began_s = time.monotonic()
            alive: Outcome | None = None
            if trial.live:
                session.send(request)
                alive = session.recv()
            outcome = alive or self._afresh(trial)
            self._say({"outcome": {**asdict(outcome), "seconds": time.monotonic() - began_s, "live": alive is not None}})
        session.close()

    def _say(self, answer: Mapping[str, Any]) -> None:
        self._answers.write(json.dumps(answer) + "\n")

    # --- in a session that has collected everything --------------------------------------------------------------------------

    def _collected_session(self, parent: Connection, other_end: Connection) -> None:
        other_end.close()
        self._hide_output()
        touched = Touched(self._files)

        def serve(items: Sequence[pytest.Item], at_import: frozenset[str]) -> None:
            parent.send({"tests": [item.nodeid for item in items], "at_import": sorted(at_import)})
            self._serve(parent, items, touched)

        touched.start()
        status = pytest.main(self._arguments(self._setting.tests), plugins=[Serving(touched, serve)])
        if status != pytest.ExitCode.OK:
            parent.send({"trouble": self._output.read_text(errors="replace")})

    def _serve(self, parent: Connection, items: Sequence[pytest.Item], touched: Touched) -> None:
        gc.collect()
        functions = functions_of(frozenset(self._files))
        gc.freeze()  # after that nobody finds them; and a child's collections leave the parent's pages shared
        by_name = {item.nodeid: item for item in items}
        while True:
            try:
                request = parent.recv()
            except EOFError:
                return
            if request["do"] == "baseline":
                self._baseline(parent, [by_name[name] for name in request["tests"]], touched)
                continue
            trial = Trial(**request["trial"])
            parent.send(self._alive(trial, [by_name[name] for name in trial.tests], functions))

    def _baseline(self, parent: Connection, items: Sequence[pytest.Item], touched: Touched) -> None:
        def run() -> None:
            watch = baseline(items, touched, lambda: parent.send({"progress": 1}))
            tests = {name: {"seconds": test.seconds, "touched": sorted(test.touched)} for name, test in watch.tests().items()}
            parent.send({"baseline": tests, "failed": watch.failed})

        _, status = os.waitpid(self._fork(run), 0)
        if status:
            parent.send({"trouble": f"the tests ended with status {status} without a mutant\n{self._output.read_text(errors='replace')}"})

    def _alive(self, trial: Trial, items: Sequence[pytest.Item], functions: Functions) -> Outcome | None:
        def run(say: Callable[[str | None], NoReturn]) -> None:
            try:
                swap(functions, file=str(self._root / trial.path), scope=trial.scope, source=trial.source)
            except NotAliveError:
                os._exit(NOT_ALIVE)
            say(run_until_failure(items, dict(zip(trial.tests, trial.limits_s, strict=True))))

        return self._judged(run, trial.deadline_s)

    # --- in a session of its own ---------------------------------------------------------------------------------------------

    def _afresh(self, trial: Trial) -> Outcome:
        self._preload()

        def run(say: Callable[[str | None], NoReturn]) -> None:
            self._hide_output()
            import_instead(str(self._root / trial.path), trial.source)
            modules = list(dict.fromkeys(test.split("::", 1)[0] for test in trial.tests))
            pytest.main(self._arguments(modules), plugins=[Fresh(trial.tests, dict(zip(trial.tests, trial.limits_s, strict=True)), say)])
            say("import")

        outcome = self._judged(run, trial.deadline_s)
        if outcome is None:
            raise RuntimeError("only a live trial can say that it is not alive")
        return outcome

    def _preload(self) -> None:
        """Import what others wrote, once: a session of its own then imports only what is ours."""
        if self._preloaded:
            return
        near, far = Pipe()

        def collect() -> None:
            self._hide_output()
            pytest.main([*self._arguments(self._setting.tests), "--collect-only"])
            far.send([name for name, module in list(sys.modules.items()) if _is_foreign(getattr(module, "__file__", None), self._root)])

        child = self._fork(collect)
        far.close()
        self._preloaded = near.recv()
        os.waitpid(child, 0)
        for name in self._preloaded:
            try:
                importlib.import_module(name)
            except ImportError:
                continue  # whoever needs it imports it again, and is told why it cannot

    # --- processes -----------------------------------------------------------------------------------------------------------

    def _judged(self, run: Callable[[Callable[[str | None], NoReturn]], None], deadline_s: float) -> Outcome | None:
        """What a child that runs `run` says of its mutant, by the deadline; None: the mutant cannot be put into live functions.

        `run` is given how to say which test failed, if one did: the child ends there, for to leave a session in good order takes as long as a test.
        """
        near, far = Pipe(duplex=False)

        def say(killer: str | None) -> NoReturn:
            if killer is None:
                os._exit(0)
            far.send(killer)
            os._exit(KILLED)

        child = self._fork(lambda: run(say))
        far.close()
        said = near.poll(deadline_s)  # true too when the child has closed its end by ending
        if not said:
            os.killpg(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            by_time = not said or os.WTERMSIG(status) == signal.SIGPROF
            return Outcome(verdict=Verdict.TIMED_OUT if by_time else Verdict.KILLED, by="" if by_time else f"signal {os.WTERMSIG(status)}")
        match os.waitstatus_to_exitcode(status):
            case 0:
                return Outcome(verdict=Verdict.SURVIVED)
            case 3:
                return None
            case _:
                try:
                    return Outcome(verdict=Verdict.KILLED, by=near.recv())
                except EOFError:
                    return Outcome(verdict=Verdict.KILLED, by="exit")

    @staticmethod
    def _fork(run: Callable[[], None]) -> int:
        child = os.fork()
        if not child:
            _be_child(run)
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.setpgid(child, child)  # the child does it too: whoever is first
        return child

    def _arguments(self, tests: Sequence[str]) -> list[str]:
        return ["--rootdir", str(self._root), *_QUIET, *self._setting.pytest, *tests]

    def _hide_output(self) -> None:
        fd = os.open(self._output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(fd, stream)


#: No cache, no capture and nothing told of a failure but that there is one (nobody reads it), no complaint that Hypothesis was there before pytest,
#: and no timer but ours.
_QUIET = (
    *("-q", "-p", "no:cacheprovider", "--capture=no", "--assert=plain", "--tb=native"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
    *("--timeout=0", "-o", "timeout_method=thread"),
)


def _be_child(run: Callable[[], None]) -> NoReturn:
    os.setpgid(0, 0)
    status = 2
    try:
        run()
        status = 0
    finally:
        os._exit(status)


def _is_foreign(file: str | None, root: Path) -> bool:
    return file is not None and (Path(file).is_relative_to(sys.prefix) or not Path(file).is_relative_to(root))


if __name__ == "__main__":
    main()
