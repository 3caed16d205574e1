"""The chain of a journal: each entry's hash covers the entry before it, so that nothing in between can be altered, lost, moved, added or cut off.

    hash = SHA-256(previous hash | sequence | kind | report | answer)

Each part is preceded by its length in eight bytes, big-endian, so that no two entries give the same bytes; the sequence is eight bytes too. In
front stands TAG, framed likewise. The first entry's previous hash is SHA-256 over TAG and the journal's id, framed likewise: entries of one
journal cannot be put into another. Hashes are written in hex. Pure.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast_gate.model import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

TAG = b"holdfast-gate journal 2"
_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as it stands in the journal. `report` is without the two hashes, which are added when it is sent; `answer` is JSON."""

    sequence: int
    kind: str
    report: bytes
    answer: str
    previous_hash: str
    hash: str


class Damage(Word):
    """What is wrong with a journal."""

    ALTERED = "ALTERED"
    LOST = "LOST"
    REORDERED = "REORDERED"
    INSERTED = "INSERTED"
    CUT_OFF = "CUT_OFF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The first entry that is not as it was written, and what is wrong with it."""

    damage: Damage
    sequence: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a journal from elsewhere: that it went as far as `sequence`, and the hash there ('' where only the number is known)."""

    sequence: int
    hash: str
    by: str


def first_hash(journal_id: str) -> str:
    """The previous hash of the first entry of a journal."""
    return _framed(TAG, journal_id.encode())


def entry_hash(previous_hash: str, sequence: int, kind: str, report: bytes, answer: str) -> str:
    """The hash of an entry."""
    number = sequence.to_bytes(_BYTES, "big", signed=True)
    return _framed(TAG, bytes.fromhex(previous_hash), number, kind.encode(), report, answer.encode())


def verify(journal_id: str, entries: Iterable[Entry], stated: Callable[[Entry], int | None], known: Sequence[Known] = ()) -> Finding | None:
    """The first entry that is not as it was written; None: the chain is whole and agrees with all that is `known`.

    `entries` are in the order of their numbers and are read once; `stated` reads from a report the number under which it was written, None
    where it cannot.
    """
    previous, number = first_hash(journal_id), 0
    rewritten: Finding | None = None
    rest = iter(entries)
    for entry in rest:
        number += 1
        was = _written_as(entry, stated)
        if entry.previous_hash != previous or not entry.sequence == number == was:
            return _broken(number, entry, was, [(_written_as(each, stated), each.previous_hash) for each in rest], known)
        previous = entry.hash
        rewritten = rewritten or next((_anew(each) for each in known if each.sequence == number and each.hash not in {"", entry.hash}), None)
    if rewritten is not None:
        return rewritten
    beyond = min((each for each in known if each.sequence > number), key=lambda each: each.sequence, default=None)
    return None if beyond is None else _cut_off(number, beyond)


def _written_as(entry: Entry, stated: Callable[[Entry], int | None]) -> int | None:
    """The number for which the entry's hash is right; None when it is right for none: the entry was altered."""
    for number in (entry.sequence, stated(entry)):
        if number is not None and _fits(entry, number):
            return number
    return None


def _fits(entry: Entry, number: int) -> bool:
    try:
        return entry_hash(entry.previous_hash, number, entry.kind, entry.report, entry.answer) == entry.hash
    except (ValueError, OverflowError):  # a previous hash that is not hex, a number that no journal reaches
        return False


def _broken(number: int, entry: Entry, was: int | None, rest: Sequence[tuple[int | None, str]], known: Sequence[Known]) -> Finding:
    """What is wrong where all entries below `number` are as they should be, and the next, `entry`, is not.

    `was` is the number under which it was written. `rest` has of each entry behind it the number under which it was written, and the hash that it
    builds upon.
    """
    elsewhere = any(each == number for each, _ in rest)
    genuine = any(previous == entry.hash for _, previous in rest) or any(each.hash == entry.hash for each in known)
    if entry.sequence < 1:  # no journal begins there
        return _found(Damage.INSERTED, entry.sequence)
    if was is None and entry.sequence == number:
        return _found(Damage.INSERTED if elsewhere else Damage.ALTERED, number)
    if was == number == entry.sequence:  # whole in itself, and it does not follow what stands before it
        return _found(Damage.ALTERED, number - 1) if genuine and number > 1 else _found(Damage.INSERTED, number)
    if was is not None and 0 < was < number:  # there is one of that number already: it was put in front of this one
        return _found(Damage.INSERTED, was)
    return _found(Damage.REORDERED if elsewhere else Damage.LOST, number)


def _cut_off(last: int, known: Known) -> Finding:
    sentence = f"The journal ends after entry {last}, and {known.by} knows of entry {known.sequence}."
    return Finding(damage=Damage.CUT_OFF, sequence=last + 1, sentence=sentence)


def _anew(known: Known) -> Finding:
    sentence = f"The chain is whole, and at entry {known.sequence} it is not the one that {known.by} knows: it was written anew."
    return Finding(damage=Damage.ALTERED, sequence=known.sequence, sentence=sentence)


def _found(damage: Damage, number: int) -> Finding:
    sentences = {
        Damage.ALTERED: f"Entry {number} is not as it was written.",
        Damage.LOST: f"Entry {number} is not there.",
        Damage.REORDERED: f"Entry {number} stands in another place.",
        Damage.INSERTED: f"What stands as entry {number} was put in between.",
    }
    return Finding(damage=damage, sequence=number, sentence=sentences[damage])


def _framed(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(_BYTES, "big"))
        digest.update(part)
    return digest.hexdigest()
