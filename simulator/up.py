"""`make up`: the hub left running on this machine, until Ctrl-C."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from services.runtime.clock import SystemClock
from services.runtime.config import KafkaSettings, load
from services.runtime.kafka import KafkaBroker
from simulator.local import local_hub
from simulator.publishing import beat

DIRECTORY = Path(".holdfast")


async def up(*, fresh: bool) -> None:
    """Start everything, say how to talk to it, and wait. Raises ChildDiedError when a process ends by itself."""
    console = Console()
    async with local_hub(DIRECTORY, fresh=fresh) as hub:
        console.print("Up. Kafka at", hub.settings.bootstrap_servers, "with every service ready. In another terminal:\n")
        for name, value in hub.environment.items():
            if value:
                console.print(f"  export {name}={value}", highlight=False)
        console.print("  .venv/bin/holdfast explain A1234BC\n  .venv/bin/holdfast-gate decide A1234BC --exit release\n", highlight=False)
        for name, service in hub.services.items():
            console.print(f"  {name:<11}{service.ready_url or ''}  log {DIRECTORY}/run/{name}.log", highlight=False)
        console.print("\nCtrl-C stops it.")
        await hub.watch()


async def heartbeats() -> None:
    """Heartbeats for every source of the cluster that the environment names, until cancelled."""
    (settings,) = load(KafkaSettings)
    broker = KafkaBroker(settings, SystemClock())
    try:
        await beat(broker)
    finally:
        await broker.close()
