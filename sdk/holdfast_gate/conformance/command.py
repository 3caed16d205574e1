"""`holdfast-gate conformance`: exit status 0 when every case passed, 1 when one failed, 2 when the kit could not run."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast_gate.clock import SystemClock
from holdfast_gate.config import KafkaSettings, colour_is_wanted
from holdfast_gate.conformance.cases import CASES
from holdfast_gate.conformance.door import URL_EXAMPLE, HttpDoor
from holdfast_gate.conformance.ports import KitError
from holdfast_gate.conformance.run import Run
from holdfast_gate.conformance.settings import SETTINGS_FILE, as_text, checked_prefix, write_settings
from holdfast_gate.conformance.text import as_json, line, passed, table
from holdfast_gate.containment import contained
from holdfast_gate.errors import GateTroubleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast_gate.conformance.case import Case, Outcome

PASSED, FAILED, COULD_NOT_RUN = 0, 1, 2
TOKEN_MAX_BYTES = 4096


def main(arguments: Sequence[str]) -> int:
    """Run the command line; the exit status."""
    given = _parser().parse_args(arguments)
    try:
        return contained(lambda: _run(given), _trouble)
    except KeyboardInterrupt:
        return _trouble(GateTroubleError("interrupted"))


def _trouble(error: Exception) -> int:
    text = str(error) if isinstance(error, GateTroubleError) else f"{type(error).__name__}: {error}: report this as a defect of the kit"
    sys.stderr.write(f"holdfast-gate conformance: nothing was proved: {text}\n")
    return COULD_NOT_RUN


def _run(given: argparse.Namespace) -> int:
    settings = KafkaSettings.from_environment(bootstrap_servers=given.bootstrap_servers)
    if given.list:
        print("\n".join(f"{each.name:<32}  {each.rule} ({each.source})" for each in CASES))
        return PASSED
    if given.print_settings is not None:
        written = write_settings(given.print_settings, settings.bootstrap_servers)
        print(as_text(written), end="")
        sys.stderr.write(
            f"Start the gate under test with these, which are in {given.print_settings / SETTINGS_FILE} too; then run the kit with them.\n"
        )
        return PASSED
    cases = _chosen(given.only)
    door = _door(given)
    prefix = checked_prefix(given.topic_prefix or settings.topic_prefix)
    outcomes = asyncio.run(_play(cases, door, settings, prefix))
    print(as_json(outcomes, door.place) if given.json else table(outcomes, colour=sys.stdout.isatty() and colour_is_wanted()), end="")
    return PASSED if passed(outcomes) else FAILED


async def _play(cases: Sequence[Case], door: HttpDoor, settings: KafkaSettings, prefix: str) -> list[Outcome]:
    try:
        from holdfast_gate.conformance.topic import KafkaTopic  # noqa: PLC0415 - needs an extra
    except ModuleNotFoundError as error:
        message = "the kit plays the hub on Kafka, and needs aiokafka: pip install 'holdfast-gate[kafka]'"
        raise KitError(message) from error
    for name in ("holdfast_gate", "aiokafka"):  # whatever matters is in the report
        logging.getLogger(name).addHandler(logging.NullHandler())
    done = 0

    def tell(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        sys.stderr.write(f"{done:>3} of {len(cases)}  {line(outcome, colour=sys.stderr.isatty() and colour_is_wanted())}\n")

    sys.stderr.write(f"{len(cases)} cases, on {settings.bootstrap_servers} under {prefix}; a whole run takes about a minute\n")
    async with KafkaTopic(settings, prefix) as topic:
        return await Run(topic, door, SystemClock(), tell).play(cases)


def _chosen(names: Sequence[str]) -> Sequence[Case]:
    if unknown := sorted(set(names) - {each.name for each in CASES}):
        message = f"there is no case {', '.join(unknown)}: --list shows their names"
        raise KitError(message)
    return [each for each in CASES if not names or each.name in names]


def _door(given: argparse.Namespace) -> HttpDoor:
    if bool(given.url) == bool(given.socket):
        message = f"say where the gate under test answers: a URL, for example {URL_EXAMPLE}, or --socket PATH"
        raise KitError(message)
    token = ""
    if given.token_file is not None:
        try:
            with given.token_file.open("rb") as file:
                token = file.read(TOKEN_MAX_BYTES).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            message = f"the token cannot be read from {given.token_file}: {error}"
            raise KitError(message) from error
    return HttpDoor(url=given.url, socket_path=given.socket, token=token)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="holdfast-gate conformance",
        description="Prove a gate, in whatever language: the kit plays the hub on a topic of its own, and asks the gate over its local API.",
        epilog="Exit status: 0 every case passed, 1 a case failed, 2 the kit could not run (which proves nothing).",
        allow_abbrev=False,
    )
    parser.add_argument("url", nargs="?", default="", metavar="URL", help=f"where the gate under test answers, for example {URL_EXAMPLE}")
    parser.add_argument("--socket", type=Path, metavar="PATH", help="the unix socket on which it answers instead")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="the file with the token that it wants over loopback")
    parser.add_argument("--bootstrap-servers", default="", metavar="HOST:PORT", help="the Kafka to play the hub on (KAFKA_BOOTSTRAP_SERVERS)")
    parser.add_argument("--topic-prefix", default="", metavar="PREFIX", help="begins with conformance- (HOLDFAST_TOPIC_PREFIX)")
    parser.add_argument("--only", action="append", default=[], metavar="CASE", help="play this case alone; may be given again")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument("--list", action="store_true", help="show every case and its rule, and play none")
    parser.add_argument("--print-settings", type=Path, metavar="DIRECTORY", help="write the key ring there, and print what the gate under test needs")
    return parser
