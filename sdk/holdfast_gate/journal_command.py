"""`holdfast-gate journal`: whether the journal is as it was written, and what stands in it.

The journal belongs to one process: stop the gate first, or look at a copy of its directory.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import deque
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from holdfast_gate.chain import Entry, Finding, Known, verify
from holdfast_gate.clock import SystemClock
from holdfast_gate.errors import StoreError
from holdfast_gate.journal import FILE_NAME, Journal
from holdfast_gate.report import number_stated, report_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

#: Exit status of `verify` when the journal is not as it was written.
NOT_WHOLE = 5
#: How long reading may take before a terminal is shown how far it has come, and how often it is then told.
PATIENCE_S, TOLD_EVERY = 2.0, 10_000
_EXPECTED = re.compile(r"(\d{1,18}):([0-9A-Fa-f]{64})")


def add_to(commands: Any) -> None:  # noqa: ANN401 - argparse keeps the type of subparsers to itself
    """Add `journal verify` and `journal show` to the command line."""
    journal = commands.add_parser("journal", help="whether the journal is as it was written, and what stands in it", allow_abbrev=False)
    verbs = journal.add_subparsers(dest="verb", required=True, metavar="verify | show")
    checking = verbs.add_parser(
        "verify",
        help="name the first entry that was altered, lost, reordered, inserted or cut off",
        epilog=f"Exit status: 0 the journal is whole, {NOT_WHOLE} it is not, 1 trouble.",
        allow_abbrev=False,
    )
    checking.add_argument(
        "--expect",
        type=_expected,
        action="append",
        default=[],
        metavar="SEQUENCE:HASH",
        help="an entry's hash as somebody else has it, from gate-reports or from an earlier verify: shows a journal written anew or cut off",
    )
    showing = verbs.add_parser("show", help="print entries, oldest first", allow_abbrev=False)
    showing.add_argument("--last", type=_count, default=20, metavar="N", help="how many of the last entries (20)")
    showing.add_argument("--prisoner", default="", metavar="NUMBER", help="of this prisoner alone")
    for verb in (checking, showing):
        verb.add_argument("--json", action="store_true", help="for machines")
        verb.add_argument("--data-dir", default="", help="the gate's directory (HOLDFAST_GATE_DIRECTORY)")


def run(given: argparse.Namespace, directory: Path) -> tuple[str, int]:
    """What to print of the journal in `directory`, and the exit status. Raises StoreError."""
    path = directory / FILE_NAME
    if not path.is_file():
        message = f"there is no journal at {path}: name the gate's directory with --data-dir or HOLDFAST_GATE_DIRECTORY"
        raise StoreError(message)
    journal = Journal(directory, gate_id="")  # nothing is written
    try:
        return _verified(journal, given) if given.verb == "verify" else (_shown(journal, given), 0)
    finally:
        journal.close()


# --- verify ----------------------------------------------------------------------------------------------------------------------


def _verified(journal: Journal, given: argparse.Namespace) -> tuple[str, int]:
    expected: Sequence[Known] = given.expect
    journal_id, own = journal.known()
    passed = _Passed(journal.entries())
    # Who looks from outside goes before what the file says of itself.
    finding = verify(journal_id, passed, number_stated, (*expected, *own))
    status = 0 if finding is None else NOT_WHOLE
    if given.json:
        told = {
            "journal_id": journal_id,
            "whole": finding is None,
            "entries": passed.count,
            "last": None if passed.last is None else {"sequence": passed.last.sequence, "hash": passed.last.hash},
            "finding": None if finding is None else {**asdict(finding), "damage": finding.damage.value},
        }
        return json.dumps(told) + "\n", status
    return _verdict(finding, passed, expected), status


class _Passed:
    """Entries on their way through, counted; a terminal that has waited for a while is told."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = entries
        self.count = 0
        self.last: Entry | None = None

    def __iter__(self) -> Iterator[Entry]:
        clock = SystemClock()
        began_s, telling = clock.monotonic_s(), sys.stderr.isatty()
        for each in self._entries:
            self.count, self.last = self.count + 1, each
            if telling and self.count % TOLD_EVERY == 0 and clock.monotonic_s() - began_s > PATIENCE_S:
                sys.stderr.write(f"\r{self.count:,} entries read")
            yield each
        if telling and self.count >= TOLD_EVERY:
            sys.stderr.write("\r\x1b[K")


def _verdict(finding: Finding | None, passed: _Passed, expected: Sequence[Known]) -> str:
    if finding is not None:
        keep = "Keep this file as it is and tell whoever runs the gate: it is evidence."
        return f"  NOT WHOLE  {finding.damage.value} at entry {finding.sequence}\n  {finding.sentence}\n  {keep}\n"
    if passed.last is None:
        return "  WHOLE  The journal has no entry yet.\n"
    last = f"{passed.last.sequence}:{passed.last.hash}"
    lines = [f"  WHOLE  {passed.count} entries, each chained to the one before it.", f"  The last is {last}"]
    if not expected:
        lines += [
            "  Whoever can write this file can also write it anew. Only a hash from elsewhere shows that: take one from gate-reports, or keep this",
            f"  one away from this machine, and say it next time: --expect {last}",
        ]
    return "\n".join(lines) + "\n"


# --- show ------------------------------------------------------------------------------------------------------------------------


def _shown(journal: Journal, given: argparse.Namespace) -> str:
    who = given.prisoner.strip().upper()
    found = ((entry, report_of(entry.report)) for entry in journal.entries())
    last = deque(((entry, report) for entry, report in found if not who or (report or {}).get("prisoner_number") == who), maxlen=given.last)
    if given.json:
        return "".join(json.dumps(_as_record(entry, report)) + "\n" for entry, report in last)
    return "".join(f"{line}\n" for entry, report in last for line in _lines(entry, report)) or "No such entry.\n"


def _as_record(entry: Entry, report: Mapping[str, Any] | None) -> dict[str, Any]:
    try:
        answer = json.loads(entry.answer)
    except ValueError:
        answer = None
    return {
        "sequence": entry.sequence,
        "kind": entry.kind,
        "decided_at": None if report is None else report["decided_at"].isoformat(),
        "decision": None if report is None else report["decision"],
        "mode": None if report is None else report["mode"],
        "answer": answer,
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def _lines(entry: Entry, report: Mapping[str, Any] | None) -> Iterator[str]:
    if report is None:
        yield f"{entry.sequence:>6}  cannot be read: see `holdfast-gate journal verify`"
        return
    why = ", ".join([*report["grounds"], *report["codes"]])
    shadow = "SHADOW " if report["mode"] == "SHADOW" else ""
    said = f"{shadow}{report['decision']:<7}  {report['prisoner_number']}, {report['exit'].replace('_', ' ')}"
    yield f"{entry.sequence:>6}  {report['decided_at']:%Y-%m-%d %H:%M:%S} UTC  {said}{why and f': {why}'}"
    if (settlement := report["settlement"]) is not None:
        officers = " and ".join(f"{each['name']} ({each['role'].replace('_', ' ').lower()})" for each in settlement["officers"])
        note = f", '{settlement['note']}'" if settlement["note"] else ""
        yield f"        entry {settlement['settled_sequence']} settled by {officers}: {settlement['reason_code']}{note}"


# --- the command line ------------------------------------------------------------------------------------------------------------


def _expected(text: str) -> Known:
    found = _EXPECTED.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        message = f"{text!r} is no SEQUENCE:HASH, as `holdfast-gate journal verify` prints it: a number from 1, and 64 hexadecimal digits"
        raise argparse.ArgumentTypeError(message)
    return Known(sequence=int(found[1]), hash=found[2].lower(), by="--expect")


def _count(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,8}", text):
        message = f"{text!r} is no number of entries, for example 20"
        raise argparse.ArgumentTypeError(message)
    return int(text)
