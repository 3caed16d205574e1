"""The subjects of a schema registry that are the hub's and its publishers', and how they come to be registered.

TopicRecordNameStrategy, `<topic>-<full name of the record>`: several records stand on one topic, and each has a history of its own. The level of
every subject is FULL_TRANSITIVE: records of every version stay on compacted topics for ever, and gates of every age read what a newer hub writes.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from holdfast.sources import SOURCE_OF_TOPIC
from holdfast_gate.confluent import Writers
from schemas import Version, names_of, newest, versions
from schemas.topics import topics
from schemas.wire import KINDS
from services.runtime.registry_client import NoAnswerError, RefusedError, RegistryClient, RegistryError

LEVEL = "FULL_TRANSITIVE"
PAUSE_FIRST_S, PAUSE_LONGEST_S = 0.2, 3.0
_FAIR = secrets.SystemRandom().random

T = TypeVar("T")


class RegistrationError(Exception):
    """The registry will not have what the hub writes, or does not answer; the message says what to do."""


class State(Enum):
    """How one version of one record stands in the registry."""

    REGISTERED = "registered"
    LEVEL_DIFFERS = "registered, with another compatibility level"
    MISSING = "missing"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """One record of one topic: its versions, ascending. `topic` is without the deployment's prefix, `name` with it."""

    name: str
    topic: str
    record: str
    versions: tuple[Version, ...]

    @property
    def ours(self) -> bool:
        """Whether the hub writes it; else a publisher does, or people."""
        return self.record in KINDS and self.topic not in SOURCE_OF_TOPIC


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What the registry has of one version of one subject. `why` says what is wrong, where something is."""

    subject: Subject
    version: int
    state: State
    schema_id: int | None = None
    level: str | None = None
    why: str = ""


def subjects(prefix: str) -> tuple[Subject, ...]:
    """Every record that can stand on a topic, in the order of the topics. `prefix` is the deployment's."""
    found = [(topic.name, record) for topic in topics() for record in names_of(topic.name)]
    by_name = {record: tuple(each for each in versions() if each.name == record) for record in newest()}
    return tuple(Subject(name=subject_name(prefix, topic, record), topic=topic, record=record, versions=by_name[record]) for topic, record in found)


def subject_name(prefix: str, topic: str, record: str) -> str:
    """The subject of a record."""
    return f"{prefix}{topic}-{record}"


async def check(client: RegistryClient, subject: Subject) -> Sequence[Standing]:
    """How the registry has each version of `subject`; nothing is changed. Raises NoAnswerError."""
    level = await client.level(subject.name)
    found: list[Standing] = []
    for version in subject.versions:
        text = text_of(version)
        schema_id = await client.lookup(subject.name, text)
        why = await client.incompatible(subject.name, text) if schema_id is None else None
        if schema_id is None:
            state = State.MISSING if why is None else State.REFUSED
        else:
            state = State.REGISTERED if level == LEVEL else State.LEVEL_DIFFERS
            why = None if level == LEVEL else f"it is {level or 'that of the whole registry'}, not {LEVEL}"
        found.append(Standing(subject=subject, version=version.number, state=state, schema_id=schema_id, level=level, why=why or ""))
    return found


async def register(client: RegistryClient, subject: Subject) -> Sequence[Standing]:
    """Register what is missing of `subject`, and set its level. Raises NoAnswerError. A version that is refused is said to be, and ends it there."""
    found: list[Standing] = []
    level = await client.level(subject.name)
    for version in subject.versions:
        try:
            schema_id = await _id(client, subject.name, text_of(version))
            if level != LEVEL:  # after the first version: some registries keep no level for a subject that is not there yet
                level = await _demand(client, subject.name)
        except RefusedError as error:
            return [*found, Standing(subject=subject, version=version.number, state=State.REFUSED, level=level, why=str(error))]
        found.append(Standing(subject=subject, version=version.number, state=State.REGISTERED, schema_id=schema_id, level=level))
    return found


async def _id(client: RegistryClient, subject: str, text: str) -> int:
    """The id of `text`, which is registered if it is not. Raises NoAnswerError, RefusedError."""
    if (found := await client.lookup(subject, text)) is not None:
        return found
    try:
        return await client.register(subject, text)
    except RefusedError:  # also when another service did the same at the same moment
        if (found := await client.lookup(subject, text)) is not None:
            return found
        raise


async def _demand(client: RegistryClient, subject: str) -> str:
    """Set the level. Raises NoAnswerError, RefusedError."""
    try:
        await client.set_level(subject, LEVEL)
    except RefusedError:  # as above
        if await client.level(subject) != LEVEL:
            raise
    return LEVEL


def text_of(version: Version) -> str:
    """The schema as it is registered."""
    return json.dumps(version.schema, ensure_ascii=False)


async def registered(client: RegistryClient, prefix: str, writers: Writers, within_s: float) -> Mapping[str, int]:
    """The id under which the hub writes each of its own records; what is missing is registered. Raises RegistrationError."""
    ids: dict[str, int] = {}
    try:
        async with asyncio.timeout(within_s) as limit:
            for subject in subjects(prefix):
                if not subject.ours:
                    continue
                for standing, version in zip(await _patiently(lambda s=subject: register(client, s), limit), subject.versions, strict=False):
                    if standing.schema_id is None:
                        what = f"the schema registry refuses {subject.name}, version {standing.version}: {standing.why}"
                        raise RegistrationError(f"{what}; `holdfast schemas check` shows all")
                    writers.learn(standing.schema_id, text_of(version))
                    ids[subject.record] = standing.schema_id
    except TimeoutError as error:
        message = (
            f"gave up after {within_s:g} s: the schema registry does not answer, and without it nothing can be written in the Confluent wire format"
        )
        raise RegistrationError(message) from error
    except RegistryError as error:
        raise RegistrationError(f"the schema registry: {error}") from error
    return ids


async def _patiently(call: Callable[[], Awaitable[T]], limit: asyncio.Timeout) -> T:
    """What `call` gives, once the registry answers. Raises NoAnswerError when it still does not shortly before `limit`."""
    pause_s = PAUSE_FIRST_S
    while True:
        try:
            return await call()
        except NoAnswerError:
            left_s = (limit.when() or 0) - asyncio.get_running_loop().time()
            if left_s <= PAUSE_LONGEST_S:
                raise
        await asyncio.sleep(pause_s * (0.5 + _FAIR() / 2))
        pause_s = min(pause_s * 2, PAUSE_LONGEST_S)
