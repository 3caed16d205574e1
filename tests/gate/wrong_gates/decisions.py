"""Wrong about what they decide from what they hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

import holdfast_gate.decide as real
from holdfast_gate.answer import Answer
from holdfast_gate.model import Exit, Notice
from holdfast_gate.view import View
from tests.gate.wrong_gates import WrongGate


def _without(*codes: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Does not know these reasons to refer."""

    def change(patch: pytest.MonkeyPatch) -> None:
        reasons = real._reasons

        def fewer(*asked: Any) -> Any:
            return (each for each in reasons(*asked) if each.code.value not in codes)

        patch.setattr(real, "_reasons", fewer)

    return change


def _every_exit(patch: pytest.MonkeyPatch) -> None:
    """A veto is a veto."""

    def grounds(view: View, exit_: Exit) -> tuple[Any, ...]:
        del exit_
        return (*view.unreadable, *(ground for notice in view.notices for ground in notice.grounds))

    patch.setattr(real, "_grounds", grounds)


def _release_only(patch: pytest.MonkeyPatch) -> None:
    """Grounds are asked about at the front gate alone."""
    grounds = real._grounds
    patch.setattr(real, "_grounds", lambda view, exit_: grounds(view, exit_) if exit_ is Exit.RELEASE else ())


def _known_grounds(patch: pytest.MonkeyPatch) -> None:
    """A ground that it does not know is none."""
    grounds = real._grounds
    patch.setattr(real, "_grounds", lambda view, exit_: tuple(each for each in grounds(view, exit_) if each.ground in {"REMAND", "QUERY"}))


def _standing(good: Callable[[Any, Exit, Any], bool]) -> Callable[[pytest.MonkeyPatch], None]:
    def change(patch: pytest.MonkeyPatch) -> None:
        def standing(notice: Notice, exit_: Exit, time: Any) -> Mapping[str, tuple[str, ...]]:
            return {order.subject: order.missing for order in notice.orders if good(order, exit_, time)}

        patch.setattr(real, "_standing", standing)

    return change


def _no_checks(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks at what was signed."""
    patch.setattr(real, "lacking", lambda *_: ())


def _everybody_is_new(patch: pytest.MonkeyPatch) -> None:
    """Two signatures are two people."""
    numbers = count()
    patch.setattr("holdfast_gate.checks.signatory", lambda _: str(next(numbers)))


def _exact_names(patch: pytest.MonkeyPatch) -> None:
    """Another spelling is another person."""
    patch.setattr("holdfast_gate.checks.signatory", lambda name: name)


def _refers_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Safe, and never lets anybody go again once it was stale."""
    stale: list[bool] = []
    reasons = real._reasons

    def remembering(*asked: Any) -> Sequence[Any]:
        found = list(reasons(*asked))
        stale.extend(True for each in found if each.code.value == "SOURCE_STALE" and asked[0].seal is not None and asked[0].later == ())
        return found or ([real.Refer(real.ReferCode.SEAL_STALE, "It was stale once.")] if stale else [])

    patch.setattr(real, "_reasons", remembering)


def _one_officer(patch: pytest.MonkeyPatch) -> None:
    """Whoever signs twice is two officers."""
    numbers = count()
    patch.setattr("holdfast_gate.settlement.signatory", lambda name: f"{name}{next(numbers)}")


def _whatever_was_shown(patch: pytest.MonkeyPatch) -> None:
    """A settlement is for the person, whatever the officers were shown."""
    patch.setattr("holdfast_gate.settlements.same_doubts", lambda *_: True)
    patch.setattr("holdfast_gate.settlement.same_doubts", lambda *_: True)


def _good_for_an_hour(patch: pytest.MonkeyPatch) -> None:
    """An ALLOW that is kept."""
    patch.setattr(Answer, "valid_for_s", property(lambda answer: 3600 if answer.decision.value == "ALLOW" else 0))


def _sealed_orders(patch: pytest.MonkeyPatch) -> None:
    """An order that was sealed is good, whatever came since."""
    lacking = real._order_lacking
    patch.setattr(real, "_order_lacking", lambda notices, exit_, time: lacking(notices[:1], exit_, time))


def _last_ground(patch: pytest.MonkeyPatch) -> None:
    """One ground is enough to know."""
    grounds = real._grounds
    patch.setattr(real, "_grounds", lambda view, exit_: tuple(each for each in grounds(view, exit_)[-1:]))


def _no_policy(patch: pytest.MonkeyPatch) -> None:
    """What a notice asks for is all that is asked for."""

    def checks(view: View, exit_: Exit, done: Any) -> Any:
        policy = 0 if view.seal is None else view.seal.seal.policy_version
        notices = tuple(replace(notice, policy_version=policy) for notice in view.notices)
        return real_checks(replace(view, sealed=notices[0] if notices else None, later=notices[1:]), exit_, done)

    real_checks = real._checks
    patch.setattr(real, "_checks", checks)


def _known_exits(patch: pytest.MonkeyPatch) -> None:
    """A ground with an exit that it does not know is none."""
    grounds, known = real._grounds, {each.value for each in Exit}
    patch.setattr(real, "_grounds", lambda view, exit_: tuple(each for each in grounds(view, exit_) if set(each.bars) <= known))


def _doubt_first(patch: pytest.MonkeyPatch) -> None:
    """What is doubtful is REFER, also where somebody is held."""
    grounds = real._grounds

    def doubting(view: View, exit_: Exit) -> tuple[Any, ...]:
        doubts = [*real._replica(view, real.Rules()), *(() if view.seal is None else real._sources(view, view.seal, real.Rules()))]
        return () if doubts else grounds(view, exit_)

    patch.setattr(real, "_grounds", doubting)


def _all_need_orders(patch: pytest.MonkeyPatch) -> None:
    """Nobody goes anywhere without an order."""
    patch.setattr(real, "EXITS_THAT_NEED_AN_ORDER", frozenset(Exit))


DECISIONS = (
    WrongGate(
        name="needs no seal",
        change=_without("SEAL_STALE", "LIFT_NOT_SEALED", "FEED_NOT_BOOTSTRAPPED", "SOURCE_STALE"),
        found_by=("no-seal-yet", "newcomer-unsealed", "order-unsealed", "feed-cut"),
    ),
    WrongGate(name="goes by sealed orders alone", change=_sealed_orders, found_by=("order-withdrawn-unsealed",)),
    WrongGate(name="looks at one ground", change=_last_ground, found_by=("one-of-two-grounds",)),
    WrongGate(name="ignores the policy of the seal", change=_no_policy, found_by=("policy-ahead",)),
    WrongGate(name="knows only its own exits", change=_known_exits, found_by=("unknown-exit-in-bars",)),
    WrongGate(
        name="refers in doubt where somebody is held",
        change=_doubt_first,
        found_by=("feed-cut-veto-stands", "source-silent-veto-stands", "digest-unequal", "source-gap", "notice-lost", "no-seal-yet"),
    ),
    WrongGate(name="wants an order for every exit", change=_all_need_orders, found_by=("allow", "escorted-exits")),
    WrongGate(name="takes an unknown prisoner for clear", change=_without("UNKNOWN_PRISONER"), found_by=("unknown-prisoner",)),
    WrongGate(name="ignores source gaps", change=_without("SOURCE_GAP"), found_by=("source-gap",)),
    WrongGate(name="ignores silent sources", change=_without("SOURCE_STALE"), found_by=("source-silent", "source-not-in-the-seal")),
    WrongGate(name="needs no order", change=_without("NO_RELEASE_ORDER"), found_by=("escorted-exits", "order-of-another-day", "order-spent")),
    WrongGate(name="does not ask whether facts bear an order out", change=_without("ORDER_NOT_BORNE_OUT"), found_by=("order-not-borne-out",)),
    WrongGate(name="bars every exit", change=_every_exit, found_by=(*(f"bars-{each.value}" for each in Exit), "immigration-hold")),
    WrongGate(name="bars release only", change=_release_only, found_by=("bars-court", "bars-removal", "unknown-schema")),
    WrongGate(name="knows only its own grounds", change=_known_grounds, found_by=("unknown-ground", "immigration-hold")),
    WrongGate(
        name="ignores the day of an order",
        change=_standing(lambda order, exit_, _: order.exit == exit_.value),
        found_by=("order-of-another-day",),
    ),
    WrongGate(
        name="ignores the exit of an order",
        change=_standing(lambda order, _, time: order.valid_from <= time < order.valid_until),
        found_by=("order-of-another-exit",),
    ),
    WrongGate(
        name="ignores checks",
        change=_no_checks,
        found_by=("checks-missing", "check-too-old", "check-wrong-role", "check-of-the-future", "check-other-than"),
    ),
    WrongGate(name="counts one person twice", change=_everybody_is_new, found_by=("check-same-person", "check-same-person-spelled-otherwise")),
    WrongGate(name="tells people apart by spelling", change=_exact_names, found_by=("check-same-person-spelled-otherwise",)),
    WrongGate(name="never recovers", change=_refers_for_ever, found_by=("source-back",)),
    WrongGate(name="lets one officer settle", change=_one_officer, found_by=("settle-same-officer", "settle-same-officer-spelled-otherwise")),
    WrongGate(name="settles whatever was shown", change=_whatever_was_shown, found_by=("settle-after-change", "settled-then-changed")),
    WrongGate(name="lets an ALLOW be kept for an hour", change=_good_for_an_hour, found_by=("up-to-date",)),
)
