"""`holdfast run SERVICE`: one service as a process."""

from __future__ import annotations

import click
import uvloop

from services.identity import app as identity
from services.intake import app as intake
from services.runtime import supervise
from services.runtime.clock import SystemClock
from services.runtime.config import KafkaSettings, ServiceSettings, load
from services.runtime.kafka import KafkaBroker
from services.runtime.log import configure
from services.runtime.stage import Service
from services.status import app as status
from services.watch import app as watch

SERVICES = ("intake", "identity", "status", "watch")


def service(name: str, settings: ServiceSettings) -> Service:
    """The service of that name. Raises KeyError for any other name."""
    return {
        "intake": lambda: intake.service(settings.end_offset_sources),
        "identity": identity.service,
        "status": status.service,
        "watch": lambda: watch.service(settings.silent_after_s),
    }[name]()


@click.command()
@click.argument("name", metavar="SERVICE", type=click.Choice(SERVICES))
def run(name: str) -> None:
    """Run one service until SIGTERM. Settings come from the environment; see docs/configuration.md."""
    kafka, settings = load(KafkaSettings), load(ServiceSettings)
    configure(settings[0], name)
    uvloop.run(_run(name, kafka[0], settings[0]))


async def _run(name: str, kafka: KafkaSettings, settings: ServiceSettings) -> None:
    clock = SystemClock()
    broker = KafkaBroker(kafka, clock)
    try:
        await supervise.run(service(name, settings), broker, clock, settings)
    finally:
        await broker.close()
