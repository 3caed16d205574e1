"""What every test of gates may use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gate.scene import Scene


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask, and try again, more often than a gate at work does: tests should not wait for what they do not test."""
    monkeypatch.setattr("holdfast_gate.follower.MEASURE_EVERY_S", 0.03)
    monkeypatch.setattr("holdfast_gate.follower.RETRY_AFTER_S", 0.03)
    monkeypatch.setattr("holdfast_gate.gate.DRAIN_TIMEOUT_S", 0.5)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A scene of its own for every test."""
    return Scene(tmp_path)
