"""What waits for people: everything that holds somebody or was matched to nobody, and the command that settles it."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner

from holdfast.claims import Claim, Doubt, Identifier, Person
from holdfast.identity.queue import Waiting, waiting
from holdfast.status import derive
from holdfast.subjects import subject_of
from holdfast_gate.model import Notice, QueryKind
from services.cli import queue as command
from tests.core.telling import NOW, ago, link, merge, resolution, say
from tests.core.told import ANN, BOB, CRO, CY, D1, PNC, Told, custody, folded, in_prison, moved, moves, of, remanded, roll, unmerge


def queued(*claims: Claim) -> list[Waiting]:
    """What waits after these claims, as the command reads it from the changelog."""
    return queue_of(told_of(*claims))


def queue_of(told: Told) -> list[Waiting]:
    """What waits, by what identity remembers and what status makes of its facts."""
    return waiting(told.log.values(), notices(told))


def notices(told: Told) -> dict[str, Notice]:
    """The newest notice of everybody."""
    return {number: derive(folded(number, told.facts), at=NOW) for number in {fact.prisoner_number for fact in told.facts}}


def unread(number: str | None = None) -> Claim:
    """A record that could not be read, and names this prisoner or nobody."""
    body = Doubt(kind=QueryKind.UNREADABLE_RECORD, about="custody-events/0/7", sentence="Holdfast could not read a record.")
    person = Person(prisoner_number=number)
    return replace(say(body, person=person), subject=subject_of(body, person))


def told_of(*claims: Claim) -> Told:
    """An identity that was told these claims."""
    told = Told()
    told.tell(*claims)
    return told


def settled_by(told: Told, command_: str) -> None:
    """Do what a command of the queue's says, signed by two."""
    words = shlex.split(command_)
    assert words[:2] == ["holdfast", "resolve"]
    verb, number, *rest = words[2:]
    if verb == "query":
        told.tell(of(resolution(query_id=rest[rest.index("--query-id") + 1]), number))
        return
    type_, _, value = rest[0].partition(":")
    identifier = next(known for known in (D1, PNC, CRO) if (known.type, known.value) == (type_, value))
    told.tell(link(identifier, number, linked=verb == "link", at=NOW.replace(hour=12)))


def test_nothing_waits_where_everybody_is_known() -> None:
    """Matched claims and agreeing rolls ask nothing of people."""
    assert queued(in_prison(ANN, "Smith", "John"), custody(BOB, PNC), remanded("X", "Y", None, PNC)) == []


def test_a_parked_claim_waits_without_holding_anybody() -> None:
    """It leads to nobody and nobody comes close: it is there to be matched by hand."""
    (one,) = queued(remanded("Smith", "John"))
    assert (one.what, one.held, one.candidates) == ("PARKED", (), ())
    assert one.settle == (("it is this prisoner's", "holdfast resolve link PRISONER DEFENDANT_ID:d1 --by NAME --by NAME --reason WHY"),)


def test_candidates_wait_with_their_scores_and_the_command_for_each() -> None:
    """Best first; yes and no for each; whoever holds somebody comes before what only waits."""
    first, second = queued(
        remanded("Nobody", "At All", date(1950, 1, 2), defendant="d9"),
        in_prison(ANN, "Smyth", "Jon"),
        in_prison(BOB, "Smith", "John"),
        remanded("Smith", "John"),
    )
    assert [each.candidate.prisoner_number for each in first.candidates] == [BOB, ANN]
    assert first.held == (ANN, BOB)
    assert [says for says, _ in first.settle] == [f"it is {BOB}'s", f"it is {ANN}'s", f"it is not {BOB}'s", f"it is not {ANN}'s"]
    assert second.what == "PARKED"


OPEN = {
    "candidates": (in_prison(ANN, "Smith", "John"), in_prison(BOB, "Smith", "John"), remanded("Smith", "John")),
    "one identifier of two": (custody(ANN, PNC), custody(BOB, PNC)),
    "identifiers that disagree": (custody(ANN, PNC), custody(BOB, CRO), remanded(None, None, None, PNC, CRO)),
}


@pytest.mark.parametrize("name", OPEN)
def test_the_command_that_the_queue_gives_settles_it(name: str) -> None:
    """Done as it says, nothing waits any more and nobody is held."""
    told = told_of(*OPEN[name])
    (one,) = queue_of(told)
    assert one.held == (ANN, BOB)
    settled_by(told, one.settle[0][1])
    assert told.held() == {}
    assert queue_of(told) == []


@pytest.mark.parametrize(
    ("claims", "about"),
    [
        ((custody(ANN), custody(BOB), merge(BOB, ANN), unmerge(BOB, ANN)), f"unmerge/{ANN}/{BOB}"),
        ((custody(ANN), moved(f"b-{ANN}", ANN, CY)), f"booking-moved/b-{ANN}"),
        ((moves(ANN, "IN", at=ago(days=9)), roll(ANN, prison="LEI")), f"roll/LEI/{ANN}"),
    ],
)
def test_doubts_without_candidates_wait_for_a_word_on_each_prisoner(claims: tuple[Claim, ...], about: str) -> None:
    """An unmerge, a moved booking, a difference from a roll: what is asked is said, and when it is answered of everybody it waits no more."""
    told = told_of(*claims)
    (one,) = [each for each in queue_of(told) if each.about == about]
    assert ANN in one.held
    assert one.sentence
    for _, says in one.settle:
        assert says.startswith("holdfast resolve query ")
        settled_by(told, says)
    assert [each for each in queue_of(told) if each.about == about] == []


def test_an_answer_to_one_doubt_answers_no_other() -> None:
    """The command of a moved booking leaves the prisoner held by a remand that may be his: nobody has looked at that yet."""
    told = told_of(in_prison(ANN, "Smith", "John"), in_prison(BOB, "Smith", "John"), remanded("Smith", "John"), moved("b-other", ANN, CY))
    moving, remand = queue_of(told)
    assert (moving.about, remand.held) == ("booking-moved/b-other", (ANN, BOB))
    settled_by(told, moving.settle[0][1])
    (one,) = queue_of(told)
    assert (one.about, one.held) == (remand.about, (ANN, BOB))
    assert {ground.subject for ground in notices(told)[ANN].grounds} == {f"hub/doubt/AMBIGUOUS_IDENTITY/{one.about}"}


def test_who_is_held_no_more_is_not_said_to_be() -> None:
    """People have answered for one of two: the record still waits, and holds the other."""
    told = told_of(in_prison(ANN, "Smith", "John"), in_prison(BOB, "Smith", "John"), remanded("Smith", "John"))
    told.tell(of(resolution(kind="AMBIGUOUS_IDENTITY"), ANN))
    (one,) = queue_of(told)
    assert one.held == (BOB,)
    assert {each.candidate.prisoner_number: each.held for each in one.candidates} == {ANN: False, BOB: True}


def test_without_a_newer_notice_a_doubt_holds() -> None:
    """Before status has read it, and where its notice is older: it waits, without a command that would answer something else."""
    told = told_of(custody(ANN), moved(f"b-{ANN}", ANN, CY))
    old = replace(derive(folded(ANN, []), at=NOW), as_of=ago(days=40))
    for known in ({}, {ANN: old}):
        (one,) = waiting(told.log.values(), known)
        assert one.held == (ANN,)
        assert one.settle == ((f"{ANN}'s notice does not ask yet; see it again in a moment", "holdfast queue"),)


def test_an_unreadable_record_that_names_nobody_waits() -> None:
    """It refers every release, so it comes before what holds nobody, with the commands that end it; one that names somebody leaves no gap."""
    first, second = queued(remanded("No", "Body", defendant="d9"), unread())
    assert (first.what, first.about, first.gap, first.held, second.what) == ("UNREADABLE", "custody-events/0/7", "court", (), "PARKED")
    assert [command_ for _, command_ in first.settle] == [
        "holdfast resolve discard custody-events/0/7 --by NAME --by NAME --reason WHY",
        "holdfast resolve redrive custody-events/0/7 --by NAME --reason WHY",
    ]
    assert queued(custody(ANN), unread(ANN)) == []


def test_a_doubt_is_as_old_as_the_record_that_made_it() -> None:
    """Another candidate later makes it no younger."""
    told = told_of(in_prison(ANN, "Smith", "John"), remanded("Smith", "John"))
    told.tell(of(in_prison(BOB, "Smith", "John"), BOB), in_prison(CY, "Smith", "John"))
    (one,) = queue_of(told)
    assert one.held == (ANN, CY)
    assert one.since == NOW


def shown(monkeypatch: pytest.MonkeyPatch, told: Told, *words: str) -> str:
    """What the command prints, with status 0."""

    async def read() -> tuple[list[object], dict[str, Notice]]:
        return list(told.log.values()), notices(told)

    monkeypatch.setattr(command, "_read", read)
    result = CliRunner().invoke(command.queue, words)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_empty_queue_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """In words, and as an empty list."""
    assert shown(monkeypatch, Told()).strip() == command.EMPTY
    assert json.loads(shown(monkeypatch, Told(), "--json")) == {"total": 0, "waiting": []}


def test_the_queue_prints_what_a_person_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is held, by which record, how nearly each agrees, and the command; as a table and for machines."""
    told = told_of(in_prison(ANN, "Smith", "John"), in_prison(BOB, "Smyth", "Jon"), remanded("Smith", "John"), remanded("No", "Body", defendant="d9"))
    text = shown(monkeypatch, told)
    assert "2 wait for people, 1 of them hold somebody." in text
    assert f"{ANN} 100 of 100 (name 100 %, same birthday)" in text
    assert f"holdfast resolve link {ANN} DEFENDANT_ID:d1 --by NAME --by NAME --reason WHY" in text
    (one, *_) = json.loads(shown(monkeypatch, told, "--json", "--limit", "1"))["waiting"]
    assert one["held"] == [ANN, BOB]
    assert one["candidates"][0]["known_as"] == "John Smith, born 1990-03-12"
    assert one["settle"][0]["command"].startswith(f"holdfast resolve link {ANN} DEFENDANT_ID:d1")
    assert one["age_s"] >= 0
    assert "John Smith, born 12 Mar 1990; DEFENDANT_ID:d1" in one["says"]
    assert "the first 1 are shown" in shown(monkeypatch, told, "--limit", "1")


def test_the_queue_says_whom_a_gap_refers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody: as text and for machines."""
    told = told_of(unread())
    text = shown(monkeypatch, told)
    assert "1 wait for people, 0 of them hold somebody, 1 refer everybody." in text
    assert "refers everybody (a gap in court): custody-events/0/7\n  Holdfast could not read a record.\n" in text
    (one,) = json.loads(shown(monkeypatch, told, "--json"))["waiting"]
    assert (one["gap"], one["says"]) == ("court", "Holdfast could not read a record.")


def test_a_record_with_several_identifiers_is_settled_by_the_narrowest() -> None:
    """A court's id of one defendant, before a PNC, which would be his for ever."""
    unknown = Identifier(type="PNC", value="2018/0077810Z")
    (one,) = queued(in_prison(ANN, "Smith", "John"), remanded("Smith", "John", date(1990, 3, 12), unknown))
    assert D1.value in one.settle[0][1]
    assert ago(days=1) < one.since
