"""What is registered with a real registry, and what it refuses."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from click.testing import CliRunner

from holdfast_gate.confluent import Writers
from schemas import newest
from schemas.wire import KINDS
from services.__main__ import holdfast
from services.runtime.config import RegistrySettings
from services.runtime.registration import LEVEL, RegistrationError, State, Subject, check, register, registered, subjects
from services.runtime.registry_client import NoAnswerError, RegistryClient, registry_client

NOTICE = "uk.holdfast.vetoes.Notice"


@pytest.fixture
def prefix() -> str:
    """Subjects of this test's own."""
    return f"t{os.urandom(4).hex()}."


@pytest.fixture
async def client(apicurio: str) -> AsyncIterator[RegistryClient]:
    """A client of the real registry."""
    async with registry_client(RegistrySettings.model_validate({"url": apicurio})) as client:
        yield client


def notice(prefix: str) -> Subject:
    """The subject of notices."""
    return next(each for each in subjects(prefix) if each.record == NOTICE)


def incompatible(subject: Subject) -> Subject:
    """The same after a change that no gate of today could read: a field without a default."""
    version = subject.versions[-1]
    schema = copy.deepcopy(version.schema)
    schema["fields"].append({"name": "needed", "type": "string"})
    return replace(subject, versions=(*subject.versions, replace(version, number=version.number + 1, schema=schema)))


def test_every_record_that_the_hub_writes_has_a_subject() -> None:
    """None is missing, and heartbeats have one for each of the topics on which they stand."""
    found = subjects("p.")
    assert {each.record for each in found if each.ours} == set(KINDS)
    assert "p.vetoes-uk.holdfast.vetoes.Notice" in {each.name for each in found}
    assert len([each for each in found if each.record.endswith("SourceHeartbeat")]) > 1


@pytest.mark.broker
async def test_registering_twice_changes_nothing(client: RegistryClient, prefix: str) -> None:
    """First nothing is there; then every schema has an id that stands for it, and its subject the level; and again the same."""
    subject = notice(prefix)
    assert [each.state for each in await check(client, subject)] == [State.MISSING]
    first = await register(client, subject)
    assert [each.state for each in first] == [State.REGISTERED]
    assert await register(client, subject) == first
    assert await check(client, subject) == first
    assert await client.level(subject.name) == LEVEL
    assert json.loads(await client.schema(first[0].schema_id or 0)) == newest()[NOTICE].schema


@pytest.mark.broker
async def test_another_level_is_seen_and_mended(client: RegistryClient, prefix: str) -> None:
    """Somebody allowed everything."""
    subject = notice(prefix)
    await register(client, subject)
    await client.set_level(subject.name, "NONE")
    assert [each.state for each in await check(client, subject)] == [State.LEVEL_DIFFERS]
    await register(client, subject)
    assert [each.state for each in await check(client, subject)] == [State.REGISTERED]


@pytest.mark.broker
async def test_what_old_gates_could_not_read_is_refused(client: RegistryClient, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry says which field, `check` says it before, and the hub does not start."""
    await register(client, notice(prefix))
    worse = incompatible(notice(prefix))
    assert [each.state for each in await check(client, worse)] == [State.REGISTERED, State.REFUSED]
    standing = (await register(client, worse))[-1]
    assert standing.state is State.REFUSED
    assert "needed" in standing.why
    monkeypatch.setattr("services.runtime.registration.subjects", lambda _: (worse,))
    with pytest.raises(RegistrationError, match=r"vetoes-uk.holdfast.vetoes.Notice, version 2.*needed"):
        await registered(client, prefix, Writers(resolves=True), 10)


@pytest.mark.broker
async def test_the_hub_learns_the_ids_that_it_writes(client: RegistryClient, prefix: str) -> None:
    """One for every record of its own, and none is asked for again."""
    writers = Writers(resolves=True)
    ids = await registered(client, prefix, writers, 60)
    assert ids.keys() == set(KINDS)
    assert all(writers.schema(schema_id)["name"] == name for name, schema_id in ids.items())


async def test_a_start_without_the_registry_is_given_up() -> None:
    """With a message that says what it is about."""
    async with registry_client(RegistrySettings.model_validate({"url": "http://127.0.0.1:9"})) as client:
        with pytest.raises(RegistrationError, match="cannot be reached"):
            await registered(client, "", Writers(resolves=True), 0.5)


async def test_a_start_waits_for_a_registry_that_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first no is not the last word."""
    tries: list[str] = []

    async def lookup(_: RegistryClient, subject: str, text: str) -> int:
        del text
        tries.append(subject)
        if len(tries) == 1:
            raise NoAnswerError("timeout", "not yet")
        return len(tries)

    async def level(_: RegistryClient, __: str) -> str:
        return LEVEL

    monkeypatch.setattr(RegistryClient, "lookup", lookup)
    monkeypatch.setattr(RegistryClient, "level", level)
    async with registry_client(RegistrySettings.model_validate({"url": "http://127.0.0.1:9"})) as client:
        ids = await registered(client, "", Writers(resolves=True), 10)
    assert tries[0] == tries[1]
    assert ids.keys() == set(KINDS)


@pytest.mark.broker
def test_the_command_line_says_how_things_stand(apicurio: str, prefix: str) -> None:
    """Check 3, register --dry-run 3 and nothing done, register 0, check 0; a table for people, JSON for machines."""
    environment = {"HOLDFAST_SCHEMA_REGISTRY_URL": apicurio, "HOLDFAST_TOPIC_PREFIX": prefix}

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(holdfast, ["schemas", *words], env=environment)
        return done.exit_code, done.stdout

    assert run("check")[0] == 3
    assert run("register", "--dry-run")[0] == 3
    status, told = run("check", "--json")
    assert (status, {each["state"] for each in json.loads(told)}) == (3, {"MISSING"})
    status, told = run("register")
    assert status == 0
    assert f"{prefix}vetoes-uk.holdfast.vetoes.Notice" in told
    status, told = run("check", "--json")
    assert (status, {each["state"] for each in json.loads(told)}) == (0, {"REGISTERED"})
    assert {each["topic"] for each in json.loads(told)} >= {"court-results", "custody-events", "vetoes"}
