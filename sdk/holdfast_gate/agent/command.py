"""`holdfast-gate run`: its options, and what it starts. aiohttp and Kafka's client are imported when it runs, not before."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from holdfast_gate.agent.logs import log_to_stderr
from holdfast_gate.config import LISTEN, AgentConfig, KafkaSettings
from holdfast_gate.errors import GateTroubleError

if TYPE_CHECKING:
    import argparse

    from holdfast_gate.config import GateConfig
    from holdfast_gate.contacts import Contacts


def add_options(run: argparse.ArgumentParser) -> None:
    """What `run` takes beside the options of every command."""
    run.add_argument("--socket", default="", metavar="PATH", help="serve over this unix socket, which only its owner may use")
    run.add_argument("--listen", default="", metavar="ADDRESS:PORT", help=f"serve over loopback TCP with a token, by default {LISTEN}")
    run.add_argument("--token-file", default="", metavar="FILE", help="a file that holds the token (or HOLDFAST_GATE_TOKEN)")
    run.add_argument("--bootstrap-servers", default="", help="Kafka, host:port (KAFKA_BOOTSTRAP_SERVERS)")
    run.add_argument("--contacts", default="", metavar="FILE", help="whom to ring, a JSON file (HOLDFAST_CONTACTS)")


def run_agent(given: argparse.Namespace, gate: GateConfig, contacts: Contacts | None) -> int:
    """Serve until told to stop; 0 after a clean end. Raises GateTroubleError when it cannot begin."""
    try:
        from holdfast_gate.agent.serve import run  # noqa: PLC0415 - an extra
        from holdfast_gate.kafka import KafkaFeed  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        message = f"the agent needs aiohttp and aiokafka ({error}): pip install 'holdfast-gate[agent,kafka]'"
        raise GateTroubleError(message) from error
    config = AgentConfig.from_environment(socket=given.socket, listen=given.listen, token_file=given.token_file)
    settings = KafkaSettings.from_environment(bootstrap_servers=given.bootstrap_servers)
    log_to_stderr()

    async def serve() -> None:
        await run(config, gate, KafkaFeed(settings), contacts)

    asyncio.run(serve())
    return 0
