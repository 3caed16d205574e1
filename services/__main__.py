"""`holdfast`: one entry point for everything, here and in the image. Only wiring and exit statuses.

Exit statuses: 0 done; 1 trouble (said in one message); 2 the command line is wrong; 5 halted because a record that must be read next is gone.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import click

from holdfast.policies import UnknownPolicyError
from services.cli.asyncapi import asyncapi
from services.cli.codes import codes
from services.cli.contacts import contacts
from services.cli.dead_letters import dead_letters
from services.cli.errors import TroubleError
from services.cli.explain import explain
from services.cli.grounds import grounds
from services.cli.incidents import incidents
from services.cli.keys import keys
from services.cli.load import load
from services.cli.policy import policy
from services.cli.queue import queue
from services.cli.replay import replay
from services.cli.resolve import resolve
from services.cli.run import run
from services.cli.schemas import schemas
from services.cli.shadow import shadow
from services.cli.topics import topics
from services.cli.validate import validate_command
from services.runtime.config import ConfigError
from services.runtime.ports import BrokerError, OffsetLostError
from services.runtime.readable import RenumberedError
from services.runtime.registration import RegistrationError
from services.runtime.supervise import OptimisedError

HALTED = 5


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="holdfast")
def holdfast() -> None:
    """Keeps people from being released from prison by mistake."""


for command in (
    run,
    explain,
    contacts,
    queue,
    incidents,
    replay,
    shadow,
    grounds,
    policy,
    codes,
    load,
    keys,
    resolve,
    topics,
    schemas,
    asyncapi,
    dead_letters,
    validate_command,
):
    holdfast.add_command(command)


def main() -> None:
    """Run a command; trouble becomes one message and an exit status."""
    for found in entry_points(group="holdfast.commands"):
        for extra in found.load().commands.values():
            holdfast.add_command(extra)
    try:
        holdfast(prog_name="holdfast")
    except OffsetLostError as error:
        click.echo(f"holdfast: halted: {error}", err=True)
        sys.exit(HALTED)
    except (BrokerError, ConfigError, OptimisedError, RegistrationError, RenumberedError, TroubleError, UnknownPolicyError) as error:
        click.echo(f"holdfast: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
