"""The decision table, row by row; and that the first row that applies wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_gate.answer import Answer
from holdfast_gate.decide import Rules, decide
from holdfast_gate.model import EXITS_THAT_NEED_AN_ORDER, Decision, Exit, Notice, NoticeCheck, ReferCode, SealedSource
from holdfast_gate.replica import Replica
from holdfast_gate.view import View
from tests.gate.feeds import RING, SOURCES, START, Hub, ground, order

WHO = "A1234BC"
RULES = Rules()
Change = Callable[[View], View]


CHECK = NoticeCheck("IDENTITY_CONFIRMED", "He was compared with his photograph.", ("release",), ("RECEPTION",), 3600)


def notice(*grounds: Any, orders: Any = (), facts_offset: int = 1, policy_version: int = 0) -> Notice:
    """A notice of WHO."""
    return Notice(WHO, facts_offset, 1, policy_version, START, tuple(grounds), tuple(orders))


def clear() -> View:
    """A view that allows a release: known, nothing in force, an order, all of it sealed and fresh."""
    hub = Hub()
    hub.say(WHO, orders=[order()])
    hub.seal()
    replica = Replica.empty(1, RING)
    (partition,) = replica.partitions
    partition.expect(2)
    partition.freshness.answered(sent_at_s=100.0, end_offset=1)
    replica.apply(hub.log.records[0])
    return replica.view(WHO, now_s=100.0)


def resealed(view: View, **changes: Any) -> View:
    """The view with another seal; without a seal, as it is."""
    return view if view.seal is None else replace(view, seal=replace(view.seal, seal=replace(view.seal.seal, **changes)))


def sources(view: View) -> tuple[SealedSource, ...]:
    """What the seal says of each source."""
    return () if view.seal is None else view.seal.seal.sources


def with_gap(view: View) -> View:
    """The view with a gap in one source."""
    return resealed(view, sources=tuple(replace(each, gap=each.source == "court") for each in sources(view)))


def with_fast_court(view: View) -> View:
    """The view with a source whose clock is ahead of the broker's."""
    ahead = START + timedelta(seconds=11)
    return resealed(view, sources=tuple(replace(each, caught_up_as_of=ahead) if each.source == "court" else each for each in sources(view)))


def without_court(view: View) -> View:
    """The view with a seal that lacks one source."""
    return resealed(view, sources=tuple(each for each in sources(view) if each.source != "court"))


def under_policy(view: View) -> View:
    """The view under a release policy."""
    return resealed(view, policy_version=1)


def codes(answer: Answer) -> list[str]:
    """Why it was REFER."""
    return [reason.code.value for reason in answer.refer]


UNREADABLE = replace(ground(*[each.value for each in Exit]), ground="QUERY", query_kind="UNREADABLE_RECORD")
VETOES: dict[str, Change] = {
    "the notice cannot be read": lambda view: replace(view, unreadable=(UNREADABLE,)),
    "the sealed notice bars": lambda view: replace(view, sealed=notice(ground("release"), orders=[order()])),
    "a later notice bars": lambda view: replace(view, later=(notice(ground("release"), orders=[order()]),)),
    "a later notice bars, the newest does not": lambda view: replace(
        view, later=(notice(ground("release")), notice(orders=[order()], facts_offset=2))
    ),
    "the sealed notice bars, a later does not": lambda view: replace(view, sealed=notice(ground("release")), later=(notice(orders=[order()]),)),
}
REFERS: dict[str, tuple[str, Change]] = {
    "never heard of": ("UNKNOWN_PRISONER", lambda view: replace(view, sealed=None)),
    "not read to the end": ("FEED_NOT_BOOTSTRAPPED", lambda view: replace(view, bootstrapped=False)),
    "digest unequal": ("SEAL_MISMATCH", lambda view: replace(view, mismatch=True)),
    "no seal": ("SEAL_STALE", lambda view: replace(view, seal=None, time=None)),
    "nothing proves its age": ("SEAL_STALE", lambda view: replace(view, feed_age_s=None)),
    "too old": ("SEAL_STALE", lambda view: replace(view, feed_age_s=10.01)),
    "made too late": ("SEAL_STALE", lambda view: replace(view, time=START - timedelta(seconds=11))),
    "a source silent": ("SOURCE_STALE", lambda view: replace(view, caught_up={**view.caught_up, "court": START - timedelta(seconds=11)})),
    "a source late, and the feed": (
        "SOURCE_STALE",
        lambda view: replace(view, feed_age_s=6.0, caught_up={**view.caught_up, "court": START - timedelta(seconds=6)}),
    ),
    "a source never heard": ("SOURCE_STALE", lambda view: replace(view, caught_up={})),
    "a source missing in the seal": ("SOURCE_STALE", without_court),
    "a source whose clock is fast": ("SOURCE_STALE", with_fast_court),
    "a source with a gap": ("SOURCE_GAP", with_gap),
    "nothing is sealed": ("LIFT_NOT_SEALED", lambda view: replace(view, sealed=None, later=(notice(orders=[order()]),))),
    "the order is not sealed": ("LIFT_NOT_SEALED", lambda view: replace(view, sealed=notice(), later=(notice(orders=[order()]),))),
    "no order": ("NO_RELEASE_ORDER", lambda view: replace(view, sealed=notice())),
    "an order for another exit": ("NO_RELEASE_ORDER", lambda view: replace(view, sealed=notice(orders=[order(Exit.REMOVAL)]))),
    "an order for tomorrow": ("NO_RELEASE_ORDER", lambda view: replace(view, sealed=notice(orders=[order(days=1)]))),
    "an order of yesterday": ("NO_RELEASE_ORDER", lambda view: replace(view, sealed=notice(orders=[order(days=-1)]))),
    "an order withdrawn later": ("NO_RELEASE_ORDER", lambda view: replace(view, later=(notice(),))),
    "another order later": ("LIFT_NOT_SEALED", lambda view: replace(view, later=(notice(orders=[order(subject="booking 2")]),))),
    "an order not borne out": ("ORDER_NOT_BORNE_OUT", lambda view: replace(view, sealed=notice(orders=[order(missing=("No bail.",))]))),
    "an order not borne out later": (
        "ORDER_NOT_BORNE_OUT",
        lambda view: replace(view, later=(notice(orders=[order(missing=("No bail.",))]),)),
    ),
    "a policy that asks for checks": ("CHECKS_MISSING", under_policy),
    "a check that nobody signed": ("CHECKS_MISSING", lambda view: replace(view, sealed=replace(notice(orders=[order()]), checks=(CHECK,)))),
}


def test_nothing_forbids_it() -> None:
    """Known, clear, ordered, borne out, sealed and fresh: ALLOW, for sixty seconds."""
    answer = decide(clear(), Exit.RELEASE, RULES)
    assert (answer.decision, answer.valid_for_s) == (Decision.ALLOW, 60)
    assert (answer.grounds, answer.refer) == ((), ())
    assert (answer.notice_version, answer.seal_number, answer.rules_version) == ((0, 1), 2, 1)


@pytest.mark.parametrize("row", VETOES)
def test_vetoes(row: str) -> None:
    """A ground in any notice that counts, or a notice that cannot be read, is a VETO and names its ground."""
    answer = decide(VETOES[row](clear()), Exit.RELEASE, RULES)
    assert (answer.decision, answer.valid_for_s, answer.refer) == (Decision.VETO, 0, ())
    assert answer.grounds


@pytest.mark.parametrize("row", REFERS)
def test_refers(row: str) -> None:
    """Each doubt about the whole picture is a REFER, with its code and a sentence."""
    code, change = REFERS[row]
    answer = decide(change(clear()), Exit.RELEASE, RULES)
    assert (answer.decision, answer.valid_for_s, answer.grounds) == (Decision.REFER, 0, ())
    assert set(codes(answer)) == {code}
    assert all(reason.sentence.endswith((".", ").")) for reason in answer.refer)


@pytest.mark.parametrize("veto", VETOES)
@pytest.mark.parametrize("doubt", REFERS)
def test_a_veto_wins_over_every_doubt(veto: str, doubt: str) -> None:
    """However little is certain, a ground that bars the exit is a VETO."""
    view = VETOES[veto](REFERS[doubt][1](clear()))
    assert decide(view, Exit.RELEASE, RULES).decision is Decision.VETO


@pytest.mark.parametrize("first", REFERS)
@pytest.mark.parametrize("second", REFERS)
def test_two_doubts_are_never_an_allow(first: str, second: str) -> None:
    """One doubt does not answer another."""
    view = REFERS[second][1](REFERS[first][1](clear()))
    assert decide(view, Exit.RELEASE, RULES).decision is Decision.REFER


def test_every_doubt_is_told() -> None:
    """Of the reasons to refer all are told, in the order of the table."""
    view = replace(clear(), sealed=notice(), mismatch=True, bootstrapped=False)
    answer = decide(with_gap(under_policy(view)), Exit.RELEASE, RULES)
    assert codes(answer) == ["FEED_NOT_BOOTSTRAPPED", "SEAL_MISMATCH", "SOURCE_GAP", "NO_RELEASE_ORDER", "CHECKS_MISSING"]


def test_a_veto_bars_exits_and_not_people() -> None:
    """A ground bars the exits that it lists, by name, and no other one."""
    view = replace(clear(), sealed=notice(ground("release", "a door that is not built yet"), orders=[order(Exit.IMMIGRATION_TRANSFER)]))
    assert decide(view, Exit.RELEASE, RULES).decision is Decision.VETO
    assert decide(view, Exit.IMMIGRATION_TRANSFER, RULES).decision is Decision.ALLOW


@pytest.mark.parametrize("exit_", Exit)
def test_only_exits_that_end_custody_need_an_order(exit_: Exit) -> None:
    """Escorted exits need no order of custody's; every other one does."""
    answer = decide(replace(clear(), sealed=notice()), exit_, RULES)
    if exit_ in EXITS_THAT_NEED_AN_ORDER:
        assert codes(answer) == [ReferCode.NO_RELEASE_ORDER.value]
    else:
        assert answer.decision is Decision.ALLOW


@pytest.mark.parametrize(("seconds", "decision"), [(-1, Decision.REFER), (0, Decision.ALLOW), (86_399, Decision.ALLOW), (86_400, Decision.REFER)])
def test_an_order_is_for_its_day_by_the_seals_time(seconds: int, decision: Decision) -> None:
    """An order holds from its start until, and not at, its end; the time is that of the last accepted seal, not of any clock here."""
    view = clear()
    time = order().valid_from + timedelta(seconds=seconds)
    heard = tuple(replace(each, caught_up_as_of=time) for each in sources(view))
    moved = replace(resealed(view, sources=heard), time=time, caught_up=dict.fromkeys(SOURCES, time))
    assert moved.seal is not None
    moved = replace(moved, seal=replace(moved.seal, append_time=time))
    assert decide(moved, Exit.RELEASE, RULES).decision is decision


def test_one_good_order_is_enough() -> None:
    """Of two orders for the day, one that the facts bear out is enough; and it must be the same one in every notice."""
    good, bad = order(subject="good"), order(subject="bad", missing=("No bail.",))
    view = replace(clear(), sealed=notice(orders=[bad, good]))
    assert decide(view, Exit.RELEASE, RULES).decision is Decision.ALLOW
    swapped = replace(view, later=(notice(orders=[order(subject="bad"), order(subject="good", missing=("No bail.",))]),))
    assert decide(swapped, Exit.RELEASE, RULES).decision is Decision.REFER


def test_the_same_order_twice_counts_as_the_worse_one() -> None:
    """Two entries of one order, one of them not borne out, are not borne out."""
    view = replace(clear(), sealed=notice(orders=[order(), order(missing=("No bail.",))]))
    assert codes(decide(view, Exit.RELEASE, RULES)) == [ReferCode.ORDER_NOT_BORNE_OUT.value]


def test_a_source_that_nobody_expected_counts_too() -> None:
    """A source in the seal that the configuration does not know must be fresh as well."""
    view = resealed(clear(), sources=(*sources(clear()), SealedSource("probation", None, gap=False)))
    assert codes(decide(view, Exit.RELEASE, RULES)) == [ReferCode.SOURCE_STALE.value]


def test_a_source_that_the_deployment_does_not_have() -> None:
    """A deployment without immigration says so in its configuration."""
    rules = Rules(sources=("custody", "immigration", "resolutions"))
    assert codes(decide(without_court(clear()), Exit.RELEASE, RULES)) == [ReferCode.SOURCE_STALE.value]
    assert decide(without_court(clear()), Exit.RELEASE, rules).decision is Decision.ALLOW


@given(st.text(), st.sampled_from(Exit))
def test_total(prisoner_number: str, exit_: Exit) -> None:
    """Any string is a question with an answer, and the answer about nobody is REFER."""
    replica = Replica.empty(3, RING)
    answer = decide(replica.view(prisoner_number, now_s=0), exit_, RULES)
    assert answer.decision is Decision.REFER
    assert codes(answer)[0] == ReferCode.UNKNOWN_PRISONER.value


def at_the_bound(view: View) -> View:
    """The view as old as may be: seal and sources five seconds late, the feed five seconds old."""
    late = START - timedelta(seconds=5)
    return replace(view, time=late, feed_age_s=5.0, caught_up=dict.fromkeys(SOURCES, late))


def test_the_bound_itself_is_fresh_enough() -> None:
    """Ten seconds are not more than ten; a moment more are, of the seal and of each source."""
    view = at_the_bound(clear())
    assert not {"SEAL_STALE", "SOURCE_STALE"} & set(codes(decide(view, Exit.COURT, RULES)))
    older = replace(view, feed_age_s=5.001)
    assert codes(decide(older, Exit.COURT, RULES)) == ["SEAL_STALE", *["SOURCE_STALE"] * len(SOURCES)]


def test_a_feed_at_the_bound_still_counts_for_the_sources() -> None:
    """At ten seconds the feed alone is not too old, so a source that is late beside it is named."""
    view = replace(clear(), feed_age_s=10.0, caught_up={**clear().caught_up, "court": START - timedelta(seconds=1)})
    assert codes(decide(view, Exit.COURT, RULES)) == ["SOURCE_STALE"]


def test_without_a_proof_of_age_a_source_is_as_late_as_its_seal_says() -> None:
    """What is not known of the feed is said once, and not of every source."""
    view = replace(clear(), feed_age_s=None, caught_up=dict.fromkeys(SOURCES, START - timedelta(seconds=9.5)))
    assert codes(decide(view, Exit.COURT, RULES)) == ["SEAL_STALE"]


def test_a_clock_that_is_just_fast_enough() -> None:
    """A source may be ahead of the broker by the bound, and not by more."""
    ahead = START + timedelta(seconds=10)
    view = resealed(clear(), sources=tuple(replace(each, caught_up_as_of=ahead) for each in sources(clear())))
    assert decide(view, Exit.COURT, RULES).decision is Decision.ALLOW


def test_every_source_that_is_late_is_told() -> None:
    """One that was never heard does not hide those after it."""
    late = START - timedelta(seconds=11)
    view = replace(clear(), caught_up={name: late for name in SOURCES if name != SOURCES[0]})
    sentences = [reason.sentence for reason in decide(view, Exit.COURT, RULES).refer]
    assert sentences[0] == "Holdfast has heard nothing from the courts yet: ask the Holdfast control room."
    assert sentences[1:] == [
        f"News from {words} since 07:59:49 UTC on 24 Oct 2025 may not have reached this gate: ask the Holdfast control room."
        for words in ("the prisons' records", "Home Office immigration", "the Holdfast control room")
    ]


def test_what_troubles_the_feed_is_told() -> None:
    """Beside the doubt that it causes, in brackets; and nothing where nothing does."""
    stale = replace(clear(), feed_age_s=11.0, time=START - timedelta(seconds=1))
    old = "The last confirmation from Holdfast may be 12 seconds old, and may be no older than 10 seconds"
    troubled = replace(stale, feed_trouble="no broker answers")
    (sentence,) = (reason.sentence for reason in decide(stale, Exit.COURT, RULES).refer)
    assert sentence == f"{old}: ask again in a moment, then ask the Holdfast control room."
    (sentence,) = (reason.sentence for reason in decide(troubled, Exit.COURT, RULES).refer)
    assert sentence == f"{old} (no broker answers): ask again in a moment, then ask the Holdfast control room."


def test_everything_missing_is_told_once() -> None:
    """What the facts lack for an order, from every notice, a sentence after the other."""
    lacking = (notice(orders=[order(missing=("No bail.", "No date."))]), notice(orders=[order(missing=("No date.",))], facts_offset=2))
    (reason,) = decide(replace(clear(), sealed=lacking[0], later=lacking[1:]), Exit.RELEASE, RULES).refer
    assert reason.sentence == "The prison has ordered release, but what the order rests on is missing. No bail. No date."


def test_the_answer_names_the_policy() -> None:
    """The newest release policy that the seal or any notice is under."""
    assert decide(clear(), Exit.RELEASE, RULES).policy_version == 0
    assert decide(under_policy(clear()), Exit.RELEASE, RULES).policy_version == 1
    view = replace(under_policy(clear()), later=(notice(policy_version=3),))
    assert decide(view, Exit.RELEASE, RULES).policy_version == 3


@pytest.mark.parametrize(
    ("changes", "code", "substance"),
    [
        ({"bootstrapped": False}, ReferCode.FEED_NOT_BOOTSTRAPPED, "not read to the end"),
        ({"seal": None}, ReferCode.SEAL_STALE, "never confirmed"),
        ({"feed_age_s": None}, ReferCode.SEAL_STALE, "not confirmed since the start"),
        ({"feed_age_s": 11.0}, ReferCode.SEAL_STALE, "too old"),
        ({"feed_age_s": 3600.0}, ReferCode.SEAL_STALE, "too old"),
    ],
)
def test_a_doubt_that_only_grows_older_stays_the_same_doubt(changes: dict[str, Any], code: ReferCode, substance: str) -> None:
    """What a settlement is for says what is wrong, whatever the age and whatever the feed's trouble is called by then."""
    for trouble in ("", "the broker cannot be reached", "no route"):
        answer = decide(replace(clear(), feed_trouble=trouble, **changes), Exit.RELEASE, RULES)
        assert (code, substance) in {(refer.code, refer.substance) for refer in answer.refer}


@pytest.mark.parametrize("late_s", [11, 60])
def test_a_source_that_grows_later_stays_the_same_doubt(late_s: int) -> None:
    """Late by more, or with a clock ahead by more: it is what it was."""
    view = clear()
    late = replace(view, caught_up={**view.caught_up, "court": START - timedelta(seconds=late_s)})
    assert [refer.substance for refer in decide(late, Exit.RELEASE, RULES).refer] == ["court is late"]
    ahead = START + timedelta(seconds=late_s)
    fast = resealed(view, sources=tuple(replace(each, caught_up_as_of=ahead) if each.source == "court" else each for each in sources(view)))
    assert [refer.substance for refer in decide(fast, Exit.RELEASE, RULES).refer] == ["the clock of court is ahead"]
