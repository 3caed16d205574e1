"""Settling a REFER: two officers, exactly what they were shown, 15 minutes; a veto never; any doubt ends it."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from holdfast_gate import Answer, CheckDone, Decision, Exit, Gate, Mode, Officer, Settlement, SettlementError
from holdfast_gate.answer import Refer, Trouble
from holdfast_gate.journal import FILE_NAME as JOURNAL
from holdfast_gate.journal import Journal
from holdfast_gate.model import NoticeCheck, ReferCode
from holdfast_gate.records import registry
from holdfast_gate.report import as_json
from holdfast_gate.settlement import NOTE_MAX, REASONS, same_doubts
from tests.core.plain import faults
from tests.gate.feeds import START, eventually, ground, order
from tests.gate.scene import WHO, Scene, codes

ANN, BOB = Officer("Ann Archer", "DUTY_GOVERNOR"), Officer("Bob Baker", "CONTROL_ROOM")
WHY = "PRISON_ORDER_SEEN"
NO_ORDER = ["NO_RELEASE_ORDER"]


async def settled(gate: Gate, sequence: int | None, *officers: Officer, reason_code: str = WHY, note: str = "") -> Settlement:
    """The settlement by these officers, else by Ann and Bob."""
    assert sequence is not None
    return await gate.settle(sequence, reason_code=reason_code, officers=officers or (ANN, BOB), note=note)  # type: ignore[arg-type]


async def refused(settling: Awaitable[Settlement]) -> str:
    """The code with which it was refused."""
    with pytest.raises(SettlementError) as caught:
        await settling
    return str(caught.value.code)


async def referred(gate: Gate, exit_: Exit = Exit.REMOVAL) -> Answer:
    """The REFER that WHO gets who has no order to be removed."""
    answer = await gate.decide(WHO, exit_)
    assert (answer.decision, answer.valid_for_s, answer.settlement) == (Decision.REFER, 0, None)
    return answer


async def good(gate: Gate, exit_: Exit = Exit.REMOVAL) -> int:
    """For how many seconds WHO may leave now."""
    return (await gate.decide(WHO, exit_)).valid_for_s


async def test_two_officers_settle_exactly_what_they_were_shown(scene: Scene) -> None:
    """The decision stays REFER, with its settlement, what is left of it, and at most 60 seconds; no other prisoner and no other exit."""
    async with scene.running() as gate:
        shown = await referred(gate)
        made = await settled(gate, shown.sequence, note="Order of 24 Oct, signed C. Carter")
        assert (made.sequence, made.prisoner_number, made.exit, made.refer, made.settled_for_s) == (1, WHO, "removal", shown.refer, 900)
        scene.clock.seconds += 1
        scene.clock.wall += timedelta(days=1)
        answer = await gate.decide(WHO, Exit.REMOVAL)
        assert (answer.decision, answer.valid_for_s, codes(answer)) == (Decision.REFER, 60, NO_ORDER)
        assert answer.settlement == replace(made, settled_for_s=899)
        assert await good(gate, Exit.EXTRADITION) == 0
        assert (await gate.decide("B1234BC", Exit.REMOVAL)).settlement is None
        told = json.loads(as_json(answer))
        assert told["settlement"] == {
            "settlement_id": made.settlement_id,
            "sequence": 1,
            "reason_code": WHY,
            "officers": [{"name": "Ann Archer", "role": "DUTY_GOVERNOR"}, {"name": "Bob Baker", "role": "CONTROL_ROOM"}],
            "settled_for_s": 899,
        }
        assert (told["mode"], told["refer"][0]["code"], set(told["refer"][0])) == ("BINDING", "NO_RELEASE_ORDER", {"code", "sentence"})


async def test_it_is_an_entry_of_its_own_and_a_report(scene: Scene) -> None:
    """SETTLED stands in journal and report, between the REFER and what was answered under it, with who, why and what they wrote."""
    async with scene.running() as gate:
        made = await settled(gate, (await referred(gate)).sequence, note="seen")
        await gate.decide(WHO, Exit.REMOVAL)
        await eventually(lambda: len(scene.feed.reports) == 3)
    shown, settling, after = (registry().decode(value)[1] for value in scene.feed.reports)
    assert [each["decision"] for each in (shown, settling, after)] == ["REFER", "SETTLED", "REFER"]
    assert [each["sequence"] for each in (shown, settling, after)] == [1, 2, 3]
    assert shown["settlement"] is None
    assert settling["settlement"] == after["settlement"]
    assert settling["settlement"] == {
        "settlement_id": made.settlement_id,
        "settled_sequence": 1,
        "reason_code": WHY,
        "officers": [{"name": "Ann Archer", "role": "DUTY_GOVERNOR"}, {"name": "Bob Baker", "role": "CONTROL_ROOM"}],
        "note": "seen",
    }
    assert settling["report_id"] == made.settlement_id
    assert (settling["codes"], settling["exit"], settling["prisoner_number"]) == (NO_ORDER, "removal", WHO)
    assert settling["valid_until"] - settling["decided_at"] == timedelta(minutes=15)
    assert after["valid_until"] - after["decided_at"] == timedelta(seconds=60)


async def test_it_is_on_disk_before_it_is_returned(scene: Scene) -> None:
    """Killed right after, the next process finds it in the journal, and does not go by it."""
    gate = scene.gate()
    await gate.__aenter__()
    await scene.fresh(gate)
    scene.feed.reports_broken = True
    made = await settled(gate, (await referred(gate)).sequence)
    assert await good(gate) == 60
    killed = KeyboardInterrupt()
    await gate.__aexit__(type(killed), killed, None)
    journal = Journal(scene.config.directory, "gate-1")
    assert [(entry.sequence, entry.kind, made.settlement_id in entry.answer) for entry in journal.entries()][1] == (2, "settlement", True)
    journal.close()
    scene.feed.reports_broken = False
    async with scene.running() as gate:
        assert await good(gate) == 0
        assert await refused(settled(gate, 1)) == "TOO_OLD"


async def test_it_ends_after_15_minutes_of_the_monotonic_clock(scene: Scene) -> None:
    """What is left shrinks to nothing, whatever the wall clock says; and the answer that was settled is too old to be settled again."""
    scene.config = replace(scene.config, rules=replace(scene.config.rules, freshness_bound_s=10_000.0))
    async with scene.running() as gate:
        shown = await referred(gate)
        scene.clock.seconds += 100
        await settled(gate, shown.sequence)
        scene.clock.wall -= timedelta(days=1)
        for passed, left in ((800, 60), (70, 30), (29, 1), (1, 0), (-500, 0)):
            scene.clock.seconds += passed
            assert await good(gate) == left
        scene.clock.seconds += 500
        assert await refused(settled(gate, shown.sequence)) == "TOO_OLD"


async def test_an_old_answer_is_not_settled(scene: Scene) -> None:
    """900 seconds after it was shown it can be, 901 seconds after it cannot: whoever settles has just been shown it."""
    scene.config = replace(scene.config, rules=replace(scene.config.rules, freshness_bound_s=10_000.0))
    async with scene.running() as gate:
        first, second = await referred(gate), await referred(gate, Exit.EXTRADITION)
        scene.clock.seconds += 900
        await settled(gate, first.sequence)
        scene.clock.seconds += 1
        assert await refused(settled(gate, second.sequence)) == "TOO_OLD"


async def test_a_veto_is_never_settled(scene: Scene) -> None:
    """Neither a VETO that was shown, nor a REFER once a ground bars the exit; an ALLOW needs none."""
    async with scene.running() as gate:
        shown = await referred(gate)
        scene.hub.say(WHO, ground("release", "removal"))
        scene.feed.stir()
        assert await gate.until(WHO, Exit.REMOVAL, Decision.VETO, 5.0)
        assert await refused(settled(gate, shown.sequence)) == "VETOED"
        vetoed = await gate.decide(WHO, Exit.RELEASE)
        assert await refused(settled(gate, vetoed.sequence)) == "NOT_REFERRED"
        allowed = await gate.decide(WHO, Exit.COURT)
        assert allowed.decision is Decision.ALLOW
        assert await refused(settled(gate, allowed.sequence)) == "NOT_REFERRED"


async def test_a_veto_ends_it_at_once_and_for_good(scene: Scene) -> None:
    """The veto counts when it is read; when it is lifted the settlement does not come back."""
    async with scene.running() as gate:
        shown = await referred(gate)
        await settled(gate, shown.sequence)
        scene.hub.say(WHO, ground("removal"))
        scene.feed.stir()
        assert await gate.until(WHO, Exit.REMOVAL, Decision.VETO, 5.0)
        answer = await gate.decide(WHO, Exit.REMOVAL)
        assert (answer.decision, answer.valid_for_s, answer.settlement) == (Decision.VETO, 0, None)
        scene.hub.say(WHO, orders=[order()])
        scene.tick()
        assert await gate.until(WHO, Exit.REMOVAL, Decision.REFER, 5.0)
        assert await good(gate) == 0
        assert await refused(settled(gate, shown.sequence)) == "CHANGED"


async def test_a_new_notice_ends_it_whatever_it_says(scene: Scene) -> None:
    """The same reasons on a newer notice are not what the officers were shown."""
    async with scene.running() as gate:
        shown = await referred(gate)
        await settled(gate, shown.sequence)
        said = scene.hub.say(WHO, orders=[order()])
        scene.tick()
        await eventually(lambda: (said.partition, said.offset + 1) in scene.feed.served)
        await scene.fresh(gate)
        again = await gate.decide(WHO, Exit.REMOVAL)
        assert (codes(again), again.settlement) == (NO_ORDER, None)
        assert again.notice_version != shown.notice_version


async def test_a_further_reason_ends_it_for_good_though_nobody_asks(scene: Scene) -> None:
    """A source has a gap for a while; nobody asked meanwhile, and what was settled does not come back after it."""
    async with scene.running() as gate:
        await settled(gate, (await referred(gate)).sequence)
        scene.hub.gaps = frozenset({"court"})
        scene.tick()
        assert await gate.until(WHO, Exit.RELEASE, Decision.REFER, 5.0)
        await eventually(lambda: not gate._settlements.live)
        scene.hub.gaps = frozenset()
        scene.tick()
        assert await gate.until(WHO, Exit.RELEASE, Decision.ALLOW, 5.0)
        assert await good(gate) == 0


async def test_a_reason_that_went_is_a_change_too(scene: Scene) -> None:
    """Exactly what was shown: when the network is back, its officers are shown what is left."""
    async with scene.running() as gate:
        scene.hub.gaps = frozenset({"court"})
        scene.tick()
        assert await gate.until(WHO, Exit.RELEASE, Decision.REFER, 5.0)
        shown = await referred(gate)
        assert codes(shown) == ["SOURCE_GAP", "NO_RELEASE_ORDER"]
        scene.hub.gaps = frozenset()
        scene.tick()
        assert await gate.until(WHO, Exit.RELEASE, Decision.ALLOW, 5.0)
        assert await refused(settled(gate, shown.sequence)) == "CHANGED"


async def test_ages_in_a_sentence_are_no_further_reason(scene: Scene) -> None:
    """A gate that is cut off says another number of seconds each time; two officers can settle that all the same."""
    async with scene.running() as gate:
        scene.clock.seconds += 20
        shown = await referred(gate)
        scene.clock.seconds += 20
        assert codes(shown) == ["SEAL_STALE", "NO_RELEASE_ORDER"]
        await settled(gate, shown.sequence, reason_code="RECORDS_SEARCHED_BY_HAND")
        scene.clock.seconds += 20
        answer = await gate.decide(WHO, Exit.REMOVAL)
        assert answer.refer[0].sentence != shown.refer[0].sentence
        assert answer.valid_for_s == 60


async def test_a_gate_that_never_read_anything_can_be_settled_too(scene: Scene) -> None:
    """Whatever it is that keeps it from reading, in whatever words: people have looked elsewhere."""
    scene.feed.broken = True
    async with scene.gate() as gate:
        await eventually(lambda: "reading" in gate.position().troubles)
        shown = await referred(gate)
        assert codes(shown) == ["FEED_NOT_BOOTSTRAPPED"]
        assert gate._open is not None
        gate._open[0].troubles["reading"] = "something else"
        await settled(gate, shown.sequence, reason_code="RECORDS_SEARCHED_BY_HAND")
        assert await good(gate) == 60


@pytest.mark.parametrize(
    ("one", "other"), [(ANN, ANN), (ANN, Officer(" ann\u00a0ARCHER ", "GOVERNOR")), (ANN, Officer("Ann Arch\u200ber", "OTHER")), (BOB, BOB)]
)
async def test_one_person_is_not_two(scene: Scene, one: Officer, other: Officer) -> None:
    """However the name is written, and in whatever other role."""
    async with scene.running() as gate:
        shown = await referred(gate)
        assert await refused(settled(gate, shown.sequence, one, other)) == "SAME_OFFICER"
        assert await good(gate) == 0


async def test_what_makes_no_sense_is_refused(scene: Scene) -> None:
    """A reason that is not on the list, one officer or three, a note without an end, a number that nobody was shown."""
    async with scene.running() as gate:
        shown = (await referred(gate)).sequence
        assert await refused(settled(gate, shown, reason_code="BECAUSE")) == "BAD_REQUEST"
        assert await refused(settled(gate, shown, ANN)) == "BAD_REQUEST"
        assert await refused(settled(gate, shown, ANN, BOB, Officer("Cyd", "X"))) == "BAD_REQUEST"
        assert await refused(settled(gate, shown, note="x" * (NOTE_MAX + 1))) == "BAD_REQUEST"
        for unknown in (0, -1, 2, 10**30):
            assert await refused(settled(gate, unknown)) == "UNKNOWN_SEQUENCE"
        made = await settled(gate, shown)
        assert await refused(settled(gate, 2)) == "TOO_OLD"  # the settlement itself, which is no answer
        assert made.settlement_id.endswith("/2")
    assert await refused(settled(gate, shown)) == "JOURNAL_NOT_WRITABLE"


@pytest.mark.parametrize("broken", [("", "X"), ("Ann", " "), ("\u200b", "X"), ("x" * 201, "X")])
def test_an_officer_has_a_name_and_a_role(broken: tuple[str, str]) -> None:
    """Nobody has settled anything without them."""
    with pytest.raises(SettlementError) as caught:
        Officer(*broken)
    assert caught.value.code == "BAD_REQUEST"


async def test_asking_twice_is_harmless_and_settling_twice_is_not_done(scene: Scene) -> None:
    """A client that lost the answer asks again and gets the same; others, or another reason, must be shown the answer anew."""
    async with scene.running() as gate:
        shown = (await referred(gate)).sequence
        made = await settled(gate, shown)
        scene.clock.seconds += 5
        assert await settled(gate, shown) == replace(made, settled_for_s=895)
        assert await refused(settled(gate, shown, reason_code="EVACUATION")) == "CHANGED"
        assert await refused(settled(gate, shown, ANN, Officer("Cyd", "X"))) == "CHANGED"
        again = await gate.decide(WHO, Exit.REMOVAL)
        other = await settled(gate, again.sequence, reason_code="EVACUATION")
        answer = await gate.decide(WHO, Exit.REMOVAL)
        assert (other.settlement_id != made.settlement_id, answer.settlement) == (True, other)
        assert await refused(settled(gate, shown)) == "CHANGED"  # the later settlement has replaced it


async def test_without_a_journal_nothing_is_settled(scene: Scene) -> None:
    """Refused, and nobody leaves; what was settled before is not acted upon either while answers cannot be recorded."""
    async with scene.running() as gate:
        shown, other = await referred(gate), await referred(gate, Exit.EXTRADITION)
        await settled(gate, shown.sequence)
        gate._journal.close()
        path = scene.config.directory / JOURNAL
        path.rename(scene.config.directory / "gone")
        path.mkdir()
        assert await refused(settled(gate, other.sequence)) == "JOURNAL_NOT_WRITABLE"
        answer = await gate.decide(WHO, Exit.REMOVAL)
        assert (answer.valid_for_s, answer.settlement, answer.sequence) == (0, None, None)
        path.rmdir()
        (scene.config.directory / "gone").rename(path)


async def test_a_failure_of_the_gate_is_not_settled(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that failed cannot tell that nothing bars the exit: what a caller broke must not hide a veto."""
    async with scene.running() as gate:
        scene.hub.say(WHO, ground("removal"))
        scene.feed.stir()
        assert await gate.until(WHO, Exit.REMOVAL, Decision.VETO, 5.0)
        broken = await gate.decide(WHO, Exit.REMOVAL, 7)  # type: ignore[arg-type]
        assert codes(broken) == ["INTERNAL_ERROR"]
        assert await refused(settled(gate, broken.sequence)) == "NOT_REFERRED"

        def fail(*_: object) -> None:
            message = "boom"
            raise ZeroDivisionError(message)

        shown = await referred(gate, Exit.EXTRADITION)
        await settled(gate, shown.sequence)
        with monkeypatch.context() as patch:
            patch.setattr("holdfast_gate.gate.decide", fail)
            assert await good(gate, Exit.EXTRADITION) == 0
        assert await good(gate, Exit.EXTRADITION) == 0
        with monkeypatch.context() as patch:
            patch.setattr("holdfast_gate.settlements.asked", fail)
            assert await refused(settled(gate, shown.sequence)) == "INTERNAL_ERROR"


async def test_a_gate_in_shadow_mode_settles_nothing(scene: Scene) -> None:
    """What binds nobody needs nobody's signature."""
    scene.config = replace(scene.config, mode=Mode.SHADOW)
    async with scene.running() as gate:
        shown = await referred(gate)
        assert await refused(settled(gate, shown.sequence)) == "SHADOW"


async def test_the_checks_that_were_shown_belong_to_it(scene: Scene) -> None:
    """Without the checks that the officers saw signed, another reason is there, and the settlement is over."""
    identity = NoticeCheck("WHO_HE_IS", "They were compared with a photograph.", ("removal",), ("RECEPTION",), 12 * 3600)
    signed = [CheckDone(check="WHO_HE_IS", by="Cyd", role="RECEPTION", at=START)]
    scene.hub.say(WHO, orders=[order()], checks=(identity,))
    scene.tick()
    async with scene.running() as gate:
        shown = await gate.decide(WHO, Exit.REMOVAL, signed)
        assert codes(shown) == NO_ORDER
        await settled(gate, shown.sequence)
        assert (await gate.decide(WHO, Exit.REMOVAL, signed)).valid_for_s == 60
        assert await good(gate) == 0
        assert (await gate.decide(WHO, Exit.REMOVAL, signed)).valid_for_s == 0


async def test_memory_has_an_end(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gate that is asked more often than it can remember has the oldest answers asked for again."""
    monkeypatch.setattr("holdfast_gate.settlements.SHOWN_MAX", 2)
    async with scene.running() as gate:
        for _ in range(3):
            await referred(gate)
        assert await refused(settled(gate, 1)) == "TOO_OLD"
        await settled(gate, 2)
        scene.clock.seconds += 901
        await gate.decide(WHO, Exit.COURT)
        assert list(gate._settlements._shown) == [5]


async def test_no_settlement_outlives_the_gate_that_took_it(scene: Scene) -> None:
    """The same gate, closed and opened again within the same second, has to be told anew."""
    gate = scene.gate()
    async with gate:
        await scene.fresh(gate)
        shown = await referred(gate)
        await settled(gate, shown.sequence)
    async with gate:
        await scene.fresh(gate)
        assert await good(gate) == 0
        assert await refused(settled(gate, shown.sequence)) == "TOO_OLD"


# --- what is the same doubt ------------------------------------------------------------------------------------------------------

DOUBT = Answer(decision=Decision.REFER, prisoner_number=WHO, exit="removal", notice_version=(3, 1), policy_version=1)


def test_another_sentence_is_another_doubt() -> None:
    """A code says too little: an order for tomorrow is not an order that was withdrawn, nor is one reason twice the same as once."""
    one = replace(DOUBT, refer=(Refer(ReferCode.NO_RELEASE_ORDER, "The order is for 4 Nov 2025."),))
    assert same_doubts(one, one)
    assert not same_doubts(one, replace(one, refer=(Refer(ReferCode.NO_RELEASE_ORDER, "The prison withdrew the order."),)))
    assert not same_doubts(one, replace(one, refer=one.refer * 2))


REASON = st.builds(
    Refer,
    st.sampled_from((ReferCode.SEAL_STALE, ReferCode.NO_RELEASE_ORDER, Trouble.INTERNAL_ERROR)),
    st.sampled_from("ab"),
    st.sampled_from(("", "x")),
)
DOUBTS = st.builds(
    replace,
    st.just(DOUBT),
    decision=st.sampled_from(Decision),
    exit=st.sampled_from(("removal", "release")),
    refer=st.lists(REASON, max_size=2).map(tuple),
    notice_version=st.sampled_from(((3, 1), (4, 1), (3, 2), None)),
    policy_version=st.sampled_from((1, 2)),
)


@settings(max_examples=400, deadline=None)
@given(DOUBTS, DOUBTS | st.none())
def test_only_the_same_doubt_is_covered(one: Answer, other: Answer | None) -> None:
    """Against the plainest reading: both REFER, the same exit, notice and policy, and each reason as often; a failure of the gate never."""
    now = one if other is None else other

    def said(answer: Answer) -> list[tuple[str, str]]:
        return sorted((each.code.value, each.substance or each.sentence) for each in answer.refer)

    same = one.decision == now.decision == Decision.REFER and said(one) == said(now)
    same = same and (one.exit, one.notice_version, one.policy_version) == (now.exit, now.notice_version, now.policy_version)
    same = same and "INTERNAL_ERROR" not in {each.code for each in now.refer}
    event(str(same))
    assert same_doubts(one, now) == same


@pytest.mark.parametrize("code", REASONS)
def test_reasons_are_plain(code: str) -> None:
    """What two officers say by a reason can be read aloud."""
    assert list(faults(REASONS[code])) == []
