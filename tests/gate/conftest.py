"""What every test of gates may use."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask, and try again, more often than a gate at work does: tests should not wait for what they do not test."""
    monkeypatch.setattr("holdfast_gate.follower.MEASURE_EVERY_S", 0.03)
    monkeypatch.setattr("holdfast_gate.follower.RETRY_AFTER_S", 0.03)
