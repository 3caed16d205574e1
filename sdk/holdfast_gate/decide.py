"""The decision: a pure and total function of what the replica knows. The first line that applies wins.

    a notice of this prisoner cannot be read                                     VETO
    a ground bars this exit, in the sealed notice or any later one               VETO
    the gate fails, or cannot record its answer (`gate.py`)                      REFER
    nobody ever spoke of this prisoner                                           REFER
    the replica is not read to the end, has no fresh seal, or differs from it    REFER
    a source is silent for longer than the freshness bound, or has a gap         REFER
    what would let the prisoner go is not sealed yet                             REFER
    the exit needs custody's order, and none of today is borne out (law 6)       REFER
    a check that the release policy asks for is missing, too old, or signed
    by somebody who may not, or by one person for two (`checks.py`)              REFER
    otherwise                                                                    ALLOW

Of the lines that say REFER every one that applies is reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from holdfast_gate.answer import Answer, Refer
from holdfast_gate.checks import ageless, lacking
from holdfast_gate.model import EXITS_THAT_NEED_AN_ORDER, Decision, Exit, Notice, NoticeGround, NoticeOrder, ReferCode
from holdfast_gate.wording import exit_words, no_order, source_words, time_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from holdfast_gate.checks import CheckDone
    from holdfast_gate.partition import SealRecord
    from holdfast_gate.view import View

#: Who can supply what is wrong with the whole picture, and not with one prisoner.
_ROOM = "the Holdfast control room"
SOURCES = ("court", "custody", "immigration", "resolutions")
FRESHNESS_BOUND_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a deployment may choose: which sources must have been heard, and how lately."""

    sources: tuple[str, ...] = SOURCES
    freshness_bound_s: float = FRESHNESS_BOUND_S


def decide(view: View, exit_: Exit, rules: Rules, checks: Sequence[CheckDone] = ()) -> Answer:
    """Whether this prisoner may leave in this way, and why not; `checks` are the release checks that people have signed."""
    grounds = _grounds(view, exit_)
    refer = () if grounds else tuple(_reasons(view, exit_, rules, checks))
    return Answer(
        decision=Decision.VETO if grounds else Decision.REFER if refer else Decision.ALLOW,
        prisoner_number=view.prisoner_number,
        exit=exit_.value,
        grounds=grounds,
        refer=refer,
        notice_version=max((notice.version for notice in view.notices), default=None),
        seal_number=None if view.seal is None else view.seal.seal.number,
        rules_version=None if view.seal is None else view.seal.seal.rules_version,
        policy_version=_policy_version(view),
        checks=tuple(checks),
    )


def _grounds(view: View, exit_: Exit) -> tuple[NoticeGround, ...]:
    in_force = (ground for notice in view.notices for ground in notice.grounds)
    return tuple(dict.fromkeys(ground for ground in (*view.unreadable, *in_force) if exit_.value in ground.bars))


def _reasons(view: View, exit_: Exit, rules: Rules, checks: Sequence[CheckDone]) -> Iterator[Refer]:
    if not view.notices:
        sentence = f"Holdfast knows nobody by the number {view.prisoner_number}: check the number, then ask {_ROOM}."
        yield Refer(ReferCode.UNKNOWN_PRISONER, sentence)
    yield from _replica(view, rules)
    if view.seal is not None:
        yield from _sources(view, view.seal, rules)
    yield from _lift(view, exit_)
    yield from _checks(view, exit_, checks)


def _policy_version(view: View) -> int:
    """The newest policy that the seal or a notice speaks of."""
    sealed = 0 if view.seal is None else view.seal.seal.policy_version
    return max([sealed, *(notice.policy_version for notice in view.notices)])


# --- how complete the replica is -------------------------------------------------------------------------------------------------


def _replica(view: View, rules: Rules) -> Iterator[Refer]:
    because = f" ({view.feed_trouble})" if view.feed_trouble else ""
    if not view.bootstrapped:
        sentence = f"This gate has not yet read everything that Holdfast has sent{because}: ask again in a moment, then ask {_ROOM}."
        yield Refer(ReferCode.FEED_NOT_BOOTSTRAPPED, sentence, "not read to the end")
    if view.mismatch:
        sentence = f"What this gate holds is not what Holdfast has sent it: ask {_ROOM}."
        yield Refer(ReferCode.SEAL_MISMATCH, sentence)
    if view.seal is None or view.time is None:
        sentence = f"Holdfast has not yet confirmed to this gate that its news is complete{because}: ask again in a moment, then ask {_ROOM}."
        yield Refer(ReferCode.SEAL_STALE, sentence, "never confirmed")
    elif view.feed_age_s is None:
        sentence = f"Holdfast has confirmed nothing to this gate since it was started{because}: ask again in a moment, then ask {_ROOM}."
        yield Refer(ReferCode.SEAL_STALE, sentence, "not confirmed since the start")
    elif _lag_s(view.seal, view.time) + view.feed_age_s > rules.freshness_bound_s:
        age_s = _lag_s(view.seal, view.time) + view.feed_age_s
        late = f"may be {age_s:.0f} seconds old, and may be no older than {rules.freshness_bound_s:g} seconds{because}"
        sentence = f"The last confirmation from Holdfast {late}: ask again in a moment, then ask {_ROOM}."
        yield Refer(ReferCode.SEAL_STALE, sentence, "too old")


def _sources(view: View, seal: SealRecord, rules: Rules) -> Iterator[Refer]:
    heard = {source.source: source for source in seal.seal.sources}
    feed_age_s = view.feed_age_s or 0.0
    for source in dict.fromkeys((*rules.sources, *heard)):
        as_of = view.caught_up.get(source)
        if source not in heard or as_of is None:
            yield Refer(ReferCode.SOURCE_STALE, f"Holdfast has heard nothing from {source_words(source)} yet: ask {_ROOM}.")
            continue
        lag_s = _lag_s(seal, as_of)
        # When the feed alone is too old, SEAL_STALE says so; the source is named when it was late itself.
        late = lag_s if feed_age_s > rules.freshness_bound_s else lag_s + feed_age_s
        if late > rules.freshness_bound_s:
            sentence = f"News from {source_words(source)} since {time_words(as_of)} may not have reached this gate: ask {_ROOM}."
            yield Refer(ReferCode.SOURCE_STALE, sentence, f"{source} is late")
    for source in heard.values():
        if source.caught_up_as_of is not None:
            ahead_s = (source.caught_up_as_of - seal.append_time).total_seconds()
            if ahead_s > rules.freshness_bound_s:
                clocks = f"The clocks of {source_words(source.source)} and of Holdfast are {ahead_s:.0f} seconds apart"
                sentence = f"{clocks}, so nobody can tell how late the news is: ask {_ROOM}."
                yield Refer(ReferCode.SOURCE_STALE, sentence, f"the clock of {source.source} is ahead")
        if source.gap:
            unread = f"Holdfast could not read a record from {source_words(source.source)}"
            sentence = f"{unread}, which names nobody and may be about anybody: ask {_ROOM} to settle it."
            yield Refer(ReferCode.SOURCE_GAP, sentence)


def _lag_s(seal: SealRecord, as_of: datetime) -> float:
    return max(0.0, (seal.append_time - as_of).total_seconds())


# --- what lets somebody go -------------------------------------------------------------------------------------------------------


def _lift(view: View, exit_: Exit) -> Iterator[Refer]:
    """Lines 7 and 8: what lets somebody go counts only when it is sealed and no later notice takes it away."""
    if not view.notices:
        return
    if view.sealed is None:
        sentence = "What Holdfast says about this person is not confirmed yet: ask again in a moment."
        yield Refer(ReferCode.LIFT_NOT_SEALED, sentence)
        return
    if view.time is None or exit_ not in EXITS_THAT_NEED_AN_ORDER:
        return
    lacking = _order_lacking(view.notices, exit_, view.time)
    if lacking is None:
        return
    if _order_lacking(view.notices[-1:], exit_, view.time) is None:
        sentence = f"The prison's order for {exit_words(exit_)} has arrived and is not confirmed yet: ask again in a moment."
        yield Refer(ReferCode.LIFT_NOT_SEALED, sentence)
    else:
        yield lacking


def _order_lacking(notices: Sequence[Notice], exit_: Exit, time: datetime) -> Refer | None:
    """Why custody's order for this exit is not good at `time` in every one of these notices; None when one and the same is."""
    standing = [_standing(notice, exit_, time) for notice in notices]
    common = [subject for subject in standing[0] if all(subject in each for each in standing)]
    if not common:
        newest = [order for order in notices[-1].orders if order.exit == exit_.value]
        return Refer(ReferCode.NO_RELEASE_ORDER, no_order(exit_, newest, time))
    missing = {subject: dict.fromkeys(text for each in standing for text in each[subject]) for subject in common}
    if any(not sentences for sentences in missing.values()):
        return None
    sentences = dict.fromkeys(text for each in missing.values() for text in each)
    lacks = f"The prison has ordered {exit_words(exit_)}, but what the order rests on is missing."
    return Refer(ReferCode.ORDER_NOT_BORNE_OUT, " ".join([lacks, *sentences]))


def _standing(notice: Notice, exit_: Exit, time: datetime) -> Mapping[str, tuple[str, ...]]:
    """The orders that are valid at `time`: per subject what is missing, of two orders with one subject both."""
    valid: list[NoticeOrder] = [order for order in notice.orders if order.exit == exit_.value and order.valid_from <= time < order.valid_until]
    return {
        subject: tuple(text for order in valid if order.subject == subject for text in order.missing)
        for subject in dict.fromkeys(order.subject for order in valid)
    }


# --- what the release policy asks for --------------------------------------------------------------------------------------------


def _checks(view: View, exit_: Exit, done: Sequence[CheckDone]) -> Iterator[Refer]:
    """What every notice asks for must be there: while one policy gives way to another, what either asks for."""
    if view.seal is not None and any(notice.policy_version != view.seal.seal.policy_version for notice in view.notices):
        version = view.seal.seal.policy_version
        sentence = f"Release policy {version} is in force, and the checks that it asks for have not arrived yet: ask again in a moment."
        yield Refer(ReferCode.CHECKS_MISSING, sentence)
    required = dict.fromkeys(check for notice in view.notices for check in notice.checks if exit_.value in check.exits)
    if required and view.time is not None:  # without a seal nothing says how old a check is, and nobody leaves
        for sentence in lacking(tuple(required), done, view.time):
            yield Refer(ReferCode.CHECKS_MISSING, sentence, ageless(sentence))
