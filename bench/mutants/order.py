"""Which tests are tried against a mutant, and in which order: the likeliest killers first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from bench.mutants.mutation import Mutant
from bench.mutants.trial import Test, Trial

#: A test may take this much processor time, and this many times as long as without a mutant: other work on the machine slows no test's clock.
LIMIT_S = 2.0
LIMIT_FACTOR = 10.0
#: A trial as a whole may take this long by the clock, beside its tests: a test that waits for ever uses no processor.
DEADLINE_S = 60.0
#: Tests of the same function that have killed lately come first, at most so many.
LATELY_MAX = 10


class Order:
    """Learns from every kill."""

    def __init__(self, tests: Mapping[str, Test], at_import: frozenset[str]) -> None:
        """`tests`: what each touched; `at_import`: functions that were called while tests were imported, so that their mutants need imports anew."""
        self._tests = tests
        self._at_import = at_import
        self._by_function: dict[str, list[str]] = defaultdict(list)
        self._by_file: dict[str, dict[str, None]] = defaultdict(dict)
        # A test that goes through little is the likelier to be about this function, and is quick.
        self._all = sorted(tests, key=lambda name: (len(tests[name].touched) * (0.002 + tests[name].seconds), name))
        for name in self._all:
            for function in tests[name].touched:
                self._by_function[function].append(name)
                self._by_file[function.split(":", 1)[0]][name] = None
        self._kills: dict[str, Counter[str]] = defaultdict(Counter)

    def killed(self, mutant: Mutant, by: str) -> None:
        """A test has killed a mutant."""
        self._kills[f"{mutant.path}:{mutant.scope}"][by] += 1

    def trials(self, mutant: Mutant, killer: str) -> Iterator[Trial]:
        """One trial after another until one kills; `killer` is the test that killed it in an earlier run, if one did.

        In live functions, one: every test that goes through the function. Over imports, several, for each imports what it needs: the killer alone;
        the tests that go through the function, or through the file; and all, for what is written outside functions may reach any test.
        """
        function = f"{mutant.path}:{mutant.scope}"
        likely = [name for name, _ in self._kills[function].most_common(LATELY_MAX)]
        touching = self._by_function[function]
        if mutant.in_body and function not in self._at_import:
            if touching:
                yield self._trial(mutant, self._known([killer, *likely, *touching]), live=True)
            return
        tried: set[str] = set()
        for stage in ([killer], likely[:3], touching, list(self._by_file[mutant.path]), self._all):
            tests = [name for name in self._known(stage) if name not in tried]
            tried |= set(tests)
            if tests:
                yield self._trial(mutant, tests, live=False)

    def _known(self, names: Sequence[str]) -> list[str]:
        return [name for name in dict.fromkeys(names) if name in self._tests]

    def _trial(self, mutant: Mutant, names: Sequence[str], *, live: bool) -> Trial:
        seconds = [self._tests[name].seconds for name in names]
        return Trial(
            path=mutant.path,
            scope=mutant.scope,
            source=mutant.source,
            live=live,
            tests=tuple(names),
            limits_s=tuple(LIMIT_S + LIMIT_FACTOR * each for each in seconds),
            deadline_s=DEADLINE_S + LIMIT_FACTOR * sum(seconds),
        )
