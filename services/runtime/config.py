"""The only place that reads the environment. Every error is listed at once, and the effective settings can be printed without secrets.

Names that are conventional elsewhere keep their names (KAFKA_BOOTSTRAP_SERVERS, LOG_LEVEL); ours begin with HOLDFAST_.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class ConfigError(Exception):
    """The environment does not make a configuration; the message lists every variable that is wrong, and why."""


class KafkaSettings(BaseSettings):
    """How to reach the cluster."""

    model_config = SettingsConfigDict(env_prefix="KAFKA_", frozen=True, extra="ignore", populate_by_name=True)

    bootstrap_servers: str = Field(default="127.0.0.1:9092", min_length=1, description="host:port, several with commas")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    topic_prefix: str = Field(default="", alias="HOLDFAST_TOPIC_PREFIX", pattern=r"^[A-Za-z0-9._-]*$", description="for a cluster shared with others")

    @model_validator(mode="after")
    def _sasl_is_complete(self) -> KafkaSettings:
        if self.security_protocol.startswith("SASL") and not (self.sasl_username and self.sasl_password):
            message = "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD are needed with KAFKA_SECURITY_PROTOCOL=SASL_…"
            raise ValueError(message)
        return self


class ServiceSettings(BaseSettings):
    """What every service takes."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_", frozen=True, extra="ignore", populate_by_name=True)

    http_host: str = Field(default="127.0.0.1", description="where /livez, /readyz and /metrics are served")
    http_port: int = Field(default=0, ge=0, le=65535, description="0 chooses a free port and logs it")
    drain_timeout_s: float = Field(default=8.0, gt=0, le=10, description="after SIGTERM, how long a batch may take to finish")
    stuck_after_s: float = Field(default=20.0, ge=5, description="a lane without progress for this long ends the process")
    silent_after_s: float = Field(default=10.0, ge=1, description="watch reports a source that was not heard for this long")
    end_offset_sources: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("resolutions",),
        description="sources without heartbeats: caught up means read to the end, which cannot tell silence from calm",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", alias="LOG_LEVEL")
    log_format: Literal["json", "console"] = Field(default="json", alias="LOG_FORMAT")

    @model_validator(mode="before")
    @classmethod
    def _commas(cls, values: dict[str, object]) -> dict[str, object]:
        key = "end_offset_sources"
        if isinstance(sources := values.get(key), str):
            values = {**values, key: tuple(name.strip() for name in sources.split(",") if name.strip())}
        return values


class WatchSettings(BaseSettings):
    """What watch takes besides. Every span is of T, the time of the marks."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_WATCH_", frozen=True, extra="ignore")

    gates: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="gates that have to be there, with commas; gate@PRISON decides for that prison alone; none: whoever has reported"
    )
    gate_expected_for_s: float = Field(
        default=86_400, ge=60, le=604_800, description="where none is named: for how long a gate that was heard is expected"
    )
    gate_silent_after_s: float = Field(default=30, ge=3, le=3600, description="an expected gate that was not heard for this long is reported")
    gate_behind_after_s: float = Field(default=10, ge=2, le=3600, description="how old a gate's newest seal may be")
    gate_mismatch_after_s: float = Field(default=10, ge=2, le=3600, description="for how long a gate's digest may differ")
    decision_before_s: float = Field(default=3600, ge=60, le=86_400, description="how long before a departure its decision may have been made")
    decision_after_s: float = Field(default=900, ge=0, le=86_400, description="how long after the time that custody wrote down for it")
    decision_grace_s: float = Field(
        default=300, ge=0, le=86_400, description="how long a decision's report may take, from the record of the departure on"
    )
    override_window_s: float = Field(default=86_400, ge=600, le=604_800, description="over how long settled decisions are counted")
    override_share_max: float = Field(default=0.2, ge=0, le=1, description="the share of a gate's decisions that may be settled")
    override_decisions_min: int = Field(default=10, ge=1, description="fewer decisions in the window are no share of anything")
    detained_after_s: float = Field(default=86_400, ge=60, description="how long somebody may be held with no live authority")
    lookback_s: float = Field(default=14_400, ge=600, le=604_800, description="how far back gates' reports are read at a start")

    @model_validator(mode="before")
    @classmethod
    def _commas(cls, values: dict[str, object]) -> dict[str, object]:
        if isinstance(gates := values.get("gates"), str):
            values = {**values, "gates": tuple(name.strip() for name in gates.split(",") if name.strip())}
        return values

    @model_validator(mode="after")
    def _names(self) -> WatchSettings:
        if wrong := [each for each in self.gates if not all(each.split("@", 1))]:
            message = f"HOLDFAST_WATCH_GATES: {', '.join(wrong)}: write the gate's name, or name@PRISON"
            raise ValueError(message)
        return self


class EnrichmentSettings(BaseSettings):
    """What the enrichment service takes besides. The routes are data, in a file: what may be asked, where, and in which dialect it answers."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_ENRICHMENT_", frozen=True, extra="ignore")

    routes: Path | None = Field(default=None, description="YAML file of routes; without it the service does not start")
    token: SecretStr | None = Field(default=None, description="bearer token that is sent to every route's host")
    token_file: Path | None = Field(default=None, description="file that holds it instead; read before every request, so that it may be renewed")
    in_flight: int = Field(default=4, ge=1, le=64, description="requests under way at a time, to each host")
    pending_max: int = Field(default=100_000, ge=1, le=1_000_000, description="doubts kept in memory; beyond it no more claims are read")
    pause_longest_s: float = Field(default=300.0, ge=1, le=3600, description="the longest pause between two attempts at one question")
    breaker_failures: int = Field(default=5, ge=1, description="failures in a row after which a host is left alone")
    breaker_cool_s: float = Field(default=30.0, ge=1, le=3600, description="for how long; then one request tries it")

    @model_validator(mode="after")
    def _one_token(self) -> EnrichmentSettings:
        if self.token is not None and self.token_file is not None:
            message = "set HOLDFAST_ENRICHMENT_TOKEN or HOLDFAST_ENRICHMENT_TOKEN_FILE, not both"
            raise ValueError(message)
        return self


class SealSettings(BaseSettings):
    """With what the status service signs its seals: a private key, as `holdfast keys new` writes it."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_SEAL_", frozen=True, extra="ignore", env_ignore_empty=True)

    key_file: Path | None = Field(default=None, description="file of the private key; it is read once, at the start")
    key: SecretStr | None = Field(default=None, description="the same text itself, where there are no files")

    @model_validator(mode="after")
    def _one_key(self) -> SealSettings:
        if self.key is not None and self.key_file is not None:
            message = "set HOLDFAST_SEAL_KEY or HOLDFAST_SEAL_KEY_FILE, not both"
            raise ValueError(message)
        return self


class RegistrySettings(BaseSettings):
    """The schema registry, where there is one: with it the Confluent wire format is read, and written where that is asked for."""

    model_config = SettingsConfigDict(
        env_prefix="HOLDFAST_SCHEMA_REGISTRY_", frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    url: str | None = Field(
        default=None, description="where the Confluent-compatible API begins, for example https://registry.example/apis/ccompat/v7"
    )
    username: str | None = None
    password: SecretStr | None = None
    password_file: Path | None = Field(default=None, description="file that holds the password instead; read before every request")
    token: SecretStr | None = Field(default=None, description="bearer token, in the place of a user")
    token_file: Path | None = Field(default=None, description="file that holds it instead; read before every request")
    cafile: Path | None = Field(
        default=None, description="PEM file of the authorities that the registry's certificate may come from; by default the system's"
    )
    timeout_s: float = Field(default=5.0, gt=0, le=60, description="for one request, its answer included")
    start_within_s: float = Field(default=30.0, gt=0, le=600, description="how long a start may wait for a registry that does not answer")
    wire_format: Literal["single-object", "confluent"] = Field(default="single-object", alias="HOLDFAST_WIRE_FORMAT")

    @model_validator(mode="after")
    def _makes_sense(self) -> RegistrySettings:
        secrets = {"PASSWORD": self.password, "PASSWORD_FILE": self.password_file, "TOKEN": self.token, "TOKEN_FILE": self.token_file}
        given = [name for name, value in secrets.items() if value is not None]
        wrong: list[str] = []
        if self.url is None and self.wire_format == "confluent":
            wrong.append("HOLDFAST_WIRE_FORMAT=confluent needs HOLDFAST_SCHEMA_REGISTRY_URL")
        if len(given) > 1:
            wrong.append("set one of " + ", ".join(f"HOLDFAST_SCHEMA_REGISTRY_{name}" for name in given))
        if (self.username is None) == any(name.startswith("PASSWORD") for name in given):
            wrong.append("HOLDFAST_SCHEMA_REGISTRY_USERNAME goes with a PASSWORD or a PASSWORD_FILE, and only with one")
        if self.url is not None:
            wrong += _wrong_url(self.url, secret=bool(given))
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


def _wrong_url(url: str, *, secret: bool) -> list[str]:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or parts.username or parts.password:
        return ["HOLDFAST_SCHEMA_REGISTRY_URL must be http(s)://host[:port][/path], with no user, query or fragment in it"]
    if secret and parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        return ["HOLDFAST_SCHEMA_REGISTRY_URL must be https where a password or a token is sent to it"]
    return []


class CommandSettings(BaseSettings):
    """What commands for people take besides."""

    model_config = SettingsConfigDict(env_prefix="HOLDFAST_", frozen=True, extra="ignore", env_ignore_empty=True)

    contacts: Path | None = Field(default=None, description="JSON file of whom to ring about a ground; without it people are told whom in words")


S = TypeVar("S", bound=BaseSettings)


def load(*kinds: type[S]) -> tuple[S, ...]:
    """Every kind of settings from the environment. Raises ConfigError that lists all that is wrong in all of them."""
    loaded: list[S] = []
    wrong: list[str] = []
    for kind in kinds:
        try:
            loaded.append(kind())
        except ValidationError as error:
            wrong += [f"  {_variable(kind, each['loc'])}: {each['msg']}{_got(each['loc'], each.get('input'))}" for each in error.errors()]
    if wrong:
        message = "the environment is not a configuration:\n" + "\n".join(wrong)
        raise ConfigError(message)
    return tuple(loaded)


def _got(loc: tuple[int | str, ...], given: Any) -> str:  # noqa: ANN401  whatever the environment holds
    return f" (got {given!r})" if loc else ""  # what is wrong between variables would show them all, secrets too


def _variable(kind: type[BaseSettings], loc: tuple[int | str, ...]) -> str:
    if not loc:
        return kind.__name__
    name = str(loc[0])
    if name.isupper():
        return name
    field = kind.model_fields.get(name)
    return field.alias if field is not None and field.alias else f"{kind.model_config.get('env_prefix', '')}{name}".upper()
