"""Identifiers and the prisoner numbers that they lead to: what records taught, and what people have ruled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from holdfast.claims import Claim, Identifier, Link
from holdfast.records import LinkEntry
from holdfast.subjects import newest

Numbers = frozenset[str]
NOBODY: Numbers = frozenset()

#: Enough people to settle whose an identifier is, since that frees the others.
SIGNATORIES_TO_SETTLE = 2


@dataclass
class Links:
    """The numbers that records taught each identifier to lead to, and each word of people about it."""

    learnt: dict[Identifier, Numbers] = field(default_factory=dict)
    changed: dict[Identifier, LinkEntry] = field(default_factory=dict)
    _of_number: dict[str, set[Identifier]] = field(default_factory=lambda: defaultdict(set))
    _words: dict[Identifier, dict[str, tuple[Claim, ...]]] = field(default_factory=lambda: defaultdict(dict))

    def load(self, entry: LinkEntry) -> None:
        """Take back what was learnt."""
        self._set(entry.identifier, frozenset(entry.prisoner_numbers))

    def hear(self, words: tuple[Claim, ...]) -> None:
        """Take note of what people say of one identifier and one number: the newest word, or several in one version."""
        for claim in words:
            if isinstance(claim.body, Link):
                self._words[claim.body.identifier][claim.body.prisoner_number] = newest(words)
                self._of_number[claim.body.prisoner_number].add(claim.body.identifier)

    def add(self, identifiers: Iterable[Identifier], numbers: Numbers) -> set[Identifier]:
        """Learn from a record that each leads to `numbers` too; those for which that is new."""
        fresh = {identifier for identifier in identifiers if not numbers <= self.learnt.get(identifier, NOBODY)}
        for identifier in fresh:
            self._change(identifier, self.learnt.get(identifier, NOBODY) | numbers)
        return fresh

    def forget(self, identifier: Identifier, number: str) -> None:
        """It was learnt for `number` in error."""
        self._change(identifier, self.learnt[identifier] - {number})

    def of_number(self, number: str) -> set[Identifier]:
        """Every identifier that was ever learnt or said to be `number`'s, or not to be."""
        return self._of_number.get(number, set())

    def meaning(self, identifier: Identifier) -> Numbers:
        """Whom an identifier leads to: whoever two people settled on; else everybody it was learnt or linked for, less those it was unlinked from."""
        ruled = self._ruled(identifier)
        return ruled.settled or (self.learnt.get(identifier, NOBODY) | ruled.linked) - ruled.denied

    def certain(self, identifier: Identifier) -> Numbers:
        """The same without what one person alone has said: that can hold somebody, and must not free anybody."""
        ruled = self._ruled(identifier)
        return ruled.settled or self.learnt.get(identifier, NOBODY) - ruled.denied

    def ever(self, identifier: Identifier) -> Numbers:
        """Everybody for whom it was learnt or linked."""
        return self.learnt.get(identifier, NOBODY) | self._ruled(identifier).linked

    def is_ruled(self, identifier: Identifier) -> bool:
        """Whether people have said whose it is by two signatures, or that it is not somebody's for whom it was learnt."""
        ruled = self._ruled(identifier)
        return bool(ruled.settled or ruled.denied & (self.learnt.get(identifier, NOBODY) | ruled.linked))

    def refused(self, identifier: Identifier) -> Numbers:
        """The numbers that people have said it is not, and nobody in the same version that it is."""
        ruled = self._ruled(identifier)
        return ruled.denied - ruled.linked

    def _ruled(self, identifier: Identifier) -> _Ruled:
        settled: set[str] = set()
        linked: set[str] = set()
        denied: set[str] = set()
        for number, words in self._words.get(identifier, {}).items():
            for claim in words:
                if not isinstance(claim.body, Link):
                    continue
                (linked if claim.body.linked else denied).add(number)
                if claim.body.linked and len(set(claim.by)) >= SIGNATORIES_TO_SETTLE:
                    settled.add(number)
        return _Ruled(settled=frozenset(settled), linked=frozenset(linked), denied=frozenset(denied))

    def _change(self, identifier: Identifier, numbers: Numbers) -> None:
        self._set(identifier, numbers)
        self.changed[identifier] = LinkEntry(identifier=identifier, prisoner_numbers=tuple(sorted(numbers)))

    def _set(self, identifier: Identifier, numbers: Numbers) -> None:
        self.learnt[identifier] = numbers
        for number in numbers:
            self._of_number[number].add(identifier)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ruled:
    """What people have said of an identifier: numbers that two of them settled on, that anybody linked it to, and that it was unlinked from."""

    settled: Numbers
    linked: Numbers
    denied: Numbers
