"""What systems of record answer, each kind known by its shape: a system that is asked puts no name on what it says.

They come because the hub asked, or because somebody puts them on a topic from time to time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from holdfast.claims import Claim
from holdfast_gate.model import Authority
from services.intake.adaptors import alerts_service, prison_api, prisoner, release_dates, remand_and_sentencing, removal_centres
from services.intake.adaptors.opened import Opened, as_object, opened
from services.intake.adaptors.parts import Teller, listed
from services.intake.adaptors.port import MisfitError, Read, Refused, Upstream

Shape = Callable[[Opened], bool]
Reading = Callable[[Teller, Opened], tuple[Claim, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    """One kind of answer of one system: an adaptor (`port.Adaptor`) of its own name, which `shape` recognises and `reading` reads."""

    name: str
    authority: Authority
    shape: Shape
    reading: Reading

    def recognises(self, record: Upstream) -> bool:
        """Whether the record has the shape of this answer."""
        found = opened(record.value)
        return found is not None and self.shape(found)

    def read(self, record: Upstream) -> Read | Refused:
        """What the answer says."""
        found = opened(record.value)
        if found is None:
            return MisfitError("INVALID_PAYLOAD", f"is no {self.name}", "publish the answer as it came").refused(record, self.name)
        teller = Teller(record=record, dialect=self.name, authority=self.authority, message_id=found.message_id)
        try:
            claims = self.reading(teller, found)
        except MisfitError as misfit:
            return misfit.refused(record, self.name)
        return Read(claims=claims, nothing=None if claims else self.name)


def _has(*keys: str, lacks: tuple[str, ...] = ()) -> Shape:
    """One object with all of `keys` and none that it `lacks`, or a list or page of which that can be said of each and there is one."""

    def shape(found: Opened) -> bool:
        items = [as_object(item) for item in listed(found)]
        return bool(items) and all(item is not None and item.keys() >= set(keys) and item.keys().isdisjoint(lacks) for item in items)

    return shape


def _offender(found: Opened) -> bool:
    return _has("offenderNo", "bookingNo")(found) or _has("offenderNo", "rootOffenderId")(found)


def _recalls(found: Opened) -> bool:
    content = as_object(found.content)
    return _has("recallUuid", "recallType")(found) or (content is not None and {"recalls", "prisonerRecallTotal"} <= content.keys())


_CUSTODY, _IMMIGRATION = Authority.CUSTODY, Authority.IMMIGRATION

SYSTEMS = (
    System(name="prison-api-scheduled-events", authority=_CUSTODY, shape=_has("releaseEvents", "courtEvents"), reading=prison_api.scheduled),
    System(name="prison-api-movements", authority=_CUSTODY, shape=_has("offenderNo", "movementType"), reading=prison_api.movements),
    System(name="prison-api-offender", authority=_CUSTODY, shape=_offender, reading=prisoner.offenders),
    System(name="prison-api-alerts", authority=_CUSTODY, shape=_has("offenderNo", "alertId", "alertCode"), reading=prison_api.alerts),
    System(name="alerts-service", authority=_CUSTODY, shape=_has("alertUuid", "prisonNumber", "alertCode"), reading=alerts_service.alerts),
    System(name="release-dates", authority=_CUSTODY, shape=_has("bookingId", "calculatedAt", "dates"), reading=release_dates.calculations),
    System(name="recalls", authority=_CUSTODY, shape=_recalls, reading=remand_and_sentencing.recalls),
    System(
        name="immigration-detention",
        authority=_IMMIGRATION,
        shape=_has("immigrationDetentionUuid", "immigrationDetentionRecordType"),
        reading=remand_and_sentencing.detentions,
    ),
    System(name="irc-bed-events", authority=_IMMIGRATION, shape=_has("centre", "operation"), reading=removal_centres.events),
    System(name="irc-subjects", authority=_IMMIGRATION, shape=_has("centre", "cid_id", lacks=("operation",)), reading=removal_centres.subjects),
)
