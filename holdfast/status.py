"""The fold: what one prisoner's status becomes when one more fact is read, and what gates are told of it.

`fold` is a join (law 3): the status is the same whatever the order, the duplicates and the replays. `derive` is the decision of the hub; it is a pure
function of the status, of T, the time of the newest mark, and of the release policy in force at T. Both together are the whole of what the status
service does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from holdfast.claims import Alert, Claim, Fact, ReleaseOrder, SentenceDates
from holdfast.grounds import Hold, Picture, holds
from holdfast.london import day_ends, day_starts
from holdfast.orders import permissions
from holdfast.policies import NO_CHECKS, Policy
from holdfast.records import PrisonerStatus, StatusEntry
from holdfast.release_dates import turning_days
from holdfast.subjects import join
from holdfast_gate.model import Notice, NoticeGround

#: Goes up whenever the same facts can give another notice: by a change of a rule, of a code table or of a sentence.
RULES_VERSION = 3


def fold(status: PrisonerStatus, fact: Fact, *, facts_offset: int, at: datetime) -> PrisonerStatus:
    """`status` once `fact`, read at `facts_offset` when T was `at`, has been told too; the same object if it tells nothing new."""
    subject = fact.claim.subject
    of_subject = {entry.claim: entry for entry in status.entries if entry.claim.subject == subject}
    kept = join(tuple(of_subject), fact.claim)
    if set(kept) == set(of_subject):
        return status
    new = StatusEntry(claim=fact.claim, facts_offset=facts_offset, folded_at=at)
    others = (entry for entry in status.entries if entry.claim.subject != subject)
    entries = (*others, *(of_subject.get(claim, new) for claim in kept))
    return replace(status, facts_offset=facts_offset, entries=tuple(sorted(entries, key=_entry_order)))


def derive(status: PrisonerStatus, *, at: datetime, policy: Policy = NO_CHECKS) -> Notice:
    """What gates are told of the prisoner at T = `at`, under the policy in force then."""
    picture = Picture.of(status.prisoner_number, (entry.claim for entry in status.entries), at)
    orders = permissions(picture)
    return Notice(
        prisoner_number=status.prisoner_number,
        facts_offset=status.facts_offset,
        rules_version=RULES_VERSION,
        policy_version=policy.version,
        as_of=at,
        grounds=tuple(_ground(hold) for hold in holds(picture)),
        orders=orders,
        checks=policy.asks(orders),
    )


def under(notice: Notice, policy: Policy) -> Notice:
    """What the notice would have been under `policy`."""
    return replace(notice, policy_version=policy.version, checks=policy.asks(notice.orders))


def same_for_gates(one: Notice, other: Notice) -> bool:
    """Whether two notices say the same, whatever their version."""
    return replace(one, facts_offset=0, as_of=other.as_of) == replace(other, facts_offset=0)


def due_at(claims: Iterable[Claim], at: datetime) -> datetime | None:
    """When time alone may next change the notice, after `at`; None if it cannot."""
    instants = {instant for claim in claims for instant in _turning_points(claim)}
    return min((instant for instant in instants if instant > at), default=None)


def _turning_points(claim: Claim) -> Iterable[datetime]:
    match body := claim.body:
        case ReleaseOrder() if body.release_date is not None:
            return day_starts(body.release_date), day_ends(body.release_date)
        case SentenceDates():
            return tuple(day_starts(day) for calculated in body.dates for day in turning_days(calculated.date))
        case Alert() if body.active_to is not None:
            return (day_starts(body.active_to),)
        case _:
            return ()


def _ground(hold: Hold) -> NoticeGround:
    return NoticeGround(
        ground=hold.ground.value,
        query_kind=hold.query_kind.value if hold.query_kind else None,
        query_id=hold.query_id,
        authority=hold.authority.value,
        subject=hold.subject,
        bars=tuple(sorted(exit_.value for exit_ in hold.bars)),
        sentence=hold.sentence,
        rule=hold.rule,
        source=hold.claim.source,
        ask=hold.ask,
    )


def _entry_order(entry: StatusEntry) -> tuple[str, str, int, int]:
    source = entry.claim.source
    return entry.claim.subject, source.topic, source.partition, source.offset
