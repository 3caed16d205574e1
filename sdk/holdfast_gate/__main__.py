"""`holdfast-gate`: ask about one prisoner, look at the replica, or serve gate software on this machine.

Exit status: 0 is said by one thing alone when a decision is asked for, an ALLOW. 3 REFER, 4 VETO, 6 whatever a gate in shadow mode decided,
1 trouble, whatever it was. `journal verify` has 0 and 5 of its own (`journal_command.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import re
import sys
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

from holdfast_gate import journal_command
from holdfast_gate.agent.command import add_options, run_agent
from holdfast_gate.checks import CheckDone, CheckError
from holdfast_gate.clock import SystemClock
from holdfast_gate.config import GateConfig, KafkaSettings, colour_is_wanted, gate_directory
from holdfast_gate.contacts import Contacts
from holdfast_gate.containment import contained
from holdfast_gate.display import answer_text, partitions_text
from holdfast_gate.errors import ContactsError, GateTroubleError
from holdfast_gate.gate import Gate
from holdfast_gate.model import Decision, Exit, Mode
from holdfast_gate.position import partition_position
from holdfast_gate.report import as_json
from holdfast_gate.store import ReplicaStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast_gate.answer import Answer

TROUBLE = 1
#: What a gate in shadow mode says binds nobody: no turnstile may read it as leave to go.
IN_SHADOW = 6
STATUS = {Decision.ALLOW: 0, Decision.REFER: 3, Decision.VETO: 4}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)?")
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, None: 1.0}


class UsageError(GateTroubleError):
    """The command line makes no sense."""


class _Parser(argparse.ArgumentParser):
    """Raises what is wrong instead of leaving with a status of its own; even help must not leave with 0, which says ALLOW."""

    def error(self, message: str) -> NoReturn:
        text = f"{message}\n{self.format_usage()}"
        raise UsageError(text)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        del status
        raise UsageError(message or "no decision was made")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["conformance"]:
        # It decides about nobody, and has exit statuses of its own.
        from holdfast_gate.conformance.command import main as conformance  # noqa: PLC0415 - nothing that decides waits for it

        return conformance(words[1:])
    try:
        return contained(lambda: _run(words), _trouble)
    except KeyboardInterrupt:
        return _trouble(GateTroubleError("interrupted"))


def _run(arguments: Sequence[str] | None) -> int:
    given = _parser().parse_args(arguments)
    if given.command == "status":
        status = _status(given)
    elif given.command == "journal":
        text, status = journal_command.run(given, gate_directory(given.data_dir))
        _show(text)
    elif given.command == "run":
        status = run_agent(given, _config(given), _contacts(_config(given)))
    else:
        answer = asyncio.run(_decide(given))
        contacts = _contacts(_config(given))
        colour = sys.stdout.isatty() and colour_is_wanted()
        _show(as_json(answer, contacts) + "\n" if given.json else answer_text(answer, colour=colour, contacts=contacts))
        status = IN_SHADOW if answer.mode is Mode.SHADOW else STATUS[answer.decision]
    return status


def _show(text: str) -> None:
    """Write `text` out. An answer that could not be shown was not given: raises GateTroubleError."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer must not fail again when the interpreter ends, with a status of its own.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        message = f"the answer could not be shown: {error}"
        raise GateTroubleError(message) from error


def _trouble(error: Exception) -> int:
    text = str(error) if isinstance(error, GateTroubleError) else f"{type(error).__name__}: {error}: report this as a defect"
    sys.stderr.write(f"holdfast-gate: no decision: {text.rstrip()}\nDo not let anybody go on the strength of this.\n")
    return TROUBLE


async def _decide(given: argparse.Namespace) -> Answer:
    try:
        from holdfast_gate.kafka import KafkaFeed  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        message = "reading from Kafka needs aiokafka: pip install 'holdfast-gate[kafka]'"
        raise GateTroubleError(message) from error
    for name in ("holdfast_gate", "aiokafka"):  # whatever matters to the answer is in the answer
        logging.getLogger(name).addHandler(logging.NullHandler())
    settings = KafkaSettings.from_environment(bootstrap_servers=given.bootstrap_servers)
    prisoner_number = given.prisoner_number.strip().upper()
    async with Gate(_config(given), KafkaFeed(settings)) as gate:
        await gate.synchronised(given.wait, prisoner_number)
        return await gate.decide(prisoner_number, Exit(given.exit), given.check)


def _status(given: argparse.Namespace) -> int:
    config = _config(given)
    store = ReplicaStore(config.directory, config.topic)
    try:
        replica = store.load(config.ring())
    finally:
        store.close()
    if replica is None:
        _show(f"{config.directory} holds nothing of {config.topic} yet.\n")
        return 0
    now_s = SystemClock().monotonic_s()
    positions = [partition_position(each, now_s) for each in replica.partitions]
    _show(partitions_text(positions, [len(each.prisoners) for each in replica.partitions]))
    return 0


def _config(given: argparse.Namespace) -> GateConfig:
    return GateConfig.from_environment(
        gate_id=given.gate_id, directory=given.data_dir, contacts=getattr(given, "contacts", ""), key_ring=given.key_ring
    )


def _contacts(config: GateConfig) -> Contacts:
    """The directory, or one without numbers: a fault in a telephone list must not keep anybody from the answer that was made."""
    if config.contacts is None:
        return Contacts()
    try:
        return Contacts.read(config.contacts)
    except ContactsError as error:
        sys.stderr.write(f"holdfast-gate: no telephone numbers: {error}\n")
        return Contacts()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="holdfast-gate",
        description="Ask, before anybody walks out of prison, whether a release is vetoed.",
        epilog="Exit status of `decide`: 0 may leave, 3 refer to people, 4 vetoed, 6 decided in shadow mode (binds nobody), 1 trouble (no decision).",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    decide = commands.add_parser("decide", help="may this prisoner leave in this way?", allow_abbrev=False)
    decide.add_argument("prisoner_number", help="for example A1234BC")
    decide.add_argument("--exit", required=True, choices=[each.value for each in Exit], help="how they would leave")
    decide.add_argument(
        "--check",
        type=_check,
        action="append",
        default=[],
        metavar="CODE:NAME:ROLE:TIME",
        help="a release check that was signed, for example IDENTITY_CONFIRMED:A. Archer:RECEPTION:2025-10-29T08:00Z; once for each",
    )
    decide.add_argument("--json", action="store_true", help="the whole answer as one line of JSON")
    decide.add_argument("--bootstrap-servers", default="", help="Kafka, host:port (KAFKA_BOOTSTRAP_SERVERS)")
    decide.add_argument("--wait", type=_seconds, default=15.0, help="how long to wait for fresh news, for example 15s")
    decide.add_argument("--contacts", default="", metavar="FILE", help="whom to ring, a JSON file (HOLDFAST_CONTACTS)")
    commands.add_parser("conformance", help="prove a gate, in whatever language", add_help=False)
    status = commands.add_parser("status", help="what the replica on this machine holds", allow_abbrev=False)
    run = commands.add_parser("run", help="serve gate software on this machine, until it is told to stop", allow_abbrev=False)
    add_options(run)
    journal_command.add_to(commands)
    for command in (decide, status, run):
        command.add_argument("--data-dir", default="", help="the gate's directory (HOLDFAST_GATE_DIRECTORY)")
        command.add_argument("--key-ring", default="", metavar="FILE", help="the hub's public keys, a JSON file (HOLDFAST_GATE_KEY_RING)")
        command.add_argument("--gate-id", default="", help="the gate's name in reports (HOLDFAST_GATE_ID)")
    return parser


def _check(text: str) -> CheckDone:
    """The release check in `text`. Its time, which comes last, may hold colons; without an offset it is refused, since nothing says whose it is."""
    parts = [part.strip() for part in text.split(":", 3)]
    try:
        code, by, role, at = parts
        return CheckDone(check=code.upper(), by=by, role=role.upper(), at=_instant(at))
    except CheckError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    except ValueError as error:
        message = f"{text!r} is no CODE:NAME:ROLE:TIME, for example IDENTITY_CONFIRMED:A. Archer:RECEPTION:2025-10-29T08:00Z"
        raise argparse.ArgumentTypeError(message) from error


def _instant(text: str) -> datetime:
    # Python 3.10 reads no Z.
    return datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith(("Z", "z")) else text)


def _seconds(text: str) -> float:
    found = _DURATION.fullmatch(text)
    if found is None:
        message = f"{text!r} is no duration, for example 15s"
        raise argparse.ArgumentTypeError(message)
    return float(found[1]) * _UNIT_S[found[2]]


if __name__ == "__main__":
    sys.exit(main())
