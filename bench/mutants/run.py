"""`holdfast mutants`: gather, try, tell."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from rich.console import Console

from bench.mutants import equivalent, score
from bench.mutants.changes import changed_lines
from bench.mutants.equivalent import Equivalent
from bench.mutants.mutation import Mutant, mutants_of
from bench.mutants.order import Order
from bench.mutants.pool import Pool
from bench.mutants.progress import Progress
from bench.mutants.record import Record, digest
from bench.mutants.score import Judged
from bench.mutants.trial import Outcome, Setting, Test, Trial, Verdict

SAVE_EVERY_S = 15.0
#: Characters in a line where no terminal says how many it has.
WIDTH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is mutated, by what tests it is judged, and where nothing may survive. Paths and patterns are relative to `root`."""

    root: Path
    files: tuple[str, ...]
    strict: tuple[str, ...]
    tests: tuple[str, ...]
    pytest: tuple[str, ...]
    inputs: tuple[str, ...]
    equivalents: str
    record: str

    def mutated(self) -> tuple[str, ...]:
        """The files that are mutated."""
        return tuple(sorted({str(path.relative_to(self.root)) for pattern in self.files for path in self.root.glob(pattern)}))

    def is_strict(self, file: str) -> bool:
        """Whether no mutant of the file may survive."""
        return any(fnmatch(file, pattern) for pattern in self.strict)


#: The core, and the gate's decision. The tests are the quick ones that run in one process and do not race a clock: `test_command_line` starts
#: processes, which no mutant reaches; `test_recovery` and `test_store` are about what is around the decision; `test_scan_is_linear` measures time.
HOLDFAST = Scope(
    root=Path(__file__).parents[2],
    files=("holdfast/**/*.py", *(f"sdk/holdfast_gate/{name}.py" for name in ("decide", "checks", "answer", "freshness"))),
    strict=(
        *(f"holdfast/{name}.py" for name in ("status", "subjects", "court", "custody", "orders", "release_dates", "plausibility", "queries")),
        "holdfast/grounds*",
        *(f"sdk/holdfast_gate/{name}.py" for name in ("decide", "checks")),
    ),
    tests=(
        "tests/core",
        "tests/intake",
        "tests/house/test_law_page.py",
        *(
            f"tests/gate/test_{name}.py"
            for name in ("decision_table", "edges", "sentences", "wording", "checks", "freshness", "partition", "properties", "gate", "journal")
        ),
    ),
    pytest=("-m", "not broker and not slow", "--deselect", "tests/intake/test_identifiers.py::test_scan_is_linear"),
    inputs=("holdfast", "sdk", "schemas", "services", "simulator", "tests", "docs/law.md", "bench/mutants", "pyproject.toml", "uv.lock"),
    equivalents="tests/mutants/equivalent.toml",
    record=".holdfast/mutants.json",
)


class Run:
    """One run over some mutants."""

    def __init__(self, scope: Scope, *, jobs: int, console: Console) -> None:
        """`console` is told how far it has come."""
        self._scope = scope
        self._jobs = jobs
        self._console = console
        self._record = Record.load(scope.root / scope.record)
        self._digest = digest(scope.root, scope.inputs)
        self._saved_s = time.monotonic()

    def forget(self) -> None:
        """Begin without what earlier runs found."""
        self._record = Record(path=self._record.path)

    def mutants(self, files: Sequence[str]) -> list[Mutant]:
        """Every mutant of `files`."""
        found: list[Mutant] = []
        with Progress("Files read", len(files), self._console) as progress:
            for file in files:
                found += mutants_of(file, (self._scope.root / file).read_text())
                progress.step()
        return found

    def listed(self, mutants: Sequence[Mutant], files: Sequence[str], *, all_files: bool) -> dict[str, Equivalent]:
        """Those of `mutants`, which are all of `files`, that are listed as equivalent; with `all_files` an entry for any other file is an error."""
        path = self._scope.root / self._scope.equivalents
        entries = [entry for entry in equivalent.load(path) if all_files or entry.file in files]
        return equivalent.listed(mutants, entries, path=path)

    def outcomes(self, mutants: Sequence[Mutant], *, seconds: float | None = None, strict_all: bool = False) -> Mapping[str, Outcome]:
        """What became of each mutant, by key. With `seconds`, what was not tried by then is left out; with `strict_all`, not of strict files."""
        known = {mutant.key: self._record.known(mutant.key, self._digest) for mutant in mutants}
        found = {key: outcome for key, outcome in known.items() if outcome is not None}
        untried = [mutant for mutant in mutants if mutant.key not in found]
        if not untried:
            return found
        scope = self._scope
        setting = Setting(root=str(scope.root), files=scope.mutated(), tests=scope.tests, pytest=scope.pytest)
        with Pool(setting, self._jobs) as pool:
            collected = pool.collected()
            # In a hurry, tests that ran before are known well enough to begin with.
            hurried = seconds is not None and not strict_all and bool(self._record.tests)
            self._baseline(pool, collected.tests, only_new=hurried)
            until_s = None if seconds is None else time.monotonic() + seconds
            first = [mutant for mutant in untried if strict_all and self._scope.is_strict(mutant.path)]
            if first:
                found |= self._tried(pool, first, collected.at_import, until_s=None)
            found |= self._tried(pool, [each for each in untried if each.key not in found], collected.at_import, until_s=until_s)
            again = [mutant for mutant in untried if mutant.key in found and found[mutant.key].verdict is Verdict.SURVIVED]
            if again and self._record.tests_digest != self._digest:
                self._baseline(pool, collected.tests, only_new=False)
                found |= self._tried(pool, again, collected.at_import, until_s=None)
        self._record.save()
        return found

    def _baseline(self, pool: Pool, tests: Sequence[str], *, only_new: bool) -> None:
        if self._record.tests_digest == self._digest:
            return
        wanted = [test for test in tests if test not in self._record.tests] if only_new else tests
        with Progress("Tests without a mutant", len(wanted), self._console) as progress:
            found = pool.baseline(wanted, progress.step) if wanted else {}
        kept: dict[str, Test] = {name: test for name, test in self._record.tests.items() if only_new and name in set(tests)}
        self._record.tests = kept | found
        if not only_new:
            self._record.tests_digest = self._digest
        self._record.save()

    def _tried(self, pool: Pool, mutants: Sequence[Mutant], at_import: frozenset[str], *, until_s: float | None) -> dict[str, Outcome]:
        order = Order(self._record.tests, at_import)
        by_key = {mutant.key: mutant for mutant in mutants}
        found: dict[str, Outcome] = {}

        def tasks() -> Iterator[tuple[str, Iterator[Trial]]]:
            # By key: no order in the text, so that what is left will take as long as what was done, and what is done in time is a sample of all.
            for mutant in sorted(mutants, key=lambda mutant: mutant.key):
                if until_s is not None and time.monotonic() > until_s:
                    return
                yield mutant.key, order.trials(mutant, self._record.killer(mutant.key))

        def said(key: str, outcome: Outcome) -> None:
            found[key] = outcome
            self._record.outcomes[key] = (self._digest, outcome)
            if outcome.verdict is Verdict.KILLED:
                order.killed(by_key[key], outcome.by)
            progress.step(survived=outcome.verdict is Verdict.SURVIVED)
            if time.monotonic() - self._saved_s > SAVE_EVERY_S:
                self._record.save()
                self._saved_s = time.monotonic()

        with Progress("Mutants", len(mutants), self._console) as progress:
            try:
                pool.judge(tasks(), said)
            finally:
                self._record.save()  # whatever ends this run, the next goes on from here
        return found

    def judged(self, mutants: Sequence[Mutant], outcomes: Mapping[str, Outcome], listed: Mapping[str, Equivalent]) -> list[Judged]:
        """Mutants, outcomes and list together."""
        return [
            Judged(mutant=each, outcome=outcomes.get(each.key), listed=listed.get(each.key), strict=self._scope.is_strict(each.path))
            for each in mutants
        ]


def whole(scope: Scope, *, files: Sequence[str], jobs: int, forget: bool, as_json: bool, minutes: float | None = None) -> bool:
    """Try every mutant of `files` (of all that are mutated, where none is named) and print the scores.

    After `minutes` only mutants of strict files are still tried: of each other file a sample, and how many they were is printed.
    True if none survives where none may, and no test kills one that is listed as equivalent.
    """
    began_s = time.monotonic()
    run = Run(scope, jobs=jobs, console=Console(stderr=True))
    if forget:
        run.forget()
    chosen = [file for file in scope.mutated() if not files or file in files]
    mutants = run.mutants(chosen)
    listed = run.listed(mutants, chosen, all_files=not files)
    seconds_most = None if minutes is None else minutes * 60
    judged = run.judged(mutants, run.outcomes(mutants, seconds=seconds_most, strict_all=True), listed)
    passed = not any((each.survived and each.strict) or each.wrongly_listed for each in judged)
    seconds = time.monotonic() - began_s
    if as_json:
        print(score.as_json(judged, seconds=seconds, passed=passed))  # noqa: T201
    else:
        console = Console()
        if not console.is_terminal:
            console.width = WIDTH
        score.show(judged, seconds=seconds, console=console)
    return passed


def changed(scope: Scope, *, jobs: int, seconds: float, as_json: bool) -> bool:
    """Try the mutants of changed lines for `seconds`; True if none survived."""
    began_s = time.monotonic()
    lines = changed_lines(scope.root, scope.mutated())
    if not lines and not as_json:
        Console().print("Mutants: no line of the core changed.")
        return True
    files = [file for file in scope.mutated() if file in lines]
    run = Run(scope, jobs=jobs, console=Console(stderr=True))
    all_of_files = run.mutants(files)
    listed = run.listed(all_of_files, files, all_files=False)
    mutants = [each for each in all_of_files if each.key not in listed and _is_within(each, lines[each.path])]
    judged = run.judged(mutants, run.outcomes(mutants, seconds=seconds), {})
    survivors = [each for each in judged if each.survived]
    if as_json:
        print(score.as_json(judged, seconds=time.monotonic() - began_s, passed=not survivors))  # noqa: T201
        return not survivors
    console = Console()
    for each in survivors:
        console.print(score.told(each), soft_wrap=True)
    tried = sum(each.outcome is not None for each in judged)
    left = f"; {len(mutants) - tried:,} were not tried in {seconds:g} s: make mutants tries all" if tried < len(mutants) else ""
    console.print(f"Mutants of changed lines: {tried:,} of {len(mutants):,} tried, {len(survivors)} survived{left}.")
    return not survivors


def _is_within(mutant: Mutant, lines: frozenset[int]) -> bool:
    return any(line in lines for line in range(mutant.line, mutant.last_line + 1))
