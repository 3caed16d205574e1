"""`holdfast run SERVICE`: one service as a process."""

from __future__ import annotations

import click
import uvloop

from holdfast_gate.signing import KeyFileError
from services.enrichment import app as enrichment
from services.enrichment import routes
from services.identity import app as identity
from services.intake import app as intake
from services.runtime import supervise
from services.runtime.clock import SystemClock
from services.runtime.config import (
    ConfigError,
    EnrichmentSettings,
    KafkaSettings,
    RegistrySettings,
    SealSettings,
    ServiceSettings,
    WatchSettings,
    load,
)
from services.runtime.kafka import KafkaBroker
from services.runtime.log import configure
from services.runtime.reading import reading
from services.runtime.signing import Signer, signer_of
from services.runtime.stage import Service
from services.status import app as status
from services.watch import app as watch

SERVICES = ("intake", "identity", "status", "watch")
#: Run only where it is configured: until it answers, whoever a thin notification names is held.
ENRICHMENT = "enrichment"


def service(name: str, settings: ServiceSettings, signer: Signer | None = None) -> Service:
    """The service of that name; seals are signed by `signer`, else as the environment says. Raises KeyError for any other name, ConfigError."""
    return {
        "intake": lambda: intake.service(settings.end_offset_sources),
        "identity": identity.service,
        "status": lambda: status.service(signer or _signer()),
        "watch": lambda: watch.service(settings, *load(WatchSettings)),
        ENRICHMENT: _enrichment,
    }[name]()


def _signer() -> Signer:
    """Raises ConfigError when nothing says with what key seals are signed, or it cannot be read."""
    (settings,) = load(SealSettings)
    try:
        return signer_of(settings)
    except KeyFileError as error:
        raise ConfigError(str(error)) from error


def _enrichment() -> Service:
    """Raises ConfigError when nothing says whom to ask."""
    (settings,) = load(EnrichmentSettings)
    if settings.routes is None:
        message = "HOLDFAST_ENRICHMENT_ROUTES is not set: name the YAML file that says what may be asked, and where (docs/configuration.md)"
        raise ConfigError(message)
    return enrichment.service(routes.load(settings.routes), settings)


@click.command()
@click.argument("name", metavar="SERVICE", type=click.Choice([*SERVICES, ENRICHMENT]))
def run(name: str) -> None:
    """Run one service until SIGTERM. Settings come from the environment; see docs/configuration.md."""
    supervise.refuse_optimised()
    kafka, settings, registry = load(KafkaSettings), load(ServiceSettings), load(RegistrySettings)
    configure(settings[0], name)
    uvloop.run(_run(name, kafka[0], settings[0], registry[0]))


async def _run(name: str, kafka: KafkaSettings, settings: ServiceSettings, registry: RegistrySettings) -> None:
    clock = SystemClock()
    broker = KafkaBroker(kafka, clock)
    started = service(name, settings)
    try:
        async with reading(broker, registry, clock, prefix=kafka.topic_prefix, writes=True) as read:
            await supervise.run(started, read.broker, clock, settings, read.notes)
    finally:
        await broker.close()
