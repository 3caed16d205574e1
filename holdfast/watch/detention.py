"""Who is held with nobody's authority behind it: the mirror of the one property, because the hub must not become an instrument of unlawful detention.

Held is who custody received and has not let go, at court included. An authority is a ground in force of the court, of custody or of immigration; the
hub's own questions hold at the gate and are nobody's authority.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import datetime, timedelta

from holdfast.custody import Custody
from holdfast.records import PrisonerStatus
from holdfast.watch.ledger import Ledger, of_prisoner
from holdfast.watch.limits import Limits
from holdfast_gate.model import Authority, Notice, RecordRef
from holdfast_gate.wording import time_words

DETAINED = "DETAINED_WITHOUT_AUTHORITY"
_LEFT = "The person has left custody."
_HELD = "An authority holds the person again, as far as Holdfast has been told."


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """Since when somebody is held without authority, where, by which record, and whether a question of the hub's own holds him at the gate."""

    since: datetime
    prison_id: str
    source: RecordRef
    queried: bool


class Detention:
    """Everybody who is in custody with no live authority."""

    def __init__(self, limits: Limits, ledger: Ledger) -> None:
        """Nobody is known."""
        self._limits = limits
        self._ledger = ledger
        self._without: dict[str, _Held] = {}
        self._due: list[tuple[datetime, str]] = []
        #: Why somebody is not among them any more, where an incident about him may be open.
        self._ended: dict[str, str] = {}

    def tell(self, status: PrisonerStatus, notice: Notice) -> None:
        """What is known of somebody now. `notice.as_of` is T of what gates are told of him: since then no authority is named in it."""
        number = status.prisoner_number
        if any(ground.authority != Authority.HUB.value for ground in notice.grounds):
            self._no_more(number, _HELD)
            return
        custody = Custody.of(number, (entry.claim for entry in status.entries))
        if not (custody.present() or custody.at_court() is not None):
            self._no_more(number, _LEFT)
            return
        before = self._without.get(number)
        since = notice.as_of if before is None else min(before.since, notice.as_of)
        last = custody.last_movements()[-1]
        self._without[number] = _Held(since=since, prison_id=custody.prison(), source=last.source, queried=bool(notice.grounds))
        self._ended.pop(number, None)
        if before is None or since < before.since:
            heapq.heappush(self._due, (since, number))

    def judge(self, at: datetime) -> None:
        """DETAINED_WITHOUT_AUTHORITY, once it has lasted for the limit; over when an authority holds him, or he has left."""
        while self._due and at - self._due[0][0] > self._limits.detained_after:
            since, number = heapq.heappop(self._due)
            held = self._without.get(number)
            if held is not None and held.since == since:
                self._report(number, held, at)
        for incident in self._ledger.open(DETAINED):
            number = incident.prisoner_number or ""
            if number not in self._without and number in self._ended:
                self._ledger.ended(incident, at, self._ended[number])

    def _report(self, number: str, held: _Held, at: datetime) -> None:
        hours = self._limits.detained_after / timedelta(hours=1)
        asked = " Only questions of Holdfast's own hold them at the gate, and those are nobody's authority." if held.queried else ""
        sentence = (
            f"The person is in custody{f' ({held.prison_id})' if held.prison_id else ''} and Holdfast has known of no authority of a court, the "
            f"prison or immigration since {time_words(held.since)}, more than {hours:g} hours.{asked} "
            "Ask the prison's offender management unit what they are held on."
        )
        self._ledger.found(of_prisoner(DETAINED, number, since=held.since.isoformat(), at=at, sentence=sentence, records=(held.source,)))

    def _no_more(self, number: str, how: str) -> None:
        self._without.pop(number, None)
        self._ended[number] = how
