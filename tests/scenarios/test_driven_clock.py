"""The scenario's clock, and how real append times are put on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from simulator.driven_clock import DrivenClock, MappedClock

START = datetime(2025, 10, 24, 8, tzinfo=UTC)
WALL = datetime(2031, 1, 1, tzinfo=UTC)


class Real:
    """A real clock that moves when it is told to."""

    def __init__(self) -> None:
        self.s = 100.0

    def elapsed_s(self) -> float:
        """Monotonic."""
        return self.s

    def wall_s(self) -> float:
        """Wall time."""
        return WALL.timestamp() + self.s - 100.0


def seconds(count: float) -> timedelta:
    """So many."""
    return timedelta(seconds=count)


def test_runs_and_jumps() -> None:
    """It runs with real time and jumps with every advance, and what ages jumps with it."""
    real = Real()
    clock = DrivenClock(START, elapsed_s=real.elapsed_s)
    assert (clock.now(), clock.monotonic_s()) == (START, 0.0)
    real.s += 1.5
    clock.advance(timedelta(days=3))
    assert clock.now() == START + timedelta(days=3, seconds=1.5)
    assert clock.monotonic_s() == 3 * 86_400 + 1.5
    assert clock.of_broker(START) == START


def test_advance_to_never_goes_back() -> None:
    """An instant that is past already is no reason to turn the clock back."""
    real = Real()
    clock = DrivenClock(START, elapsed_s=real.elapsed_s)
    clock.advance_to(START + seconds(60))
    clock.advance_to(START + seconds(10))
    assert clock.now() == START + seconds(60)


def test_stamps_differ() -> None:
    """Two stamps are never the same, and each is a whole millisecond."""
    real = Real()
    clock = DrivenClock(START, elapsed_s=real.elapsed_s)
    stamps = [clock.stamp() for _ in range(3)]
    assert stamps == [START + timedelta(milliseconds=n) for n in (1, 2, 3)]
    real.s += 0.0105
    assert clock.stamp() == START + timedelta(milliseconds=10)


def test_append_times_are_mapped_piecewise() -> None:
    """A real append time is put where scenario time was then: before an advance before it, after it after it."""
    real = Real()
    clock = MappedClock(START, elapsed_s=real.elapsed_s, wall_s=real.wall_s)
    real.s += 5
    clock.advance(timedelta(hours=1))
    real.s += 5
    clock.advance(timedelta(days=1))
    real.s += 5
    assert clock.of_broker(WALL + seconds(4)) == START + seconds(4)
    assert clock.of_broker(WALL + seconds(6)) == START + seconds(6) + timedelta(hours=1)
    assert clock.of_broker(WALL + seconds(12)) == START + seconds(12) + timedelta(hours=25)
    assert clock.of_broker(WALL + seconds(15)) == clock.now()


def test_rate() -> None:
    """At a lower rate the clock runs slower, and an advance is still what it says."""
    real = Real()
    clock = MappedClock(START, rate=0.25, elapsed_s=real.elapsed_s, wall_s=real.wall_s)
    real.s += 8
    clock.advance(timedelta(hours=1))
    real.s += 8
    assert clock.now() == START + timedelta(hours=1, seconds=4)
    assert clock.of_broker(WALL + seconds(4)) == START + seconds(1)
    assert clock.of_broker(WALL + seconds(16)) == clock.now()


def test_append_times_before_the_start() -> None:
    """A record from before the scenario is mapped too, by the first stretch."""
    real = Real()
    clock = MappedClock(START, elapsed_s=real.elapsed_s, wall_s=real.wall_s)
    clock.advance(timedelta(hours=1))
    assert clock.of_broker(WALL - seconds(3)) == START - seconds(3)
