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
        """Whom an identifier leads to.

        Whoever two people settled on last, and whoever one person has named since, which holds both; else everybody it was learnt or linked for, less
        those it was unlinked from.
        """
        ruled = self._ruled(identifier)
        return ruled.settled | ruled.contesting if ruled.settled else (self.learnt.get(identifier, NOBODY) | ruled.linked) - ruled.denied

    def certain(self, identifier: Identifier) -> Numbers:
        """The same without what one person alone has said: that can hold somebody, and must not free anybody."""
        ruled = self._ruled(identifier)
        return ruled.settled or self.learnt.get(identifier, NOBODY) - ruled.denied

    def overruled(self, identifier: Identifier) -> tuple[Claim | None, Numbers]:
        """The act by which two people settled on one number last, and everybody else for whom it was learnt or linked until then."""
        ruled = self._ruled(identifier)
        settling = {number: claim for number, claim in self._settling(identifier).items() if number in ruled.settled}
        if len(settling) != 1:
            return None, NOBODY
        ((number, claim),) = settling.items()
        return claim, (self.learnt.get(identifier, NOBODY) | ruled.linked) - ruled.contesting - {number}

    def is_ruled(self, identifier: Identifier) -> bool:
        """Whether two people have said whose it is, or that it is not somebody's for whom it was learnt."""
        ruled = self._ruled(identifier)
        return bool(ruled.settled or ruled.denied & (self.learnt.get(identifier, NOBODY) | ruled.linked))

    def refused(self, identifier: Identifier) -> Numbers:
        """The numbers that people have said it is not, and nobody in the same version that it is."""
        ruled = self._ruled(identifier)
        return ruled.denied - ruled.linked

    def _settling(self, identifier: Identifier) -> dict[str, Claim]:
        """For each number, the newest word that it is his, where two people have signed it."""
        return {
            number: claim
            for number, words in self._words.get(identifier, {}).items()
            for claim in words
            if _says(claim) and len(set(claim.by)) >= SIGNATORIES_TO_SETTLE
        }

    def _ruled(self, identifier: Identifier) -> _Ruled:
        words = self._words.get(identifier)
        if not words:
            return _NO_RULING
        settling = self._settling(identifier)
        last = max((claim.recorded_at for claim in settling.values()), default=None)
        linked = {number: claim.recorded_at for number, said in words.items() for claim in said if _says(claim)}
        settled = frozenset(number for number, claim in settling.items() if claim.recorded_at == last)
        return _Ruled(
            settled=settled,
            linked=frozenset(linked),
            contesting=frozenset(n for n, at in linked.items() if last is not None and at >= last) - settled,
            denied=frozenset(number for number, said in words.items() for claim in said if not _says(claim)),
        )

    def _change(self, identifier: Identifier, numbers: Numbers) -> None:
        self._set(identifier, numbers)
        self.changed[identifier] = LinkEntry(identifier=identifier, prisoner_numbers=tuple(sorted(numbers)))

    def _set(self, identifier: Identifier, numbers: Numbers) -> None:
        self.learnt[identifier] = numbers
        for number in numbers:
            self._of_number[number].add(identifier)


def _says(claim: Claim) -> bool:
    return isinstance(claim.body, Link) and claim.body.linked


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ruled:
    """What people have said of an identifier.

    The numbers that two of them settled on last, that anybody linked it to, that one person has named since it was settled, and that it was unlinked
    from.
    """

    settled: Numbers = NOBODY
    linked: Numbers = NOBODY
    contesting: Numbers = NOBODY
    denied: Numbers = NOBODY


_NO_RULING = _Ruled()
