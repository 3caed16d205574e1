"""The settings of a gate, and the only place that reads the environment. Everything that is wrong is listed at once.

Names that are conventional elsewhere keep their names (KAFKA_BOOTSTRAP_SERVERS); ours begin with HOLDFAST_.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from holdfast_gate.decide import Rules
from holdfast_gate.errors import ConfigError
from holdfast_gate.model import Mode
from holdfast_gate.schema_registry import SchemaRegistry
from holdfast_gate.signing import KeyRing

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_REGISTRY_NAMES = ("url", "username", "password", "password_file", "token", "token_file", "cafile")
_BROKER = "127.0.0.1:9092"
_PREFIX = re.compile(r"[A-Za-z0-9._-]*")
_ENVIRONMENT: Mapping[str, str] = os.environ  # noqa: TID251 - here alone
VETOES = "vetoes"
REPORTS = "gate-reports"
#: Where the agent listens when nothing else is said.
LISTEN = "127.0.0.1:8480"
TOKEN_CHARACTERS_MIN = 16
_ADDRESS = re.compile(r"(?:\[(?P<six>[^\]]+)\]|(?P<host>[^:]+)):(?P<port>[0-9]{1,5})")


def colour_is_wanted(environment: Mapping[str, str] = _ENVIRONMENT) -> bool:
    """Nobody has set NO_COLOR (https://no-color.org), to anything but nothing."""
    return not environment.get("NO_COLOR")


def gate_directory(given: str = "", environment: Mapping[str, str] = _ENVIRONMENT) -> Path:
    """Where a gate keeps its replica and its journal; what is given wins."""
    home = environment.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(given or environment.get("HOLDFAST_GATE_DIRECTORY") or Path(home) / "holdfast-gate")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """One gate. `directory` holds its replica and its journal and belongs to one process at a time.

    `topic` is the feed's with its prefix: a replica of another one is not used. `key_ring` holds the hub's
    public keys; a file of them is looked at again while the gate is open. `contacts` is the file of whom to ring, where there is one.
    A gate in `Mode.SHADOW` decides, journals and reports, and what it says binds nobody.
    """

    gate_id: str
    directory: Path
    key_ring: KeyRing | Path
    topic: str = VETOES
    rules: Rules = field(default_factory=Rules)
    contacts: Path | None = None
    mode: Mode = Mode.BINDING
    #: Where the feed comes in the Confluent wire format: whom to ask what wrote it.
    schema_registry: SchemaRegistry | None = None

    def __post_init__(self) -> None:
        """Raise ConfigError that lists everything that is wrong."""
        wrong: list[str] = []
        if not self.gate_id.strip():
            wrong.append("the gate has no name: reports could not be told apart (--gate-id or HOLDFAST_GATE_ID)")
        if not self.rules.sources:
            wrong.append("no source is expected: silence could not be noticed")
        if not 0 < self.rules.freshness_bound_s < float("inf"):
            wrong.append(f"a freshness bound of {self.rules.freshness_bound_s} s makes no sense")
        _refuse(wrong)

    def ring(self) -> KeyRing:
        """The key ring as it is now. Raises KeyFileError."""
        return self.key_ring if isinstance(self.key_ring, KeyRing) else KeyRing.read(self.key_ring)

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] = _ENVIRONMENT, *, gate_id: str = "", directory: str = "", contacts: str = "", key_ring: str = ""
    ) -> GateConfig:
        """The gate that the environment describes; what is given wins. Raises ConfigError."""
        mode = environment.get("HOLDFAST_GATE_MODE") or Mode.BINDING.value
        if mode not in {each.value for each in Mode}:
            _refuse([f"HOLDFAST_GATE_MODE is {mode!r}, not one of {', '.join(Mode)}"])
        book = contacts or environment.get("HOLDFAST_CONTACTS")
        ring = key_ring or environment.get("HOLDFAST_GATE_KEY_RING")
        if not ring:
            message = "the gate has no key ring, by which it would know the hub's seals: name the file (--key-ring or HOLDFAST_GATE_KEY_RING)"
            raise ConfigError(message)
        return cls(
            gate_id=gate_id or environment.get("HOLDFAST_GATE_ID") or socket.gethostname(),
            directory=gate_directory(directory, environment),
            key_ring=Path(ring),
            topic=environment.get("HOLDFAST_TOPIC_PREFIX", "") + VETOES,
            contacts=Path(book) if book else None,
            mode=Mode(mode),
            schema_registry=_schema_registry(environment),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """How to reach the cluster."""

    bootstrap_servers: str = _BROKER
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    ssl_password: str | None = field(default=None, repr=False)
    topic_prefix: str = ""

    def __post_init__(self) -> None:
        """Raise ConfigError that lists everything that is wrong."""
        wrong: list[str] = []
        if not self.bootstrap_servers.strip():
            wrong.append("KAFKA_BOOTSTRAP_SERVERS is empty: host:port, several with commas")
        if self.security_protocol not in _PROTOCOLS:
            wrong.append(f"KAFKA_SECURITY_PROTOCOL is {self.security_protocol!r}, not one of {', '.join(_PROTOCOLS)}")
        if self.security_protocol.startswith("SASL"):
            if self.sasl_mechanism not in _MECHANISMS:
                wrong.append(f"KAFKA_SASL_MECHANISM is {self.sasl_mechanism!r}, not one of {', '.join(_MECHANISMS)}")
            if not (self.sasl_username and self.sasl_password):
                wrong.append(f"{self.security_protocol} needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD")
        if not _PREFIX.fullmatch(self.topic_prefix):
            wrong.append(f"HOLDFAST_TOPIC_PREFIX is {self.topic_prefix!r}; letters, digits, '.', '_' and '-' are allowed")
        _refuse(wrong)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = _ENVIRONMENT, *, bootstrap_servers: str = "") -> KafkaSettings:
        """What the environment says; what is given wins. Raises ConfigError."""
        return cls(
            bootstrap_servers=bootstrap_servers or environment.get("KAFKA_BOOTSTRAP_SERVERS") or _BROKER,
            security_protocol=environment.get("KAFKA_SECURITY_PROTOCOL") or "PLAINTEXT",
            sasl_mechanism=environment.get("KAFKA_SASL_MECHANISM") or "SCRAM-SHA-512",
            sasl_username=environment.get("KAFKA_SASL_USERNAME") or None,
            sasl_password=environment.get("KAFKA_SASL_PASSWORD") or None,
            ssl_cafile=environment.get("KAFKA_SSL_CAFILE") or None,
            ssl_certfile=environment.get("KAFKA_SSL_CERTFILE") or None,
            ssl_keyfile=environment.get("KAFKA_SSL_KEYFILE") or None,
            ssl_password=environment.get("KAFKA_SSL_PASSWORD") or None,
            topic_prefix=environment.get("HOLDFAST_TOPIC_PREFIX", ""),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentConfig:
    """Where the agent serves its local API: over the unix socket `socket`, or else over TCP at `host` and `port` with `token`.

    Port 0 is any that is free. Nobody else on the machine may ask: the socket is its owner's alone, TCP is loopback alone and wants the token.
    """

    socket: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8480
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Raise ConfigError that lists everything that is wrong."""
        if self.socket is not None:
            return
        wrong: list[str] = []
        if not _is_loopback(self.host):
            wrong.append(f"{self.host!r} is not a loopback address: the agent serves this machine alone, for example --listen {LISTEN}")
        if not self.token:
            wrong.append("listening on TCP needs a token, or any user of this machine could ask: --token-file FILE or HOLDFAST_GATE_TOKEN")
        elif len(self.token) < TOKEN_CHARACTERS_MIN:
            wrong.append(f"the token has {len(self.token)} characters, and fewer than {TOKEN_CHARACTERS_MIN} can be guessed: make a longer one")
        elif not re.fullmatch(r"[!-~]+", self.token):
            wrong.append("the token must be letters, digits and signs of ASCII, without spaces: a header cannot carry others")
        _refuse(wrong)

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] = _ENVIRONMENT, *, socket: str = "", listen: str = "", token_file: str = ""
    ) -> AgentConfig:
        """What the command line says, and the token of the environment where no file is given. Raises ConfigError."""
        if socket:
            if listen or token_file:
                message = "--socket serves its owner alone and takes neither --listen nor --token-file: give one or the other"
                raise ConfigError(message)
            return cls(socket=Path(socket))
        found = _ADDRESS.fullmatch(listen or LISTEN)
        if found is None or int(found["port"]) > 65_535:  # noqa: PLR2004 - the last port there is
            message = f"--listen {listen!r} is no address and port, for example {LISTEN}"
            raise ConfigError(message)
        token = _token_in(Path(token_file)) if token_file else environment.get("HOLDFAST_GATE_TOKEN", "")
        return cls(host=found["six"] or found["host"], port=int(found["port"]), token=token)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name leads wherever somebody else says
        return False


def _token_in(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"the token cannot be read from {path} ({error}): the file holds one line of ASCII"
        raise ConfigError(message) from error


def _schema_registry(environment: Mapping[str, str]) -> SchemaRegistry | None:
    """The registry that the environment names, if it names one. Raises ConfigError."""
    given = {name: environment.get(f"HOLDFAST_SCHEMA_REGISTRY_{name.upper()}") or None for name in _REGISTRY_NAMES}
    url, secrets = given["url"], [name for name in ("password", "password_file", "token", "token_file") if given[name]]
    if url is None:
        return None
    parts, wrong = urlsplit(url), list[str]()
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or parts.username or parts.password:
        wrong.append("HOLDFAST_SCHEMA_REGISTRY_URL must be http(s)://host[:port][/path], with no user, query or fragment in it")
    if secrets and parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        wrong.append("HOLDFAST_SCHEMA_REGISTRY_URL must be https where a password or a token is sent to it")
    if len(secrets) > 1:
        wrong.append("set one of " + ", ".join(f"HOLDFAST_SCHEMA_REGISTRY_{name.upper()}" for name in secrets))
    if (given["username"] is None) == any(name.startswith("password") for name in secrets):
        wrong.append("HOLDFAST_SCHEMA_REGISTRY_USERNAME goes with a PASSWORD or a PASSWORD_FILE, and only with one")
    _refuse(wrong)
    password_file, token_file, cafile = (Path(value) if (value := given[name]) else None for name in ("password_file", "token_file", "cafile"))
    registry = SchemaRegistry(
        url=url,
        username=given["username"],
        password=given["password"],
        password_file=password_file,
        token=given["token"],
        token_file=token_file,
        cafile=cafile,
    )
    registry.tls()  # a wrong file of authorities is noticed at start
    return registry


def _refuse(wrong: list[str]) -> None:
    if wrong:
        raise ConfigError("; ".join(wrong))
