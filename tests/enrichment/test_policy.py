"""Pauses and breakers, by a clock and dice that the test holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.enrichment.policy import PAUSE_FIRST_S, Breaker, BreakerState, pause_s

FRESH = Breaker(failures_max=3, cool_s=30)


def opened(at_s: float = 100) -> Breaker:
    """A breaker that has just opened."""
    breaker = FRESH
    for _ in range(3):
        breaker = breaker.failed(at_s, probe=False)
    return breaker


@pytest.mark.parametrize(("failures", "ceiling_s"), [(1, 0.5), (2, 1), (3, 2), (4, 4), (11, 300), (10_000, 300)])
def test_pauses_grow_up_to_a_longest(failures: int, ceiling_s: float) -> None:
    """Each failure doubles what may be waited, and no number of them makes anybody wait for ever."""
    assert pause_s(failures, dice=1, longest_s=300) == ceiling_s


@given(failures=st.integers(1, 100_000), dice=st.floats(0, 1, exclude_max=True))
def test_jitter_is_full(failures: int, dice: float) -> None:
    """The dice choose from the whole stretch: those who failed together do not come back together."""
    ceiling_s = pause_s(failures, dice=1, longest_s=300)
    assert PAUSE_FIRST_S <= ceiling_s <= 300
    assert pause_s(failures, dice=dice, longest_s=300) == pytest.approx(ceiling_s * dice)


def test_it_opens_after_failures_in_a_row() -> None:
    """Two failures are bad luck and three are a host that is down; a success between them starts the count again."""
    breaker = FRESH.failed(1, probe=False).failed(2, probe=False)
    assert breaker.admits(2)
    assert breaker.succeeded(probe=False).failed(3, probe=False).admits(3)
    breaker = breaker.failed(3, probe=False)
    assert breaker.state(3) is BreakerState.OPEN
    assert not breaker.admits(3)


def test_after_cooling_one_request_tries_the_host() -> None:
    """Half-open admits one, and no second while the first is under way."""
    breaker = opened(100)
    assert not breaker.admits(129.9)
    assert breaker.state(130) is BreakerState.HALF_OPEN
    breaker, probe = breaker.sent(130)
    assert probe
    assert not breaker.admits(200)


def test_the_probe_decides() -> None:
    """A probe that goes well closes it with a clean count; one that fails opens it for as long again."""
    probing, _ = opened(100).sent(130)
    closed = probing.succeeded(probe=True)
    assert (closed.state(131), closed.failures) == (BreakerState.CLOSED, 0)
    again = probing.failed(131, probe=True)
    assert (again.state(160.9), again.state(161)) == (BreakerState.OPEN, BreakerState.HALF_OPEN)
    assert again.admits(161)


def test_late_news_moves_nothing() -> None:
    """What was sent before it opened comes back after: it neither closes the breaker nor keeps it open for longer."""
    breaker = opened(100)
    assert breaker.succeeded(probe=False) == breaker
    assert breaker.failed(120, probe=False) == breaker


class Breaking(RuleBasedStateMachine):
    """Any sequence of requests, answers and failures, in any order of arrival."""

    def __init__(self) -> None:
        """Begin closed."""
        super().__init__()
        self.now_s, self.breaker, self.under_way = 0.0, FRESH, list[bool]()

    @rule(by_s=st.floats(0, 40))
    def time_passes(self, by_s: float) -> None:
        """Time passes."""
        self.now_s += by_s

    @precondition(lambda self: self.breaker.admits(self.now_s))
    @rule()
    def sends(self) -> None:
        """A request goes out."""
        self.breaker, probe = self.breaker.sent(self.now_s)
        self.under_way.append(probe)

    @precondition(lambda self: self.under_way)
    @rule(at=st.integers(0, 100), well=st.booleans())
    def comes_back(self, at: int, well: bool) -> None:
        """Any of those under way ends."""
        probe = self.under_way.pop(at % len(self.under_way))
        self.breaker = self.breaker.succeeded(probe=probe) if well else self.breaker.failed(self.now_s, probe=probe)

    @invariant()
    def at_most_one_probe(self) -> None:
        """Never are two probes under way, and one that is says so."""
        assert sum(self.under_way) == self.breaker.probing

    @invariant()
    def never_stuck(self) -> None:
        """Whatever happened: with nothing under way and enough time, the host is asked again."""
        if not any(self.under_way):
            assert self.breaker.admits(self.now_s + 31)


TestBreaking = Breaking.TestCase
