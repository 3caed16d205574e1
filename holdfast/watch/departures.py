"""Departures and the decisions on them: who left without one, and who left although a gate had refused.

A departure by which somebody is let go needs a gate's ALLOW, or a REFER that two officers settled. An escort, an escape, a death or a change on paper
needs none. What a gate in shadow mode decided binds nobody, so it is no decision. Where no gate that binds is expected for the prison, nobody could
have asked one, and there is nothing to report: else every release from a prison that has not begun with gates would be an incident.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from holdfast.claims import Claim, Movement
from holdfast.custody import Custody
from holdfast.incidents import departure_of, exits_left_by, incident_id
from holdfast.records import Incident, PrisonerStatus
from holdfast.watch.decisions import ALLOW, REMEMBERED_FOR, SETTLED, VETO, Decided, Decisions
from holdfast.watch.gates import GateBoard
from holdfast.watch.ledger import Ledger, of_prisoner
from holdfast.watch.limits import Limits
from holdfast_gate.model import Exit
from holdfast_gate.wording import exit_words, time_words

WITHOUT_DECISION, DESPITE_VETO = "RELEASED_WITHOUT_DECISION", "RELEASED_DESPITE_VETO"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """Somebody was let go: when, from where, and by which exits it may have been."""

    prisoner_number: str
    exits: frozenset[str]
    prison_id: str
    claim: Claim

    @property
    def incident_id(self) -> str:
        """The id of an incident that no decision is on record."""
        return incident_id(WITHOUT_DECISION, self.prisoner_number, str(self.claim.source))


class Departures:
    """The last departure of everybody, as far as it is still to be judged or was found wanting."""

    def __init__(self, limits: Limits, decisions: Decisions, ledger: Ledger) -> None:
        """Nobody has left."""
        self._limits = limits
        self._decisions = decisions
        self._ledger = ledger
        self._unjudged: dict[str, Gone] = {}
        self._wanting: dict[str, Gone] = {}
        self._despite: dict[str, tuple[Incident, Gone]] = {}

    def tell(self, status: PrisonerStatus, despite: Incident | None, read_from: datetime) -> None:
        """What is known of somebody now; `despite` is the incident that he left despite a veto, if he did.

        What was recorded before `read_from`, from when on gates' reports were read, a predecessor has judged. What is told as late as an initial load
        tells it is history.
        """
        number = status.prisoner_number
        claim = departure_of(status)
        self._despite.pop(number, None)
        if claim is None:
            self._unjudged.pop(number, None)
            return
        gone = Gone(prisoner_number=number, exits=exits_left_by(claim), prison_id=_prison(status, claim), claim=claim)
        if despite is not None:
            self._despite[number] = despite, gone
            self._add_vetoes(number)
        said = self._ledger.said(gone.incident_id)
        if said is not None:
            if said.over_at is None:
                self._wanting[gone.incident_id] = gone
        elif claim.received_at >= read_from and claim.received_at - claim.occurred_at <= REMEMBERED_FOR:
            self._unjudged[number] = gone

    def decided(self, decided: Decided) -> None:
        """A gate has decided: a veto that was on record when somebody left belongs to what is said of that."""
        if decided.decision == VETO:
            self._add_vetoes(decided.prisoner_number)

    def judge(self, at: datetime, board: GateBoard, read_from: datetime) -> None:
        """RELEASED_WITHOUT_DECISION, once the report has had its time; over when the report comes after all."""
        for number, gone in tuple(self._unjudged.items()):
            if at - gone.claim.received_at < self._limits.decision_grace:
                continue
            del self._unjudged[number]
            if board.binds_at(gone.prison_id, at) and next(self._permitting(gone), None) is None:
                self._ledger.found(self._without(gone, at, read_from))
                self._wanting[gone.incident_id] = gone
        for identity, gone in tuple(self._wanting.items()):
            permitting, said = next(self._permitting(gone), None), self._ledger.said(identity)
            if permitting is None:
                continue
            del self._wanting[identity]
            if said is not None:
                how = f"Gate {permitting.gate_id} had decided ({permitting.decision}); its report came at {time_words(permitting.appended_at)}."
                self._ledger.ended(said, at, how)

    def _permitting(self, gone: Gone) -> Iterator[Decided]:
        for each in self._on(gone):
            if each.binds and each.decision in {ALLOW, SETTLED}:
                yield each

    def _on(self, gone: Gone) -> Iterator[Decided]:
        for each in self._decisions.of(gone.prisoner_number):
            if each.exit in gone.exits and each.about(gone.claim.occurred_at, self._limits):
                yield each

    def _add_vetoes(self, number: str) -> None:
        """Add what gates had answered to the incident that somebody left despite a veto."""
        found = self._despite.get(number)
        if found is None:
            return
        incident, gone = found
        vetoes = [each for each in self._on(gone) if each.decision == VETO]
        if vetoes:
            gates = ", ".join(dict.fromkeys(f"{each.gate_id} at {time_words(each.appended_at)}" for each in vetoes[:3]))
            records = (*incident.records, *(each.source for each in vetoes))
            sentence = f"{incident.sentence.removesuffix('.')}. A gate's VETO was on record: {gates}."
            incident = replace(incident, sentence=sentence, records=records)
        self._ledger.found(incident)

    def _without(self, gone: Gone, at: datetime, read_from: datetime) -> Incident:
        exits = " or ".join(exit_words(Exit(each)) for each in sorted(gone.exits))
        left, limits = gone.claim.occurred_at, self._limits
        others = sorted({each.decision for each in self._on(gone)})
        partly = f" Reports from before {time_words(read_from)} were not read." if left - limits.decision_before < read_from else ""
        answered = f"gates had answered {', '.join(others)} only" if others else "no gate was asked"
        sentence = (
            f"The person left {gone.prison_id or 'a prison'} at {time_words(left)} ({exits}) and no gate reported that they may: "
            f"{answered}, as far as reports have come.{partly} Ask the prison who let them go, and on what."
        )
        return of_prisoner(
            WITHOUT_DECISION, gone.prisoner_number, since=str(gone.claim.source), at=at, sentence=sentence, records=(gone.claim.source,)
        )


def _prison(status: PrisonerStatus, departure: Claim) -> str:
    """The prison that he left: the one that the departure names, else the last that he was heard of in before; empty where custody never said."""
    movements = Custody.of(status.prisoner_number, (entry.claim for entry in status.entries)).movements
    before = sorted((each for each in movements if each.occurred_at <= departure.occurred_at), key=lambda each: each.occurred_at, reverse=True)
    named = (each.body.prison_id for each in (departure, *before) if isinstance(each.body, Movement))
    return next((prison_id for prison_id in named if prison_id), "")
