"""What every test of commands may use."""

from __future__ import annotations

import pytest

from tests.cli.cluster import Cluster


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """A cluster that commands reach."""
    found = Cluster()
    for module in ("contacts", "explain", "open_questions", "policy", "replay", "resolve", "shadow"):
        monkeypatch.setattr(f"services.cli.{module}.connected", found.connected)
    return found
