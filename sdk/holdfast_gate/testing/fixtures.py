"""A fixture for pytest, which the library itself does not need: `from holdfast_gate.testing.fixtures import fake_feed`."""

from __future__ import annotations

import pytest

from holdfast_gate.testing.feed import FakeFeed


@pytest.fixture
def fake_feed(monkeypatch: pytest.MonkeyPatch) -> FakeFeed:
    """A feed of its own for every test, whose gates ask how fresh they are more often than at work, so that no test waits for it."""
    monkeypatch.setattr("holdfast_gate.follower.MEASURE_EVERY_S", 0.01)
    return FakeFeed()
