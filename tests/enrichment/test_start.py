"""When the service runs: where it is told whom to ask, and nowhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli.run import ENRICHMENT, SERVICES, service
from services.runtime.config import ConfigError, ServiceSettings
from simulator import local

REPOSITORY = Path(__file__).parents[2]
GOOD = "prisoner: {url: 'https://prisoners.example/{key}', dialect: contract}\n"


@pytest.fixture
def routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that the environment names."""
    monkeypatch.setenv("HOLDFAST_ENRICHMENT_ROUTES", str(tmp_path / "routes.yaml"))
    (tmp_path / "routes.yaml").write_text(GOOD)
    return tmp_path / "routes.yaml"


def test_with_routes_it_reads_claims_in_a_group_of_its_own(routes: Path) -> None:
    """It takes nothing from identity, which reads the same topic."""
    made = service(ENRICHMENT, ServiceSettings())
    assert (made.name, made.topics, made.group) == ("enrichment", ("claims",), "holdfast.enrichment")
    assert routes.exists()


def test_without_routes_it_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service with nobody to ask would look as if somebody asked."""
    monkeypatch.delenv("HOLDFAST_ENRICHMENT_ROUTES", raising=False)
    with pytest.raises(ConfigError, match="HOLDFAST_ENRICHMENT_ROUTES is not set"):
        service(ENRICHMENT, ServiceSettings())


def test_a_mistake_in_the_routes_ends_the_process(routes: Path) -> None:
    """Status 1 and the line, before anything is asked."""
    routes.write_text(GOOD.replace("https", "http"))
    words = [sys.executable, "-m", "services", "run", "enrichment"]
    done = subprocess.run(words, env=dict(os.environ), cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "prisoner.url: must begin with https://" in done.stderr


def test_a_hub_on_this_machine_has_it_where_it_is_configured(routes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`make up` starts it with routes, and a hub without them is whole without it."""
    assert local._configured() == (ENRICHMENT,)  # pyright: ignore[reportPrivateUsage]
    monkeypatch.delenv("HOLDFAST_ENRICHMENT_ROUTES")
    assert local._configured() == ()  # pyright: ignore[reportPrivateUsage]
    assert ENRICHMENT not in SERVICES
    assert routes.exists()
