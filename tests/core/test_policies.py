"""Release policies: the file and its mistakes, and which policy is in force when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.policies import ALWAYS, NO_CHECKS, POLICIES, UnknownPolicyError, adopt, adopted_by, in_force, policy, spans
from holdfast.policies.file import PolicyFileError, read
from holdfast.records import AdoptedPolicy
from holdfast_gate.model import RecordRef
from tests.core.telling import NOW, received

FILE = """\
policies:
- version: 0
  name: None
  effective_from: always
  source: s
  checks: []
- version: 1
  name: Some
  effective_from: 2025-10-26
  source: s
  checks:
  - code: FIRST
    sentence: The first was done.
    exits: [release]
    roles: [A, B]
    max_age: 12h
  - code: SECOND
    sentence: The second was done.
    exits: [release, removal]
    roles: [A]
    max_age: 3d
    people: 2
    other_than: [FIRST]
"""


def adopted(version: int, since: datetime = NOW, *, told: datetime = NOW, recorded: datetime = NOW) -> AdoptedPolicy:
    """An act that adopted a policy."""
    return AdoptedPolicy(
        policy_version=version,
        effective_from=since,
        recorded_at=recorded,
        told_at=told,
        by=("Ann", "Bob"),
        reason="said so",
        source=RecordRef("resolutions", 0, version, "ab" * 32),
    )


# --- the file --------------------------------------------------------------------------------------------------------------------


def test_nothing_is_asked_for_unless_a_policy_is_adopted() -> None:
    """Policy 0 is in force from the beginning of time; every other one that is shipped waits for two people."""
    assert NO_CHECKS.checks == ()
    assert [each.effective_from for each in POLICIES] == [ALWAYS, *[None] * (len(POLICIES) - 1)]
    assert spans(())[0].policy is NO_CHECKS
    assert [in_force((), at) for at in (ALWAYS, NOW, NOW + timedelta(days=10_000))] == [NO_CHECKS] * 3


def test_the_tougher_checks_are_written() -> None:
    """Identity, other holds on two days, warrants by two, a second calculation, immigration, and a governor who did none of it."""
    checks = {check.code: check for check in policy(1).checks}
    assert set(checks) >= {"IDENTITY_CONFIRMED", "WARRANTS_RECONCILED", "IMMIGRATION_ASKED", "SENTENCE_CALCULATION_SECOND_LOOK"}
    assert checks["WARRANTS_RECONCILED"].people == 2
    assert checks["SENTENCE_CALCULATION_SECOND_LOOK"].other_than == ("SENTENCE_CALCULATED",)
    assert "IDENTITY_CONFIRMED" in checks["DUTY_GOVERNOR_SIGNED_OFF"].other_than
    assert all("release" in check.exits for check in checks.values())


def test_the_file_is_read() -> None:
    """A London date is the instant at which that day begins there: on the day on which the clocks go back, still summer time."""
    none, some = read("p.yaml", FILE)
    assert (none.version, none.effective_from, none.checks) == (0, ALWAYS, ())
    assert some.effective_from == datetime(2025, 10, 25, 23, tzinfo=UTC)
    first, second = some.checks
    assert (first.max_age_s, first.people, first.other_than, first.roles) == (12 * 3600, 1, (), ("A", "B"))
    assert (second.max_age_s, second.people, second.other_than, second.exits) == (3 * 86_400, 2, ("FIRST",), ("release", "removal"))
    (_, later) = read("p.yaml", FILE.replace("2025-10-26", "2025-10-26T09:00:00+01:00"))
    assert later.effective_from == datetime(2025, 10, 26, 8, tzinfo=UTC)


MISTAKES = {
    "not yaml": ("policies:", "policies: [", "p.yaml:2: is not YAML"),
    "no policies": ("policies:", "policy:", "p.yaml:1: policy is not known; write policies"),
    "no policy 0": ("effective_from: always", "effective_from: null", "p.yaml:2: there is no policy 0"),
    "a second always": ("2025-10-26", "always", "p.yaml:9: always is for policy 0 alone"),
    "a gap in the numbers": ("version: 1", "version: 2", "p.yaml:7: is not version 1; number them from 0"),
    "no number": ("version: 1", "version: one", "p.yaml:7: 'one' is no version"),
    "a word twice": ("  name: Some\n", "  name: Some\n  name: Other\n", "p.yaml:9: name is said twice; leave one"),
    "a word left out": ("  source: s\n  checks:\n", "  checks:\n", "p.yaml:7: source is missing"),
    "a word misspelt": ("    people: 2", "    persons: 2", "p.yaml:22: persons is not known; write code, "),
    "no day": ("2025-10-26", "2025-02-30", "p.yaml:9: '2025-02-30' is no time; write a London date"),
    "no offset": ("2025-10-26", "2025-10-26T09:00:00", "p.yaml:9: '2025-10-26T09:00:00' is no time"),
    "a code in small letters": ("code: SECOND", "code: second", "p.yaml:17: 'second' is no code"),
    "a code twice": ("code: SECOND", "code: FIRST", "p.yaml:17: FIRST is asked for twice; leave one"),
    "no sentence": ("sentence: The first was done.", "sentence: ''", "p.yaml:13: says nothing; write text"),
    "an unknown exit": ("[release]", "[window]", "p.yaml:14: 'window' is not known here; write one of release, "),
    "an exit twice": ("[release, removal]", "[release, release]", "p.yaml:19: release is said twice; leave one"),
    "nobody may sign": ("roles: [A]", "roles: []", "p.yaml:20: is empty; name one at least"),
    "a role that is no code": ("roles: [A]", "roles: [duty governor]", "p.yaml:20: 'duty governor' is no code"),
    "no list": ("roles: [A]", "roles: A", "p.yaml:20: is no list; write one"),
    "no age": ("max_age: 3d", "max_age: soon", "p.yaml:21: 'soon' is no age; write hours or days: 12h, 3d"),
    "older than any release": ("max_age: 3d", "max_age: 91d", "p.yaml:21: that is no check of this release; write 90d at most"),
    "nobody signs": ("people: 2", "people: 0", "p.yaml:22: 0 people; write 1 to 3"),
    "a crowd signs": ("people: 2", "people: 4", "p.yaml:22: 4 people; write 1 to 3"),
    "other than itself": ("other_than: [FIRST]", "other_than: [SECOND]", "p.yaml:23: 'SECOND' is not known here; write one of FIRST"),
    "no map": ("  - code: SECOND\n", "  - SECOND\n  - code: SECOND\n", "p.yaml:17: is no map; write code, "),
}


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_names_its_line_and_its_mend(old: str, new: str, message: str) -> None:
    """Whoever edits the policies and slips learns where, and what to write; nothing is guessed."""
    assert old in FILE
    with pytest.raises(PolicyFileError) as caught:
        read("p.yaml", FILE.replace(old, new, 1))
    assert str(caught.value).startswith(message)


def test_a_policy_has_an_end() -> None:
    """What a gate must compare and a notice carry is limited."""
    more = "".join(f"  - {{code: C{n}, sentence: s, exits: [release], roles: [A], max_age: 1h}}\n" for n in range(15))
    with pytest.raises(PolicyFileError, match=r"p.yaml:12: 17 checks; ask for 16 at most"):
        read("p.yaml", FILE + more)


# --- which one is in force -------------------------------------------------------------------------------------------------------

MONDAY = datetime(2025, 10, 27, tzinfo=UTC)
SATURDAY = MONDAY - timedelta(days=2)


def test_a_policy_is_in_force_from_its_instant_on() -> None:
    """Told on Saturday for Monday: until the last microsecond before Monday nothing is asked for."""
    acts = (adopted(1, MONDAY, told=SATURDAY),)
    assert in_force(acts, MONDAY - timedelta(microseconds=1)).version == 0
    assert in_force(acts, MONDAY).version == 1
    assert [(span.since, span.policy.version) for span in spans(acts)] == [(ALWAYS, 0), (MONDAY, 1)]


def test_a_policy_adopted_for_a_time_gone_by_changes_nothing_of_it() -> None:
    """Told on Monday for Saturday: in force from Monday on, and what was said on Sunday stays as it was."""
    acts = (adopted(1, SATURDAY, told=MONDAY),)
    assert in_force(acts, MONDAY - timedelta(hours=1)).version == 0
    assert in_force(acts, MONDAY).version == 1
    assert spans(acts)[1].since == MONDAY


def test_the_later_word_for_one_instant_counts() -> None:
    """Two people may take it back before it begins; of two acts that were written at one moment the higher version counts."""
    for_monday = adopted(1, MONDAY, told=SATURDAY, recorded=SATURDAY)
    back = adopted(0, MONDAY, told=SATURDAY, recorded=SATURDAY + timedelta(hours=1))
    assert in_force((for_monday, back), MONDAY).version == 0
    assert in_force((for_monday, adopted(0, MONDAY, told=SATURDAY, recorded=SATURDAY)), MONDAY).version == 1
    assert [span.policy.version for span in spans((for_monday, back))] == [0]


def test_a_policy_can_be_ended() -> None:
    """Policy 0 adopted for a later day ends what was asked for, from that day on."""
    friday = MONDAY + timedelta(days=4)
    acts = (adopted(1, MONDAY, told=SATURDAY), adopted(0, friday, told=SATURDAY))
    assert [in_force(acts, at).version for at in (SATURDAY, MONDAY, friday)] == [0, 1, 0]
    assert [(span.since, span.policy.version) for span in spans(acts)] == [(ALWAYS, 0), (MONDAY, 1), (friday, 0)]


def test_a_date_in_the_file_counts_as_an_act_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment that writes its date into the file: of file and acts the latest date counts."""
    written = (POLICIES[0], replace(POLICIES[1], effective_from=MONDAY))
    monkeypatch.setattr("holdfast.policies.POLICIES", written)
    ended_before = adopted(0, SATURDAY, told=SATURDAY)
    assert [in_force((ended_before,), at).version for at in (SATURDAY, MONDAY)] == [0, 1]
    ended_after = adopted(0, MONDAY, told=MONDAY)
    assert in_force((ended_after,), MONDAY).version == 0
    assert [(span.since, span.policy.version) for span in spans(())] == [(ALWAYS, 0), (MONDAY, 1)]


def test_a_policy_that_this_hub_does_not_have_stops_it() -> None:
    """An older hub does not go on as if nothing were asked for."""
    with pytest.raises(UnknownPolicyError, match="release policy 99 is not among 0 to"):
        in_force((adopted(99),), NOW)


def test_only_an_adoption_adopts() -> None:
    """A claim of anything else in its place is a defect that is named."""
    with pytest.raises(TypeError, match="adopts no policy: it is a Movement"):
        adopted_by(received(), told_at=NOW)


ACTS = st.builds(
    adopted,
    st.integers(0, 1),
    st.sampled_from((SATURDAY, MONDAY)),
    told=st.sampled_from((SATURDAY, MONDAY)),
    recorded=st.sampled_from((SATURDAY, MONDAY)),
)


@given(st.lists(ACTS, max_size=6), st.randoms(use_true_random=False))
def test_adopting_is_a_join(acts: list[AdoptedPolicy], random: st.DataObject) -> None:
    """Law 3 for acts too: order and repeats change nothing, and nothing told later is in force earlier."""
    told: tuple[AdoptedPolicy, ...] = ()
    for act in acts:
        told = adopt(told, act)
    shuffled = [*acts, *acts[:2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again: tuple[AdoptedPolicy, ...] = ()
    for act in shuffled:
        again = adopt(again, act)
    assert again == told
    late = adopted(1, SATURDAY, told=MONDAY)
    before = MONDAY - timedelta(microseconds=1)
    assert in_force(adopt(told, late), before) == in_force(told, before)
