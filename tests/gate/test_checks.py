"""Release checks at the gate: missing, too old, by whom they may not, by one person twice; and that more of them never makes less."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from holdfast_gate import CheckDone, CheckError, Decision, Exit
from holdfast_gate.answer import Answer
from holdfast_gate.checks import AHEAD_MAX, CHECKS_MAX, ageless, lacking
from holdfast_gate.decide import Rules, decide
from holdfast_gate.model import NoticeCheck
from holdfast_gate.records import decode_notice, encode_notice, registry
from holdfast_gate.view import View
from tests.gate.feeds import START, order
from tests.gate.scene import WHO, Scene
from tests.gate.test_command_line import hub as hub  # noqa: PLC0414 - a fixture
from tests.gate.test_command_line import main
from tests.gate.test_decision_table import clear, notice, resealed

HOUR = 3600
WHO_HE_IS = NoticeCheck("WHO_HE_IS", "He was compared with his photograph.", ("release", "removal"), ("RECEPTION",), 12 * HOUR)
WARRANTS = NoticeCheck("WARRANTS", "Every warrant was read by two.", ("release",), ("CLERK", "GOVERNOR"), 72 * HOUR, people=2)
SIGNED_OFF = NoticeCheck("SIGNED_OFF", "The governor signed.", ("release",), ("GOVERNOR",), 12 * HOUR, other_than=("WHO_HE_IS", "WARRANTS"))
PHOTOGRAPH = "What must be done: He was compared with his photograph. Who can sign it: reception."
POLICY = (WHO_HE_IS, WARRANTS, SIGNED_OFF)


def done(check: str, by: str, role: str, *, hours_ago: float = 1) -> CheckDone:
    """A check that was signed so long before the seal."""
    return CheckDone(check=check, by=by, role=role, at=START - timedelta(hours=hours_ago))


ALL = (
    done("WHO_HE_IS", "Ann", "RECEPTION"),
    done("WARRANTS", "Bob", "CLERK"),
    done("WARRANTS", "Cyd", "CLERK"),
    done("SIGNED_OFF", "Dee", "GOVERNOR"),
)


def under(policy: Sequence[NoticeCheck], version: int = 1) -> View:
    """A view that allows a release, but for what this policy asks for."""
    view = replace(clear(), sealed=replace(notice(orders=[order()], policy_version=version), checks=tuple(policy)))
    return resealed(view, policy_version=version)


def asked(*checks: CheckDone, exit_: Exit = Exit.RELEASE) -> Answer:
    """The answer under POLICY, given these checks."""
    return decide(under(POLICY), exit_, Rules(), checks)


def test_every_check_signed_is_an_allow_that_says_on_what_it_rests() -> None:
    """What the policy asks for is there: ALLOW, with the policy's version and the checks."""
    answer = asked(*ALL)
    assert (answer.decision, answer.policy_version, answer.checks) == (Decision.ALLOW, 1, ALL)


def test_each_missing_check_is_said_in_one_sentence() -> None:
    """Nothing was signed: one sentence for each check, with what has to be done."""
    answer = asked()
    assert answer.decision is Decision.REFER
    assert [(r.code.value, r.sentence) for r in answer.refer] == [
        ("CHECKS_MISSING", f"A release check is missing (WHO_HE_IS): nobody has signed it. {PHOTOGRAPH}"),
        (
            "CHECKS_MISSING",
            (
                "A release check is missing (WARRANTS): nobody has signed it. What must be done: Every warrant was read by two. "
                "Who can sign it: clerk or governor."
            ),
        ),
        (
            "CHECKS_MISSING",
            "A release check is missing (SIGNED_OFF): nobody has signed it. What must be done: The governor signed. Who can sign it: governor.",
        ),
    ]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            done("WHO_HE_IS", "Ann", "RECEPTION", hours_ago=14.5),
            f"A release check is missing (WHO_HE_IS): Ann signed it 14 hours 30 minutes ago, and it must be no older than 12 hours. {PHOTOGRAPH}",
        ),
        (
            done("WHO_HE_IS", "Ann", "CHAPLAIN"),
            f"A release check is missing (WHO_HE_IS): Ann signed it in the role of chaplain, which is not one that may. {PHOTOGRAPH}",
        ),
        (
            done("WHO_HE_IS", "Ann", "RECEPTION", hours_ago=-0.1),
            "A release check is missing (WHO_HE_IS): Ann signed it for 08:06:00 UTC on 24 Oct 2025, which is still to come by the time of Holdfast. "
            + PHOTOGRAPH,
        ),
        (
            done("WHO_HE_IS", "Dee", "RECEPTION"),
            "Different people must sign WHO_HE_IS and SIGNED_OFF, and both are signed by Dee: somebody else must sign one of them.",
        ),
        (
            done("WHO_HE_IS", " dEE ", "RECEPTION"),
            "Different people must sign WHO_HE_IS and SIGNED_OFF, and both are signed by  dEE  and Dee: somebody else must sign one of them.",
        ),
    ],
    ids=["too old", "wrong role", "yet to come", "the same person", "the same person in other letters"],
)
def test_what_is_wrong_with_a_check(wrong: CheckDone, sentence: str) -> None:
    """Too old, in a role that may not, not yet signed, by who signed another: REFER, and the sentence says which."""
    answer = asked(wrong, *ALL[1:])
    assert [(reason.sentence, reason.substance) for reason in answer.refer] == [(sentence, ageless(sentence))]


@pytest.mark.parametrize(
    "names", [("Bob", "BOB"), ("Bob Baker", " bob  baker"), ("\u00c5sa", "A\u030asa"), ("Strau\u00df", "STRAUSS"), ("Bob", "B\u200bo\u00adb\x00")]
)
def test_two_people_must_be_two(names: tuple[str, str]) -> None:
    """A check for two people is not signed by one person twice, however the name is written."""
    once, twice = (replace(ALL[1], by=name) for name in names)
    answer = asked(ALL[0], once, twice, ALL[3])
    assert [r.sentence for r in answer.refer] == [
        (
            f"A release check is missing (WARRANTS): 2 different people must sign it, and only {names[0]} signed it. "
            "What must be done: Every warrant was read by two. Who can sign it: clerk or governor."
        )
    ]


def test_too_few_people_for_three_checks_that_want_different_ones() -> None:
    """Each two of three checks could be told apart, and all three cannot: two people are not three."""
    a, b, c = (NoticeCheck(code, "?", ("release",), ("X",), HOUR, other_than=tuple("ABC"[:n])) for n, code in enumerate("ABC"))
    signed = [done(code, by, "X", hours_ago=0) for code in "ABC" for by in ("Ann", "Bob")]
    (sentence,) = lacking((a, b, c), signed, START)
    assert sentence == "Too few people have signed A, B, C: each of these checks needs people who have not signed the others."
    assert not list(lacking((a, b, c), [*signed, done("B", "Cyd", "X", hours_ago=0)], START))


def test_another_signature_can_mend_one_that_does_not_count() -> None:
    """The reception officer who is also the governor signs both; then a colleague signs one of them too."""
    both = (done("WHO_HE_IS", "Dee", "RECEPTION"), *ALL[1:])
    assert asked(*both).decision is Decision.REFER
    assert asked(*both, done("WHO_HE_IS", "Ann", "RECEPTION")).decision is Decision.ALLOW


def test_only_the_exits_that_need_a_check_ask_for_it() -> None:
    """A policy says which exits it is about."""
    view = under(POLICY)
    assert decide(view, Exit.COURT, Rules()).decision is Decision.ALLOW
    ordered = replace(view, sealed=replace(notice(orders=[order(Exit.REMOVAL)], policy_version=1), checks=POLICY))
    assert decide(ordered, Exit.REMOVAL, Rules(), ALL[:1]).decision is Decision.ALLOW


def test_age_is_judged_by_the_time_of_the_seal() -> None:
    """The gate's own clock decides nothing: the same check is good under one seal and too old under a later one."""
    check = done("WHO_HE_IS", "Ann", "RECEPTION", hours_ago=12)
    assert asked(check, *ALL[1:]).decision is Decision.ALLOW
    later = replace(under(POLICY), time=START + timedelta(seconds=1))
    assert decide(later, Exit.RELEASE, Rules(), (check, *ALL[1:])).decision is Decision.REFER


def test_clocks_may_differ_a_little() -> None:
    """A check signed a moment ago may be ahead of the seal, by as much as is allowed and no more."""
    just = replace(ALL[0], at=START + AHEAD_MAX)
    assert asked(just, *ALL[1:]).decision is Decision.ALLOW
    assert asked(replace(just, at=just.at + timedelta(seconds=1)), *ALL[1:]).decision is Decision.REFER


def test_a_policy_that_has_not_reached_the_notice_yet_refers() -> None:
    """The seal names a policy of which this notice knows nothing: what it asks for cannot be told, so nobody leaves."""
    answer = decide(resealed(clear(), policy_version=1), Exit.COURT, Rules(), ALL)
    assert [r.sentence for r in answer.refer] == [
        "Release policy 1 is in force, and the checks that it asks for have not arrived yet: ask again in a moment."
    ]


def test_a_notice_under_a_newer_policy_than_the_seals_refers() -> None:
    """The notice is ahead of the seal, or another policy is back and the notice does not say so yet: not even with every check."""
    ahead = resealed(under(POLICY), policy_version=0)
    answer = decide(ahead, Exit.RELEASE, Rules(), ALL)
    assert [r.sentence for r in answer.refer] == [
        "Release policy 0 is in force, and the checks that it asks for have not arrived yet: ask again in a moment."
    ]


def test_what_either_notice_asks_for_must_be_there() -> None:
    """A later notice that asks for more binds at once, and one that asks for less only when it is sealed."""
    view = under(POLICY[:1])
    more = replace(view, later=(replace(notice(orders=[order()], policy_version=1), checks=POLICY),))
    less = replace(under(POLICY), later=(notice(orders=[order()], policy_version=1),))
    for each in (more, less):
        assert decide(each, Exit.RELEASE, Rules(), ALL[:1]).decision is Decision.REFER
        assert decide(each, Exit.RELEASE, Rules(), ALL).decision is Decision.ALLOW


@pytest.mark.parametrize("broken", [{"by": " "}, {"role": ""}, {"check": ""}, {"at": datetime(2025, 10, 24)}, {"by": "x" * 201}])  # noqa: DTZ001
def test_a_check_that_says_too_little_is_none(broken: dict[str, object]) -> None:
    """Without a name, a role or a time that can be compared nobody has signed anything."""
    with pytest.raises(CheckError):
        replace(ALL[0], **broken)


def test_more_checks_than_are_looked_at() -> None:
    """What a gate compares has an end: beyond it people are asked, with the number."""
    answer = asked(*ALL, *[ALL[0]] * CHECKS_MAX)
    assert [r.sentence for r in answer.refer] == ["68 release checks were given, and 64 is the most: give only the checks for this release."]


def test_a_notice_carries_its_checks_over_the_wire() -> None:
    """What the hub writes the gate reads, to the letter."""
    said = replace(notice(), checks=POLICY)
    assert decode_notice(WHO.encode(), encode_notice(said)) == said


# --- properties ------------------------------------------------------------------------------------------------------------------

PEOPLE, ROLES, CODES = ("Ann", "Bob", "Cyd", "ann "), ("RECEPTION", "GOVERNOR"), ("A", "B", "C")
SIGNED = st.lists(
    st.builds(done, st.sampled_from(CODES), st.sampled_from(PEOPLE), st.sampled_from(ROLES), hours_ago=st.sampled_from((0, 1, 5, -1))), max_size=9
)


@st.composite
def policies(draw: st.DrawFn) -> tuple[NoticeCheck, ...]:
    """Some checks, each of which may want others than those above it."""
    found: list[NoticeCheck] = []
    for n, code in enumerate(CODES[: draw(st.integers(0, 3))]):
        roles = tuple(draw(st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True)))
        other_than = tuple(draw(st.lists(st.sampled_from(CODES[:n]), unique=True))) if n else ()
        found.append(NoticeCheck(code, "?", ("release",), roles, draw(st.sampled_from((HOUR, 6 * HOUR))), draw(st.integers(1, 2)), other_than))
    return tuple(found)


def decision(policy: Sequence[NoticeCheck], signed: Sequence[CheckDone]) -> Decision:
    """What a gate says under this policy."""
    found = decide(under(policy), Exit.RELEASE, Rules(), signed).decision
    event(f"{found} with {len(policy)} checks")
    return found


@settings(max_examples=600, deadline=None)
@given(policies(), SIGNED, SIGNED)
def test_more_signatures_never_make_less_of_a_release(policy: tuple[NoticeCheck, ...], signed: list[CheckDone], more: list[CheckDone]) -> None:
    """Whatever else is signed, an ALLOW stays one."""
    if decision(policy, signed) is Decision.ALLOW:
        assert decision(policy, [*signed, *more]) is Decision.ALLOW


@settings(max_examples=600, deadline=None)
@given(policies(), SIGNED, st.data())
def test_a_policy_that_asks_for_more_never_allows_more(policy: tuple[NoticeCheck, ...], signed: list[CheckDone], data: st.DataObject) -> None:
    """Fewer roles, a shorter age, more people, others than more: whoever was referred under the milder policy is under the tougher one."""
    tougher = [
        replace(
            check,
            roles=check.roles[: data.draw(st.integers(1, len(check.roles)))],
            max_age_s=min(check.max_age_s, data.draw(st.sampled_from((HOUR, 6 * HOUR)))),
            people=max(check.people, data.draw(st.integers(1, 2))),
            other_than=tuple(dict.fromkeys((*check.other_than, *data.draw(st.sampled_from(((), CODES[:n])))))),
        )
        for n, check in enumerate(policy)
    ]
    milder = [check for check in policy if data.draw(st.booleans())]
    if decision(tougher, signed) is Decision.ALLOW:
        assert decision(policy, signed) is Decision.ALLOW
    if decision(policy, signed) is Decision.ALLOW:
        assert decision(milder, signed) is Decision.ALLOW


@settings(max_examples=400, deadline=None)
@given(policies(), SIGNED)
def test_it_is_an_allow_exactly_when_people_can_be_chosen(policy: tuple[NoticeCheck, ...], signed: list[CheckDone]) -> None:
    """Against the plainest reading: try every way to choose who signed what."""
    good = {
        check.code: {
            each.by.strip().casefold()
            for each in signed
            if each.check == check.code and each.role in check.roles and timedelta() <= START - each.at <= timedelta(seconds=check.max_age_s)
        }
        for check in policy
    }
    ways = product(*([frozenset(pair) for pair in product(good[c.code], repeat=c.people) if len(set(pair)) == c.people] for c in policy))

    def fair(way: tuple[frozenset[str], ...]) -> bool:
        chosen = dict(zip((check.code for check in policy), way, strict=True))
        return all(not chosen[check.code] & chosen[other] for check in policy for other in check.other_than if other in chosen)

    assert (decision(policy, signed) is Decision.ALLOW) == any(map(fair, ways))


# --- at work ---------------------------------------------------------------------------------------------------------------------


async def test_the_journal_and_the_report_say_what_was_signed(scene: Scene) -> None:
    """An investigator reads policy, rules and checks from the report, and the refusal from the one before it."""
    scene.hub.policy_version = 1
    scene.hub.say(WHO, orders=[order()], policy_version=1, checks=POLICY)
    scene.tick()
    async with scene.running() as gate:
        assert (await gate.decide(WHO, Exit.RELEASE)).decision is Decision.REFER
        assert await gate.until(WHO, Exit.RELEASE, Decision.ALLOW, 5.0, ALL)
        assert (await gate.decide(WHO, Exit.RELEASE, ALL)).decision is Decision.ALLOW
    refused, allowed = (registry().decode(value)[1] for value in scene.feed.reports)
    assert (refused["codes"], refused["checks"]) == (["CHECKS_MISSING"] * 3, [])
    assert (allowed["policy_version"], allowed["rules_version"], allowed["decision"]) == (1, 1, "ALLOW")
    assert allowed["checks"][0] == {"check": "WHO_HE_IS", "by": "Ann", "role": "RECEPTION", "at": START - timedelta(hours=1)}
    assert len(allowed["checks"]) == 4


async def test_garbage_in_place_of_checks_is_a_refer(scene: Scene) -> None:
    """Nothing that a caller gives makes a gate raise, or allow."""
    scene.hub.say(WHO, orders=[order()], checks=POLICY)
    scene.tick()
    async with scene.running() as gate:
        for garbage in (["x"], 7, None):
            assert (await gate.decide(WHO, Exit.RELEASE, garbage)).decision is Decision.REFER  # type: ignore[arg-type]


def test_checks_on_the_command_line(hub: object, capsys: pytest.CaptureFixture[str]) -> None:
    """`--check`, once for each, lets somebody go whom the policy keeps; the answer shows who signed."""
    hub.policy_version = 1  # type: ignore[attr-defined]
    hub.say(WHO, orders=[order()], policy_version=1, checks=POLICY[:1])  # type: ignore[attr-defined]
    asking = ["decide", WHO, "--exit", "release"]
    assert main(asking) == 3
    assert "CHECKS_MISSING  A release check is missing (WHO_HE_IS)" in capsys.readouterr().out
    assert main([*asking, "--check", "who_he_is: A. Archer :reception:2025-10-24T08:55:00+01:00"]) == 0
    assert "signed: WHO_HE_IS, A. Archer, reception, 2025-10-24 08:55 UTC+01:00" in capsys.readouterr().out
    assert main([*asking, "--json", "--check", "WHO_HE_IS:Ann:RECEPTION:2025-10-24T07:55:00Z"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["checks"] == [{"check": "WHO_HE_IS", "by": "Ann", "role": "RECEPTION", "at": "2025-10-24T07:55:00+00:00"}]


@pytest.mark.parametrize(
    "text", ["WHO_HE_IS", "WHO_HE_IS:Ann:RECEPTION", "WHO_HE_IS:Ann:RECEPTION:noon", "A:B:C:2025-10-24T08:00", "A: :C:2025-10-24T08:00Z"]
)
def test_a_check_that_cannot_be_read_is_trouble(hub: object, capsys: pytest.CaptureFixture[str], text: str) -> None:
    """A misspelt check is no decision, and what to write is said."""
    hub.say(WHO, orders=[order()])  # type: ignore[attr-defined]
    assert main(["decide", WHO, "--exit", "release", "--check", text]) == 1
    shown = capsys.readouterr()
    assert "argument --check" in shown.err
    assert "ALLOW" not in shown.out


def test_an_accent_on_no_letter_makes_no_second_person() -> None:
    """Nobody sees it on the paper."""
    signed = [done("WARRANTS", name, "CLERK") for name in ("Qi", "Q\u0338i")]
    assert len(list(lacking([WARRANTS], signed, START))) == 1
    assert list(lacking([WARRANTS], [*signed, done("WARRANTS", "Cyd", "CLERK")], START)) == []


def test_everybody_who_has_signed_is_named_where_more_must() -> None:
    """Whoever reads it knows whom not to ask again."""
    signed = [done("WARRANTS", name, "CLERK") for name in ("Bob", "Cyd")]
    (said,) = lacking([replace(WARRANTS, people=3)], signed, START)
    assert "3 different people must sign it, and only Bob and Cyd signed it." in said


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own time is not UTC."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "EST5")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_when_it_was_signed_is_told_in_utc_on_any_machine() -> None:
    """As the sentence says."""
    signed = done("WHO_HE_IS", "Ann", "RECEPTION", hours_ago=-2)
    (said,) = lacking([WHO_HE_IS], [signed], START)
    assert f"signed it for {signed.at:%H:%M:%S} UTC" in said


def test_spans_are_no_substance() -> None:
    """The age of a signature grows; its day, its number and who signed are what it says."""
    told = "A release check is missing (X): Ann signed it 1 day 3 hours 5 minutes ago, and it must be no older than 12 hours. See 3 Nov 2025."
    assert ageless(told) == "A release check is missing (X): Ann signed it so long ago, and it must be no older than so long. See 3 Nov 2025."
    assert ageless(told.replace("1 day 3 hours 5 minutes", "59 seconds")) == ageless(told)
    assert ageless(told.replace("3 Nov", "4 Nov")) != ageless(told)
