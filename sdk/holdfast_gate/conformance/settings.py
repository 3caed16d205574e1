"""What the gate under test must be started with, so that it follows the kit's topic and knows the kit's key."""

from __future__ import annotations

import secrets
import shlex
from typing import TYPE_CHECKING

from holdfast_gate.conformance.ports import KitError
from holdfast_gate.testing.keys import RING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: The kit writes to no topic without it: nobody's real vetoes can be meant.
PREFIX = "conformance-"
RING_FILE, SETTINGS_FILE = "conformance-keys.json", "gate.env"


def write_settings(directory: Path, bootstrap_servers: str) -> Mapping[str, str]:
    """Write the key ring and the settings into `directory`, and return the settings: a topic of its own for every time. Raises KitError."""
    directory = directory.resolve()
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "HOLDFAST_TOPIC_PREFIX": f"{PREFIX}{secrets.token_hex(4)}-",
        "HOLDFAST_GATE_KEY_RING": str(directory / RING_FILE),
        "HOLDFAST_GATE_DIRECTORY": str(directory / f"gate-{secrets.token_hex(4)}"),
        "HOLDFAST_GATE_ID": "under-test",
    }
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / RING_FILE).write_text(RING.as_json(), encoding="utf-8")
        (directory / SETTINGS_FILE).write_text(as_text(settings), encoding="utf-8")
    except OSError as error:
        message = f"the settings cannot be written to {directory}: {error}"
        raise KitError(message) from error
    return settings


def as_text(settings: Mapping[str, str]) -> str:
    """One line for each, as a shell reads it."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in settings.items())


def checked_prefix(prefix: str) -> str:
    """The prefix, if the kit may write under it. Raises KitError."""
    if not prefix.startswith(PREFIX) or prefix == PREFIX:
        said = f"the topic prefix is {prefix!r}" if prefix else "no topic prefix is given"
        message = f"{said}: the kit plays the hub, and does so only under a prefix that begins with {PREFIX!r} and goes on"
        raise KitError(f"{message}. Give --topic-prefix, or the settings that --print-settings DIRECTORY prints.")
    return prefix
