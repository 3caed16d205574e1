"""The journal is a chain: whatever is done to it, the first entry that is not as it was written is named."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from holdfast_gate.chain import TAG, Damage, Entry, Finding, Known, entry_hash, first_hash, verify

JOURNAL = "5f0c2a77e1d4"


def stated(entry: Entry) -> int | None:
    """The reports of these tests are their numbers."""
    return int(entry.report) if entry.report.isdigit() else None


def follow(previous: str, sequence: int, answer: str = "{}", kind: str = "decision") -> Entry:
    """An entry that is right behind the one of that hash."""
    report = str(sequence).encode()
    return Entry(
        sequence=sequence,
        kind=kind,
        report=report,
        answer=answer,
        previous_hash=previous,
        hash=entry_hash(previous, sequence, kind, report, answer),
    )


def journal(count: int) -> list[Entry]:
    """A whole journal."""
    entries: list[Entry] = []
    for n in range(1, count + 1):
        entries.append(follow(entries[-1].hash if entries else first_hash(JOURNAL), n, f'{{"n": {n}}}'))
    return entries


def numbered(entries: Sequence[Entry]) -> list[Entry]:
    """The same entries with numbers without a hole, in the order in which they stand: as who hides something would leave them."""
    return [replace(entry, sequence=n) for n, entry in enumerate(entries, start=1)]


def found(entries: Sequence[Entry], *known: Known) -> tuple[str, int] | None:
    """What is wrong with a journal."""
    finding = verify(JOURNAL, entries, stated, known)
    return None if finding is None else (finding.damage.value, finding.sequence)


def count(sequence: int, digest: str = "") -> Known:
    """What is known from elsewhere."""
    return Known(sequence=sequence, hash=digest, by="the test")


def test_the_framing_is_what_it_says() -> None:
    """Against the plainest reading of the docstring, written apart: each part behind its length in eight bytes."""

    def plain(*parts: bytes) -> str:
        return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()

    assert first_hash(JOURNAL) == plain(b"holdfast-gate journal 2", JOURNAL.encode())
    previous = first_hash(JOURNAL)
    told = entry_hash(previous, 7, "decision", b"\xc3\x01report", '{"ä": 1}')
    assert told == plain(TAG, bytes.fromhex(previous), (7).to_bytes(8, "big"), b"decision", b"\xc3\x01report", '{"ä": 1}'.encode())


def test_no_two_entries_have_the_same_bytes() -> None:
    """What moves from one part into the next gives another hash."""
    previous = first_hash(JOURNAL)
    assert entry_hash(previous, 1, "decision", b"ab", "c") != entry_hash(previous, 1, "decision", b"a", "bc")
    assert entry_hash(previous, 1, "decisiona", b"b", "c") != entry_hash(previous, 1, "decision", b"ab", "c")


def test_a_whole_journal_is_whole() -> None:
    """Of any length, and known from elsewhere at any place."""
    for length in range(4):
        entries = journal(length)
        assert found(entries, count(length), *(count(each.sequence, each.hash) for each in entries)) is None


def test_what_was_done_and_where() -> None:
    """Each kind of damage, by somebody clumsy and by somebody who closes the gap."""
    whole = journal(6)
    one, two, three, four, five, six = whole
    last = count(6, six.hash)
    stray = follow(two.hash, 3, "put in")
    cases: dict[str, tuple[list[Entry], tuple[str, int]]] = {
        "altered": ([one, two, replace(three, answer="{}"), four, five, six], ("ALTERED", 3)),
        "altered, hash made anew": ([one, two, stray, four, five, six], ("ALTERED", 3)),
        "the first altered, hash made anew": ([follow(one.previous_hash, 1, "x"), two, three, four, five, six], ("ALTERED", 1)),
        "the last but one altered, hash made anew": ([one, two, three, four, follow(four.hash, 5, "x"), six], ("ALTERED", 5)),
        "lost": ([one, two, four, five, six], ("LOST", 3)),
        "the first lost": ([two, three, four, five, six], ("LOST", 1)),
        "lost, the rest renumbered": (numbered([one, two, four, five, six]), ("LOST", 3)),
        "two changed places": (numbered([one, two, four, three, five, six]), ("REORDERED", 3)),
        "one moved to the end": (numbered([one, two, four, five, six, three]), ("REORDERED", 3)),
        "put in, the rest renumbered": (numbered([one, two, stray, three, four, five, six]), ("INSERTED", 3)),
        "put in carelessly, the rest renumbered": (numbered([one, two, replace(stray, hash="00"), three, four, five, six]), ("INSERTED", 3)),
        "put in with a hash of its own": ([one, two, three, four, five, six, follow(two.hash, 7, "x")], ("INSERTED", 7)),
        "put in under a number that no gate gives": ([replace(stray, sequence=0), *whole], ("INSERTED", 0)),
        "a copy put in": (numbered([one, two, two, three, four, five, six]), ("INSERTED", 2)),
        "cut off": ([one, two, three, four], ("CUT_OFF", 5)),
        "all cut off": ([], ("CUT_OFF", 1)),
        "from another journal": ([follow(first_hash("other"), 1)], ("INSERTED", 1)),
    }
    for name, (entries, expected) in cases.items():
        assert found(entries, last) == expected, name


def test_a_chain_made_anew_is_seen_by_who_knows_better() -> None:
    """Nothing in the file shows that its writer wrote all of it again; the hash that gate-reports carried does, and names the first that differs."""
    entries = journal(3)
    forged = [entries[0]]
    for n in (2, 3):
        forged.append(follow(forged[-1].hash, n, "forged"))
    assert found(forged, count(3, forged[-1].hash)) is None
    assert found(forged, count(3, entries[2].hash)) == ("ALTERED", 3)
    assert found(forged, count(3, entries[2].hash), count(2, entries[1].hash)) == ("ALTERED", 2)


def test_a_cut_tail_is_seen_by_the_nearest_who_knows() -> None:
    """By the number alone, too; the sentence says who knows of it."""
    finding = verify(JOURNAL, journal(3), stated, [count(9), count(5)])
    assert finding == Finding(damage=Damage.CUT_OFF, sequence=4, sentence="The journal ends after entry 3, and the test knows of entry 5.")


FIELDS = st.sampled_from(("kind", "report", "answer", "previous_hash", "hash"))


@st.composite
def damaged(draw: st.DrawFn) -> tuple[list[Entry], int, str, int]:
    """A journal to which one thing was done, how long it was, what was done, and where."""
    whole = journal(draw(st.integers(2, 7)))
    entries = list(whole)
    at = draw(st.integers(0, len(entries) - 1))
    done = draw(st.sampled_from(("alter", "lose", "lose and renumber", "swap", "copy", "put in", "cut")))
    if done == "alter":
        name = draw(FIELDS)
        value: bytes | str = getattr(entries[at], name)
        other = value + (b"x" if isinstance(value, bytes) else draw(st.sampled_from(("0", "x", "é"))))  # type: ignore[operator]
        entries[at] = replace(entries[at], **{name: other})
    elif done == "lose":
        del entries[at]
    elif done == "lose and renumber":
        del entries[at]
        entries = numbered(entries)
    elif done == "swap":
        at = draw(st.integers(0, len(entries) - 2))
        entries[at], entries[at + 1] = entries[at + 1], entries[at]
        entries = numbered(entries)
    elif done == "copy":
        entries.insert(at, entries[at])
        entries = numbered(entries)
    elif done == "put in":
        entries.insert(at, follow(entries[at].previous_hash, at + 1, "put in"))
        entries = numbered(entries)
    else:
        entries = entries[:at]
    return entries, len(whole), done, at + 1


@settings(max_examples=500, deadline=None)
@given(damaged())
def test_whatever_was_done_the_first_place_is_named(case: tuple[list[Entry], int, str, int]) -> None:
    """Known from elsewhere to have had so many entries, a journal to which one thing was done is never whole, and the place is named."""
    entries, length, done, at = case
    last = journal(length)[-1]
    finding = verify(JOURNAL, entries, stated, [count(length, last.hash)])
    event(f"{done}: {finding and finding.damage.value}")
    assert finding is not None
    words = {"alter": {"ALTERED"}, "lose": {"LOST", "CUT_OFF"}, "lose and renumber": {"LOST", "CUT_OFF"}, "swap": {"REORDERED"}}
    words |= {"copy": {"INSERTED"}, "put in": {"INSERTED"}, "cut": {"CUT_OFF"}}
    assert finding.damage.value in words[done]
    assert finding.sequence == at


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_a_number_beyond_all_journals_is_no_defect(number: int) -> None:
    """A report that states it was tampered with, and the entry is named like any other."""
    entries = journal(2)
    entries[1] = replace(entries[1], answer="x")
    assert verify(JOURNAL, entries, lambda _: number) is not None
