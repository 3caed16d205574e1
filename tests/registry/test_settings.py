"""What of the environment names a registry, for the hub and for a gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from holdfast_gate.config import GateConfig
from holdfast_gate.errors import ConfigError as GatesConfigError
from services.runtime.config import ConfigError, RegistrySettings, load

URL = "HOLDFAST_SCHEMA_REGISTRY_URL"
RING = {"HOLDFAST_GATE_KEY_RING": "ring.json"}
WRONG = [
    ({URL: "ftp://registry.example"}, "http"),
    ({URL: "https://ann:secret@registry.example"}, "no user"),
    ({URL: "http://registry.example", "HOLDFAST_SCHEMA_REGISTRY_TOKEN": "s3cret"}, "must be https"),
    ({URL: "https://registry.example", "HOLDFAST_SCHEMA_REGISTRY_USERNAME": "ann"}, "goes with a PASSWORD"),
    ({URL: "https://registry.example", "HOLDFAST_SCHEMA_REGISTRY_TOKEN": "s3cret", "HOLDFAST_SCHEMA_REGISTRY_TOKEN_FILE": "/x"}, "set one of"),
]


@pytest.mark.parametrize(("environment", "told"), WRONG)
def test_what_makes_no_sense_is_refused_and_no_secret_shown(environment: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the hub and by the gate, in the same words."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=told) as hubs:
        load(RegistrySettings)
    with pytest.raises(GatesConfigError, match=told) as gates:
        GateConfig.from_environment({**RING, **environment})
    assert not any("s3cret" in str(each.value) for each in (hubs, gates))


def test_the_wire_format_needs_a_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are no ids without one."""
    monkeypatch.setenv("HOLDFAST_WIRE_FORMAT", "confluent")
    with pytest.raises(ConfigError, match=URL):
        load(RegistrySettings)


def test_a_gate_takes_its_registry_from_the_environment(tmp_path: Path) -> None:
    """All of it, and shows no secret; a file of authorities that is none is noticed at start; without a URL there is none."""
    names = {URL: "https://r.example", "HOLDFAST_SCHEMA_REGISTRY_USERNAME": "ann", "HOLDFAST_SCHEMA_REGISTRY_PASSWORD": "s3cret"}
    registry = GateConfig.from_environment({**RING, **names}).schema_registry
    assert registry is not None
    assert (registry.url, registry.username, registry.password) == ("https://r.example", "ann", "s3cret")
    assert "s3cret" not in repr(registry)
    assert GateConfig.from_environment(RING).schema_registry is None
    wrong = tmp_path / "ca.pem"
    wrong.write_text("nonsense")
    with pytest.raises(GatesConfigError, match="CAFILE"):
        GateConfig.from_environment({**RING, **names, "HOLDFAST_SCHEMA_REGISTRY_CAFILE": str(wrong)})
