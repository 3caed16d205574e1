"""Watch on a cluster in memory: it follows two topics, says each thing once, and a successor goes on where it was."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from holdfast.claims import SourceMark
from services.runtime.config import ConfigError, ServiceSettings, WatchSettings, load
from services.runtime.ports import Outgoing
from services.watch.app import limits_of
from tests.core.telling import NUMBER, ago, immigration, left, received
from tests.core.watching import GATE, position, report
from tests.watch.scene import Scene

pytestmark = pytest.mark.timeout(60)


def metric(name: str, **labels: str) -> float:
    """A metric of this process now."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def follows(scene: Scene, seconds: int = 40, number: int = 1) -> None:
    """A gate that tells where it stands, for a while."""
    for _ in range(seconds // 5):
        await scene.mark(5)
        await scene.report(position(scene.clock.at, seal_number=number))


async def test_a_vetos_way_to_the_gate_is_measured() -> None:
    """From the upstream record to the gate's report, on the histogram and in words; and nothing is said of it, for nothing is wrong."""
    scene = Scene()
    await follows(scene)
    before = metric("holdfast_veto_honoured_seconds_count"), metric("holdfast_veto_honoured_seconds_sum")
    async with scene.watching() as health:
        await scene.looked(health)
        await scene.status(received(), immigration("IS91", at=scene.clock.at))
        await scene.looked(health)
        assert metric("holdfast_vetoes_waiting") == 1
        scene.clock.at += timedelta(seconds=2)
        await scene.report(position(scene.clock.at, seal_number=5))
        await scene.looked(health)
        assert metric("holdfast_veto_honoured_seconds_count") - before[0] == 1
        assert metric("holdfast_veto_honoured_seconds_sum") - before[1] == pytest.approx(2.5)
        assert health.notes["vetoes honoured by every gate"] == "1 in the last hour, half within 2.5 s, 99 of 100 within 2.5 s; 0 not yet"
        assert health.notes["gates expected"] == GATE
    assert await scene.said() == []


async def test_what_was_said_is_not_said_again_by_a_successor_and_is_ended_by_it() -> None:
    """A silent source and a gate that is silent, seen by one watch; the next one reads everything again and only says that they are over."""
    scene = Scene()
    await follows(scene)
    mark = SourceMark(source="court", caught_up_as_of=scene.clock.at)
    async with scene.watching() as health:
        await scene.looked(health)
        await scene.mark(35, [mark])
        found = await scene.until_said(2)
        assert {each.kind for each in found} == {"SOURCE_SILENT", "GATE_SILENT"}
        assert health.notes["gates silent"] == GATE
    async with scene.watching() as health:
        await scene.looked(health)
        assert len(await scene.said()) == 2
        scene.clock.at += timedelta(seconds=1)
        await scene.report(position(scene.clock.at))
        await scene.mark(1, [replace(mark, caught_up_as_of=scene.clock.at)])
        over = (await scene.until_said(4))[2:]
    assert {each.kind for each in over} == {"SOURCE_SILENT", "GATE_SILENT"}
    assert {each.incident_id for each in over} == {each.incident_id for each in found}
    assert all(each.over_at is not None and each.over for each in over)


async def test_a_release_is_judged_by_reports_of_every_partition() -> None:
    """The status stands in one partition and each gate's reports in another: a decision anywhere counts, and a veto's report joins the incident."""
    scene = Scene()
    await follows(scene)
    async with scene.watching() as health:
        await scene.looked(health)
        at = scene.clock.at
        await scene.report(*(report("VETO", gate=name, at=at) for name in ("gate-a", "gate-b", "gate-c")))
        gone = replace(left(at=at), received_at=at)
        await scene.status(received(), immigration("IS91", at=ago(hours=5)), gone)
        [*_, despite] = await scene.until_said(1)
        assert despite.kind == "RELEASED_DESPITE_VETO"
        await scene.report(position(at))
        await scene.mark(301)
        async with asyncio.timeout(10):
            while "RELEASED_WITHOUT_DECISION" not in {each.kind for each in await scene.said()}:  # noqa: ASYNC110  a log announces nothing
                await asyncio.sleep(0.02)
        newest = {each.kind: each for each in await scene.said()}
        assert sorted(each.topic for each in newest["RELEASED_DESPITE_VETO"].records) == ["gate-reports"] * 3 + ["upstream"] * 2
        assert newest["RELEASED_WITHOUT_DECISION"].prisoner_number == NUMBER


async def test_what_no_gate_wrote_is_counted_and_stops_nobody() -> None:
    """Gates are other people's systems: garbage, and a partition that is none, are passed over, and the next report is read."""
    scene = Scene()
    before = metric("holdfast_gate_reports_unreadable_total", reason="WRONG_RECORD")
    async with scene.watching() as health:
        await scene.report(b"garbage", replace(position(scene.clock.at), partition=7))
        await scene.broker.publish([Outgoing(topic="gate-reports", key=None, value=None)])
        await follows(scene)
        await scene.looked(health)
        assert health.notes["gates expected"] == GATE
    assert metric("holdfast_gate_reports_unreadable_total", reason="WRONG_RECORD") == before + 1


async def test_one_watch_at_a_time_and_a_standby_that_takes_over() -> None:
    """Two processes: one has the lane and sees every partition, the other has none and is ready; when the first goes, the second goes on."""
    scene = Scene()
    await follows(scene)
    async with scene.watching() as second:
        async with scene.watching() as first:
            owners = [health for health in (first, second) if health.lanes]
            assert len(owners) == 1
        await scene.looked(second)
        await scene.mark(35)
        [incident] = await scene.until_said(1)
    assert incident.kind == "GATE_SILENT"


async def test_a_restart_reads_no_more_reports_than_it_has_to() -> None:
    """Gates tell where they stand every second, for years: only the last hours are read again."""
    scene = Scene()
    await scene.report(report("ALLOW", gate="gate-of-old"))
    scene.clock.at += timedelta(hours=5)
    await follows(scene)
    read = metric("holdfast_records_read_total", service="watch", topic="gate-reports")
    async with scene.watching() as health:
        await scene.looked(health)
    assert metric("holdfast_records_read_total", service="watch", topic="gate-reports") - read == 8


def test_expected_gates_are_named_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """With commas, each with the prison that it decides for, or for all; half a name is refused."""
    monkeypatch.setenv("HOLDFAST_WATCH_GATES", "gate-a@WWI, gate-b")
    [settings] = load(WatchSettings)
    assert [(each.gate_id, each.prison_id) for each in limits_of(ServiceSettings(), settings).gates] == [("gate-a", "WWI"), ("gate-b", None)]
    monkeypatch.setenv("HOLDFAST_WATCH_GATES", "gate-a@")
    with pytest.raises(ConfigError, match="gate-a@"):
        load(WatchSettings)
