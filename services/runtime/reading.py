"""A broker as services and commands get it: with a schema registry where one is configured, as it is where none is."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from holdfast_gate.confluent import Writers
from holdfast_gate.model import Notice
from schemas import registry
from services.runtime.config import RegistrySettings
from services.runtime.ports import Broker, Clock
from services.runtime.readable import ReadableBroker
from services.runtime.registration import registered, subject_name
from services.runtime.registry_client import registry_client
from services.runtime.schema_ids import SchemaIds, asking


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A broker whose records can be read; `notes` says what they wait for."""

    broker: Broker
    notes: Callable[[], Mapping[str, str]] = dict


@asynccontextmanager
async def reading(broker: Broker, settings: RegistrySettings, clock: Clock, *, prefix: str, writes: bool = False) -> AsyncGenerator[Reading]:
    """`broker` for the length of a block; `writes`: who runs in it writes the hub's own topics. `prefix` is the deployment's.

    Raises ConfigError, and RegistrationError when the registry will not have what is to be written.
    """
    if settings.url is None:
        yield Reading(broker=broker)
        return
    schemas = registry()
    writers = schemas.writers = schemas.writers or Writers(resolves=True)
    async with registry_client(settings) as client:
        if writes and settings.wire_format == "confluent":
            schemas.write_confluent(await registered(client, prefix, writers, settings.start_within_s))
        # The status of a prisoner has a notice within it, which was written under an id of its own.
        ids = SchemaIds(client, writers, clock, first=(subject_name(prefix, "vetoes", f"uk.holdfast.vetoes.{Notice.__name__}"),))
        async with asking(ids):
            yield Reading(broker=ReadableBroker(broker, ids), notes=ids.notes)
