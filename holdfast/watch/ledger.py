"""What has been said of what went wrong: each incident once, what was learnt of it since, and when it was over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from holdfast.incidents import incident_id
from holdfast.records import Incident
from holdfast_gate.model import RecordRef

#: Kinds that last for a while and then are over; at any time there is at most one of each about the same gate, source or prisoner.
#: A release is done once: only RELEASED_WITHOUT_DECISION ends too, by the report that was missing.
LASTING = frozenset({"SOURCE_SILENT", "GATE_SILENT", "GATE_BEHIND", "GATE_MISMATCH", "OVERRIDE_RATE", "DETAINED_WITHOUT_AUTHORITY"})


class Ledger:
    """Every incident as it was last said. `take_news` hands out what has to be published."""

    def __init__(self) -> None:
        """Nothing has been said."""
        self._said: dict[str, Incident] = {}
        self._open: dict[tuple[str, str], str] = {}
        self._news: dict[str, Incident] = {}

    def restore(self, incident: Incident) -> None:
        """What has been published."""
        self._said[incident.incident_id] = incident
        self._note_open(incident)

    def take_news(self) -> tuple[Incident, ...]:
        """What was found, added or ended since this was last called."""
        news = tuple(self._news.values())
        self._news.clear()
        return news

    def found(self, incident: Incident) -> None:
        """Say this, if it was not said yet; of what was said, only records that are new."""
        if incident.kind in LASTING and (incident.kind, about(incident)) in self._open:
            return
        known = self._said.get(incident.incident_id)
        if known is None:
            self._say(incident)
        elif known.over_at is None and set(incident.records) - set(known.records):
            records = (*known.records, *(each for each in incident.records if each not in known.records))
            self._say(replace(incident, detected_at=known.detected_at, records=records))

    def ended(self, incident: Incident, at: datetime, how: str) -> None:
        """It is over; nothing is said where it was over already."""
        known = self._said.get(incident.incident_id)
        if known is not None and known.over_at is None:
            self._say(replace(known, over_at=max(at, known.detected_at), over=how))

    def said(self, identity: str) -> Incident | None:
        """What was said under that id."""
        return self._said.get(identity)

    def open(self, kind: str) -> tuple[Incident, ...]:
        """What lasts of this kind."""
        return tuple(self._said[identity] for (each, _), identity in self._open.items() if each == kind)

    def _say(self, incident: Incident) -> None:
        self._said[incident.incident_id] = self._news[incident.incident_id] = incident
        self._note_open(incident)

    def _note_open(self, incident: Incident) -> None:
        key = incident.kind, about(incident)
        if incident.over_at is None and incident.kind in LASTING:
            self._open[key] = incident.incident_id
        elif self._open.get(key) == incident.incident_id:
            del self._open[key]


def about(incident: Incident) -> str:
    """The gate, the source or the prisoner that an incident concerns."""
    return incident.gate or incident.source or incident.prisoner_number or ""


def of_gate(kind: str, gate_id: str, *, since: str, at: datetime, sentence: str) -> Incident:
    """An incident of one gate; `since` tells it from an earlier one of the kind."""
    identity = incident_id(kind, gate_id, since)
    return Incident(incident_id=identity, kind=kind, prisoner_number=None, source=None, gate=gate_id, detected_at=at, sentence=sentence, records=())


def of_prisoner(kind: str, number: str, *, since: str, at: datetime, sentence: str, records: tuple[RecordRef, ...]) -> Incident:
    """An incident of one prisoner; `since` tells it from an earlier one of the kind."""
    identity = incident_id(kind, number, since)
    return Incident(incident_id=identity, kind=kind, prisoner_number=number, source=None, detected_at=at, sentence=sentence, records=records)
