"""What the chart says in its own files, held against the code: no tools are needed for it."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from schemas.topics import topics
from services.runtime.config import EnrichmentSettings, ServiceSettings
from tests.chart import built
from tests.chart.conftest import CHART
from tests.chart.kubernetes_schemas import DIRECTORY, KINDS, RELEASES, SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPOSITORY = CHART.parents[1]
SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
VALUES = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
ABOUT = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))


def test_the_chart_is_of_the_version_that_it_installs() -> None:
    """`appVersion` is the hub's version, and the user is the image's."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert ABOUT["appVersion"] == project["version"]
    assert "--uid 10001 " in (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
    assert "runAsUser: 10001" in (CHART / "templates" / "_pod.tpl").read_text(encoding="utf-8")


def test_no_more_replicas_than_there_is_work_for() -> None:
    """The most that may be asked for is an owner of every input partition and one standby; of what has one owner, two."""
    partitions = {service: sum(spec.partitions for spec in topics() if service in spec.read_by) for service in ("intake",)}
    by_name = {spec.name: spec.partitions for spec in topics()}
    allowed = {name: each["properties"]["replicas"]["maximum"] for name, each in SCHEMA["properties"]["services"]["properties"].items()}
    assert allowed == {
        "intake": partitions["intake"] + 1,
        "identity": by_name["claims"] + 1,
        "status": by_name["facts"] + 1,
        "watch": 2,
        "enrichment": by_name["claims"] + 1,
    }


def test_defaults_are_the_services_own() -> None:
    """Who sets nothing gets what `docs/configuration.md` says."""
    service, enrichment = ServiceSettings.model_fields, EnrichmentSettings.model_fields
    assert VALUES["settings"] == {
        "logLevel": service["log_level"].default,
        "logFormat": service["log_format"].default,
        "drainTimeoutSeconds": service["drain_timeout_s"].default,
        "stuckAfterSeconds": service["stuck_after_s"].default,
        "silentAfterSeconds": service["silent_after_s"].default,
        "endOffsetSources": list(service["end_offset_sources"].default),
    }
    assert {name: VALUES["enrichment"][name] for name in VALUES["enrichment"] if name not in ("routes", "tokens")} == {
        "inFlight": enrichment["in_flight"].default,
        "pendingMax": enrichment["pending_max"].default,
        "pauseLongestSeconds": enrichment["pause_longest_s"].default,
        "breakerFailures": enrichment["breaker_failures"].default,
        "breakerCoolSeconds": enrichment["breaker_cool_s"].default,
    }


def test_every_value_is_described_and_every_description_has_a_value() -> None:
    """`values.yaml` and its schema name the same, all the way down; objects that Kubernetes defines excepted."""
    for where, schema, values in _pairs(SCHEMA, VALUES, "values"):
        assert schema["additionalProperties"] is False, where
        assert set(schema["properties"]) - {"global"} == set(values), where


def _pairs(schema: dict[str, Any], values: dict[str, Any], where: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    if "properties" in schema:
        yield where, schema, values
        for name, each in schema["properties"].items():
            if name in values:
                yield from _pairs(each, values[name], f"{where}.{name}")


@pytest.mark.parametrize("release", RELEASES)
def test_the_schemas_say_which_kubernetes_they_are_of(release: str) -> None:
    """Each file names its release; every kind has one, and what a definition does not name it refuses."""
    directory = DIRECTORY / f"v{release}-standalone-strict"
    assert {file.name for file in directory.iterdir()} == {SHARED, *(f"{kind}.json" for kind in KINDS)}
    for file in directory.iterdir():
        assert json.loads(file.read_text(encoding="utf-8"))["$comment"] == f"Kubernetes {release}"
    definitions = json.loads((directory / SHARED).read_text(encoding="utf-8"))["$defs"]
    assert all(each["additionalProperties"] is False for each in definitions.values() if "properties" in each)


def test_the_oldest_schemas_are_of_the_oldest_kubernetes_that_the_chart_admits() -> None:
    """`kubeVersion` promises no more than was held against schemas."""
    assert ABOUT["kubeVersion"] == f">={RELEASES[0]}-0"


def test_without_go_the_machine_is_told_and_nothing_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the PATH has no Go there is none; the fixture then skips, with the reason."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert built.go() is None


def test_a_build_that_fails_says_what_go_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """A tool that could not be made is an error with Go's words, and the next run tries again."""
    wrong = tmp_path / "go"
    wrong.write_text("#!/bin/sh\necho 'verifying module: checksum mismatch' >&2; exit 1\n", encoding="utf-8")
    wrong.chmod(0o755)
    said: list[str] = []
    for _ in range(2):
        with pytest.raises(built.BuildError, match="checksum mismatch"):
            built.ensure(str(wrong), said.append, cache=tmp_path / "cache")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["lock"]
    assert len(said) == 2
    assert all(version in said[0] for version in built.programs().values())


def test_what_was_built_is_not_built_again(tmp_path: Path) -> None:
    """The second run on a machine says nothing and starts no Go."""
    right = tmp_path / "go"
    right.write_text('#!/bin/sh\nwhile [ "$1" != -o ]; do shift; done; mkdir -p "$2"; touch "$2/helm" "$2/kubeconform"\n', encoding="utf-8")
    right.chmod(0o755)
    said: list[str] = []
    first = built.ensure(str(right), said.append, cache=tmp_path / "cache")
    right.unlink()
    assert built.ensure(str(right), said.append, cache=tmp_path / "cache") == first
    assert first.helm.exists()
    assert len(said) == 1
