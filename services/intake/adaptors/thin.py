"""Thin events: somebody's number, and that something about him changed, but not what.

Until the system of record has been asked he is held (`ENRICHMENT_PENDING`). What is doubted is named `<route>/<prison number>`; the route says which
system to ask, and its answer ends the doubt. An event that knows only a booking asks whose it is (`booking/<id>`), which nobody else can be asked by;
what that answer leaves out, such as a calculation, has events of its own that give the number.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from holdfast.claims import Claim, Doubt, Person
from holdfast.subjects import micros
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors.event_types import ROUTES, Route
from services.intake.adaptors.parts import Teller


def pending(teller: Teller, route: Route, person: Person, *, event_type: str, occurred_at: datetime) -> Claim:
    """The doubt that holds `person` until `route` has been asked; a later event needs a later answer."""
    if person.prisoner_number is None:
        route = "booking"
    text = f"An event ({event_type[:100]}) says that something about the person has changed, and not what: held until {ROUTES[route]} has answered."
    body = Doubt(kind=QueryKind.ENRICHMENT_PENDING, about=f"{route}/{_key(person)}", sentence=text, sequence=micros(occurred_at))
    return replace(teller, authority=Authority.HUB).claim(body, person, occurred_at=occurred_at, recorded_at=occurred_at)


def _key(person: Person) -> str:
    return person.prisoner_number or "+".join(each.value for each in person.identifiers)
