"""A release policy comes into force: for everybody, at one instant, little by little, and the same for a successor."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.claims import Adoption
from holdfast.policies import POLICIES
from holdfast_gate.model import NoticeCheck
from schemas.wire import decode_as, encode
from services.identity.app import IdentityStage
from services.runtime.ports import Record
from services.runtime.signing import KeySigner
from services.status import app
from services.status.app import StatusStage
from simulator.keys import KEY
from tests.core.telling import TODAY, alert, dates, order, received
from tests.status.told import TICK, Log, batches, notices, progress, run, seals, seconds, status, successor, written

WHO = [f"A{n:04d}BC" for n in range(7)]


def told(people: int = 7) -> Log:
    """Some prisoners received, and a mark at second 0."""
    log = Log()
    for number in WHO[:people]:
        log.fact(received(), number)
    log.mark(seconds(0))
    return log


def for_release() -> tuple[NoticeCheck, ...]:
    """What policy 1 asks for of somebody whose release alone is ordered."""
    return tuple(replace(check, exits=("release",)) for check in POLICIES[1].checks)


def test_under_policy_0_nothing_is_asked_for() -> None:
    """Nobody has adopted anything: notices and seals are of policy 0, and carry no checks."""
    outputs = run(StatusStage(0, KeySigner(KEY)), told().records)
    assert {(notice.policy_version, notice.checks) for notice in notices(outputs)} == {(0, ())}
    assert [seal.policy_version for seal in seals(outputs)] == [0]


def test_a_policy_reaches_every_notice_at_the_first_mark_at_or_after_its_instant() -> None:
    """Adopted for second 10: at 9 nothing has changed, at 11 seal and notices are of it, with its checks, and say the same otherwise."""
    log, stage = told(), StatusStage(0, KeySigner(KEY))
    for number in WHO:
        log.fact(order(), number)
    log.adopt(1, seconds(10))
    log.mark(seconds(9))
    before = run(stage, log.records)
    assert {notice.policy_version for notice in notices(before)} == {0}
    assert seals(before)[-1].policy_version == 0
    assert progress(before).adopted[0].told_at == seconds(0)
    mark = log.mark(seconds(11))
    after = run(stage, [mark])
    assert [(n.policy_version, n.checks, n.facts_offset, n.as_of) for n in notices(after)] == [(1, for_release(), mark.offset, seconds(11))] * len(
        WHO
    )
    assert [seal.policy_version for seal in seals(after)] == [1]
    assert seals(after)[0].number > mark.offset
    assert run(stage, [log.mark(seconds(12))])[0].key == b"$partition"  # once is enough


def test_checks_are_asked_for_where_custody_has_ordered_something() -> None:
    """Without an order nobody leaves, whatever was signed; the notice says the policy, and of its checks those that can matter."""
    log = told(2)
    log.fact(order("DD"), WHO[1])
    log.adopt(1, seconds(0))
    log.mark(seconds(1))
    without, removed = (notices(run(StatusStage(0, KeySigner(KEY)), log.records), number)[-1] for number in WHO[:2])
    assert (without.policy_version, without.checks) == (1, ())
    codes = {check.code for check in removed.checks}
    assert {"OTHER_HOLDS_FIRST_LOOK", "IDENTITY_CONFIRMED"} <= codes
    assert "SENTENCE_CALCULATED" not in codes
    assert {exit_ for check in removed.checks for exit_ in check.exits} == {"removal", "immigration_transfer"}


def test_who_may_leave_today_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order for today is not kept waiting for one of later, nor that for those who stay."""
    monkeypatch.setattr(app, "RENEWED_PER_MARK", 1)
    log, stage = told(), StatusStage(0, KeySigner(KEY))
    log.fact(order(day=TODAY + timedelta(days=2)), WHO[4])
    log.fact(order(), WHO[6])
    log.adopt(1, seconds(1))
    run(stage, log.records)
    renewed = [notices(run(stage, [log.mark(seconds(n))])) for n in (1, 2, 3)]
    assert [n.prisoner_number for (n,) in renewed] == [WHO[6], WHO[4], WHO[0]]


def test_a_fact_read_after_an_adoption_is_judged_under_it_at_once() -> None:
    """Adopted for a time gone by: in force from the moment at which it was told, and for facts that follow without a mark between."""
    log, stage = told(1), StatusStage(0, KeySigner(KEY))
    log.adopt(1, seconds(-1000))
    log.fact(order(), WHO[0])
    outputs = run(stage, log.records)
    assert [notice.policy_version for notice in notices(outputs, WHO[0])] == [0, 1]
    assert seals(outputs)[-1].policy_version == 1


def test_a_fact_read_before_the_instant_is_not() -> None:
    """A notice of the past stays as it was said."""
    log = told(1)
    log.adopt(1, seconds(10))
    log.fact(order(), WHO[0])
    assert [notice.policy_version for notice in notices(run(StatusStage(0, KeySigner(KEY)), log.records), WHO[0])] == [0, 0]


def test_it_goes_little_by_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many notices at a mark, in the order of the numbers; who is told something new meanwhile needs no second notice."""
    monkeypatch.setattr(app, "RENEWED_PER_MARK", 3)
    log, stage = told(), StatusStage(0, KeySigner(KEY))
    log.adopt(1, seconds(1))
    run(stage, log.records)
    first = run(stage, [log.mark(seconds(1))])
    assert [notice.prisoner_number for notice in notices(first)] == WHO[:3]
    assert seals(first)[0].policy_version == 1
    told_meanwhile = run(stage, [log.fact(order(), WHO[3])])
    assert [notice.policy_version for notice in notices(told_meanwhile)] == [1]
    assert [n.prisoner_number for n in notices(run(stage, [log.mark(seconds(2))]))] == WHO[4:7]
    assert notices(run(stage, [log.mark(seconds(3))])) == []


def test_identity_tells_every_partition_and_no_prisoner() -> None:
    """An adoption stands in every partition of `facts`, under no key, as the act was signed; nobody is addressed and nothing remembered."""
    stage = IdentityStage()
    stage._facts_partitions = 4
    claim = decode_as(Adoption, Log().adopt(1, seconds(5)).value or b"").claim
    record = Record(topic="claims", partition=0, offset=3, key=b"", value=encode(claim), headers=(), appended_at=seconds(0))
    outputs = stage.step([record], TICK)
    assert [(output.topic, output.partition, output.key) for output in outputs] == [("facts", n, None) for n in range(4)]
    assert {decode_as(Adoption, output.value or b"").claim for output in outputs} == {claim}


async def test_a_successor_goes_on_where_its_predecessor_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in the midst of it: what the next one writes is what the first would have written, to the byte."""
    monkeypatch.setattr(app, "RENEWED_PER_MARK", 3)
    log, stage = told(), StatusStage(0, KeySigner(KEY))
    log.adopt(1, seconds(1))
    log.mark(seconds(1))
    outputs = run(stage, log.records)
    next_one = await successor(outputs)
    rest = [log.mark(seconds(2)), log.fact(alert(), WHO[6]), log.mark(seconds(3))]
    assert run(next_one, rest) == run(stage, rest)


async def test_ended_in_the_midst_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Policy 0 is back before everybody had policy 1: only those who had it are told again, by a successor too, who finds policy 0 in force."""
    monkeypatch.setattr(app, "RENEWED_PER_MARK", 3)
    log, stage = told(), StatusStage(0, KeySigner(KEY))
    log.adopt(1, seconds(1))
    log.adopt(0, seconds(3))
    for n in (1, 2, 3):
        log.mark(seconds(n))
    outputs = run(stage, *([record] for record in log.records))
    assert [(n.prisoner_number, n.policy_version) for n in notices(outputs)[-3:]] == [(number, 0) for number in WHO[:3]]
    assert seals(outputs)[-1].policy_version == 0
    next_one = await successor(outputs)
    mark = log.mark(seconds(4))
    rest = run(stage, [mark])
    assert [(n.prisoner_number, n.policy_version) for n in notices(rest)] == [(number, 0) for number in WHO[3:6]]
    assert run(next_one, [mark]) == rest


async def test_an_adoption_before_the_first_mark_is_not_forgotten() -> None:
    """There is no T yet, so nothing is in force; a successor knows of it all the same."""
    log = Log()
    log.adopt(1, seconds(-5))
    log.fact(received(), WHO[0])
    outputs = run(StatusStage(0, KeySigner(KEY)), log.records[:1], log.records[1:])
    assert seals(outputs) == []
    assert notices(outputs)[0].policy_version == 0
    stage = await successor(outputs)
    assert [n.policy_version for n in notices(run(stage, [log.mark(seconds(0))]))] == [1]


def test_the_status_says_under_which_policy_it_was_derived() -> None:
    """A restart finds whose notice is of another policy without reading what is in it."""
    log = told(1)
    log.adopt(1, seconds(0))
    log.mark(seconds(1))
    assert status(run(StatusStage(0, KeySigner(KEY)), log.records), WHO[0]).policy_version == 1


STEPS = st.one_of(
    st.tuples(st.just("fact"), st.sampled_from(WHO[:4]), st.sampled_from((received(), order(), dates(), alert(to=seconds(2).date())))),
    st.tuples(st.just("mark"), st.integers(0, 200_000)),
    st.tuples(st.just("adopt"), st.integers(0, 1), st.integers(-5, 200_000)),
)


def _written_by(steps: list[tuple[object, ...]]) -> list[Record]:
    log = Log()
    for n, step in enumerate(steps):
        match step:
            case ("fact", str() as number, claim):
                log.fact(claim, number)  # type: ignore[arg-type]
            case ("mark", int() as later):
                log.mark(seconds(later))
            case (_, int() as version, int() as later):
                log.adopt(version, seconds(later), seconds(n))
    return log.records


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=25), st.lists(st.integers(1, 4), max_size=25), st.integers(0, 25))
async def test_the_same_facts_give_the_same_bytes_whatever_the_batches_and_whoever_dies(
    steps: list[tuple[object, ...]], sizes: list[int], killed_after: int
) -> None:
    """Facts, marks and adoptions in any order: batches and successions change nothing of what is written about anybody."""
    records = _written_by(steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "RENEWED_PER_MARK", 2)
        whole = run(StatusStage(0, KeySigner(KEY)), *([record] for record in records))
        in_batches = run(StatusStage(0, KeySigner(KEY)), *batches(records, sizes))
        assert written(in_batches) == written(whole)
        by_number = {seal.number: seal for seal in seals(whole)}
        assert all(by_number.get(seal.number, seal) == seal for seal in seals(in_batches))
        before = run(StatusStage(0, KeySigner(KEY)), *([record] for record in records[:killed_after]))
        after = run(await successor(before), *([record] for record in records[killed_after:]))
        assert before + after == whole
