"""For tests of programs that ask a gate: a feed in process on which one line says what the hub says, or what goes wrong.

    from holdfast_gate.testing import FakeFeed

    feed = FakeFeed()
    async with feed.gate(tmp_path) as gate:
        feed.order("A1234BC")
        await feed.delivered()
        assert (await gate.decide("A1234BC", Exit.RELEASE)).decision is Decision.ALLOW

With pytest: `from holdfast_gate.testing.fixtures import fake_feed`, and take `fake_feed` as an argument.
"""

from __future__ import annotations

from holdfast_gate.testing.feed import FakeFeed, ManualClock
from holdfast_gate.testing.hub import PlayedHub, Said, bars_of, ground, order
from holdfast_gate.testing.keys import KEY, RING
from holdfast_gate.testing.log import Appended, MemoryFeed, MemoryTopic

__all__ = ["KEY", "RING", "Appended", "FakeFeed", "ManualClock", "MemoryFeed", "MemoryTopic", "PlayedHub", "Said", "bars_of", "ground", "order"]
