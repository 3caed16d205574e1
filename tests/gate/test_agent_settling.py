"""Settling over the local API: two officers, one prisoner, one exit, 15 minutes; whatever is refused says why, and nobody leaves on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from holdfast_gate.model import Mode
from holdfast_gate.settlement import REASONS
from tests.gate.agents import OFFICERS, agent
from tests.gate.feeds import eventually, ground
from tests.gate.scene import WHO, Scene

REFERRED = "removal"


async def test_two_officers_settle_a_refer(scene: Scene) -> None:
    """The settlement is answered whole; the next answer is still REFER, says who settled it, and for how long somebody may leave."""
    async with agent(scene) as client:
        asked = (await client.decide(exit=REFERRED)).body
        assert (asked["valid_for_s"], asked["settlement"], asked["mode"]) == (0, None, "BINDING")
        made = await client.settle(note="Seen on paper.")
        assert made.status == 200
        assert made.body["refer"] == asked["refer"]
        assert (made.body["prisoner_number"], made.body["exit"], made.body["officers"]) == (WHO, REFERRED, OFFICERS)
        assert 0 < made.body["settled_for_s"] <= 900
        again = (await client.decide(exit=REFERRED)).body
        assert (again["decision"], again["valid_for_s"]) == ("REFER", 60)
        assert again["settlement"]["settlement_id"] == made.body["settlement_id"]
        assert (await client.decide(exit="extradition")).body["valid_for_s"] == 0


@pytest.mark.parametrize(
    ("exit_", "changes", "code"),
    [
        ("release", {}, "NOT_REFERRED"),
        (REFERRED, {"officers": [OFFICERS[0], {**OFFICERS[1], "name": " a.  ARCHER "}]}, "SAME_OFFICER"),
        (REFERRED, {"sequence": 0}, "UNKNOWN_SEQUENCE"),
        (REFERRED, {"sequence": -(10**30)}, "UNKNOWN_SEQUENCE"),
        (REFERRED, {"sequence": 2}, "UNKNOWN_SEQUENCE"),
    ],
)
async def test_what_cannot_be_settled_says_why(scene: Scene, exit_: str, changes: dict[str, Any], code: str) -> None:
    """409 with a code of its own, and no decision in it."""
    async with agent(scene) as client:
        await client.decide(exit=exit_)
        reply = await client.settle(**changes)
        assert (reply.status, reply.body["code"], reply.headers["Content-Type"]) == (409, code, "application/problem+json")
        assert "decision" not in reply.body


async def test_time_and_news_end_what_may_be_settled(scene: Scene) -> None:
    """A veto that came since is VETOED; an answer of more than 15 minutes ago is TOO_OLD."""
    async with agent(scene) as client:
        await client.decide(exit=REFERRED)
        scene.hub.say(WHO, ground(REFERRED))
        scene.feed.stir()
        await scene.measured()
        assert (await client.settle()).body["code"] == "VETOED"
        scene.clock.seconds += 901
        assert (await client.settle()).body["code"] == "TOO_OLD"


async def test_a_gate_in_shadow_settles_nothing(scene: Scene) -> None:
    """Nothing that it says binds, and it says so everywhere."""
    scene.config = replace(scene.config, mode=Mode.SHADOW)
    async with agent(scene) as client:
        assert (await client.decide(exit=REFERRED)).body["mode"] == "SHADOW"
        assert (await client.settle()).body["code"] == "SHADOW"
        assert (await client.ask("GET", "/v1/position")).body["mode"] == "SHADOW"


async def test_a_settlement_that_cannot_be_recorded_is_none(scene: Scene) -> None:
    """JOURNAL_NOT_WRITABLE: what is not on record did not happen."""
    async with agent(scene) as client:
        await client.decide(exit=REFERRED)
        client.gate._journal._connection.execute("PRAGMA query_only = 1")  # type: ignore[union-attr]
        assert (await client.settle()).body["code"] == "JOURNAL_NOT_WRITABLE"
        await eventually(lambda: client.gate.journal_trouble() == "")
        assert (await client.decide(exit=REFERRED)).body["valid_for_s"] == 0


async def test_a_defect_while_settling_is_500(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate's own failure is not the officers' mistake."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    async with agent(scene) as client:
        await client.decide(exit=REFERRED)
        monkeypatch.setattr(client.gate._settlements, "settle", fail)
        assert (await client.settle()).status == 500


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"sequence": "1"}, {"sequence"}),
        ({"sequence": True}, {"sequence"}),
        ({"sequence": 1.5}, {"sequence"}),
        ({"reason_code": "BECAUSE"}, {"reason_code"}),
        ({"reason_code": ["PRISON_ORDER_SEEN"]}, {"reason_code"}),
        ({"officers": "two"}, {"officers"}),
        ({"officers": OFFICERS[:1]}, {"officers"}),
        ({"officers": OFFICERS * 2}, {"officers"}),
        ({"officers": [{**OFFICERS[0], "rank": 1}, {"name": "B", "role": "\u200b"}]}, {"officers[0].rank", "officers[1].role"}),
        ({"note": "x" * 501}, {"note"}),
        ({"note": None}, {"note"}),
        ({"decision": "ALLOW"}, {"decision"}),
    ],
)
async def test_what_is_not_a_settlement_is_refused(scene: Scene, changes: dict[str, Any], fields: set[str]) -> None:
    """400 names what is wrong; a number written as 1.0 is one."""
    async with agent(scene) as client:
        await client.decide(exit=REFERRED)
        reply = await client.settle(**changes)
        assert (reply.status, reply.fields) == (400, fields)
        assert (await client.settle(sequence=1.0)).status == 200


async def test_the_reasons_are_listed_for_a_screen(scene: Scene) -> None:
    """Every code with the sentence that the officers say by it."""
    async with agent(scene) as client:
        listed = (await client.ask("GET", "/v1/settlement-reasons")).body
        assert {each["code"]: each["sentence"] for each in listed} == dict(REASONS)
