"""What gates have told of themselves. A join: in which order reports are read, and how often, changes nothing.

What a gate writes on a report is by its own clock. When it was said is when the broker appended it, and of one report told twice, the first time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from holdfast.records import GatePosition
from holdfast.watch.limits import Limits

SHADOW = "SHADOW"
#: Reports in a row that must say the same bad thing: a clock that jumps, or a broker that was away, makes one or two look so.
IN_A_ROW = 3
#: Seals kept of each partition of each gate, to tell when it reached one.
SEALS_KEPT = 64
_ILL_KEPT = 16


class Streak:
    """The bad reports since the last good one. A copy of a report counts when its first was appended, so bad ones are remembered for a while."""

    def __init__(self) -> None:
        """No report yet."""
        self._last_well: datetime | None = None
        self._ill: dict[datetime, datetime] = {}

    def tell(self, *, well: bool, appended_at: datetime, reported_at: datetime) -> None:
        """One report; `reported_at` only tells copies of one report from two reports."""
        if well:
            self._last_well = appended_at if self._last_well is None else max(appended_at, self._last_well)
        else:
            self._ill[reported_at] = min(appended_at, self._ill.get(reported_at, appended_at))
        if len(self._ill) > _ILL_KEPT:
            over = [reported for reported, appended in self._ill.items() if not self._counts(appended)]
            in_order = sorted(self._ill, key=lambda reported: self._ill[reported])
            # Of those that count the first says since when, and the newest until when.
            del self._ill[min(over, key=lambda reported: self._ill[reported]) if over else in_order[1]]

    @property
    def since(self) -> datetime | None:
        """When the first of them was appended; None: there is none."""
        return min(filter(self._counts, self._ill.values()), default=None)

    @property
    def lasted(self) -> tuple[int, float]:
        """How many they are (more are not counted than are kept), and the seconds from the first to the last."""
        times = sorted(filter(self._counts, self._ill.values()))
        return len(times), (times[-1] - times[0]).total_seconds() if times else 0.0

    def _counts(self, appended_at: datetime) -> bool:
        return self._last_well is None or appended_at > self._last_well


@dataclass
class Stand:
    """Where one gate stands with one partition of `vetoes`."""

    newest: tuple[datetime, GatePosition] | None = None
    #: By the number of a seal, when it was first told that the replica matched it.
    reached: dict[int, datetime] = field(default_factory=dict[int, datetime])
    late: Streak = field(default_factory=Streak)
    unequal: Streak = field(default_factory=Streak)

    def tell(self, position: GatePosition, appended_at: datetime, limits: Limits) -> None:
        """One report."""
        if self.newest is None or (appended_at, position.reported_at) > (self.newest[0], self.newest[1].reported_at):
            self.newest = appended_at, position
        seal = position.seal_number
        if seal is not None:
            self.reached[seal] = min(appended_at, self.reached.get(seal, appended_at))
            for oldest in sorted(self.reached)[:-SEALS_KEPT]:
                del self.reached[oldest]
        on_time = position.sealed_at is not None and appended_at - position.sealed_at <= limits.gate_behind_after
        self.late.tell(well=on_time, appended_at=appended_at, reported_at=position.reported_at)
        if position.mismatch or on_time:  # a replica that is only being read again has matched nothing yet
            self.unequal.tell(well=not position.mismatch, appended_at=appended_at, reported_at=position.reported_at)

    def covered_at(self, facts_offset: int) -> datetime | None:
        """When the gate first told of a seal that covers this offset of `facts`; None: it has not yet."""
        return min((at for number, at in self.reached.items() if number > facts_offset), default=None)


@dataclass
class GateState:
    """What is known of one gate."""

    first_heard: datetime
    last_heard: datetime
    #: When it first and last told where it stands; None: it only decided, as somebody does who asks once from a terminal.
    told: tuple[datetime, datetime] | None = None
    #: A predecessor of ours has waited for it.
    follows: bool = False
    mode: tuple[datetime, str] | None = None
    stands: dict[int, Stand] = field(default_factory=dict[int, Stand])

    @property
    def binds(self) -> bool:
        """Whether its answers are acted on: unless it said last that they are only compared."""
        return self.mode is None or self.mode[1] != SHADOW


class GateBoard:
    """Every gate that was heard, or is expected."""

    def __init__(self, limits: Limits) -> None:
        """No gate was heard yet."""
        self._limits = limits
        self.gates: dict[str, GateState] = {}

    def heard(self, gate_id: str, appended_at: datetime, mode: str | None = None) -> GateState:
        """The gate has said something."""
        gate = self.gates.setdefault(gate_id, GateState(first_heard=appended_at, last_heard=appended_at))
        gate.first_heard = min(gate.first_heard, appended_at)
        gate.last_heard = max(gate.last_heard, appended_at)
        if mode is not None:
            gate.mode = max(gate.mode or (appended_at, mode), (appended_at, mode))
        return gate

    def tell(self, position: GatePosition, appended_at: datetime) -> None:
        """A gate has told where it stands with one partition."""
        gate = self.heard(position.gate_id, appended_at, position.mode)
        first, last = gate.told or (appended_at, appended_at)
        gate.told = min(first, appended_at), max(last, appended_at)
        gate.follows = gate.follows or gate.told[1] - gate.told[0] > self._limits.gate_silent_after
        gate.stands.setdefault(position.partition, Stand()).tell(position, appended_at, self._limits)

    def expected(self, at: datetime) -> Iterator[str]:
        """The gates that have to be there at `at`, by name.

        Unless they are listed, those that have followed the feed for a while and were heard not too long ago: who asks once is not waited for.
        """
        if self._limits.gates:
            yield from dict.fromkeys(gate.gate_id for gate in self._limits.gates)
        else:
            yield from (name for name, gate in self.gates.items() if gate.follows and not self.is_gone(name, at))

    def is_gone(self, gate_id: str, at: datetime) -> bool:
        """Whether the gate was not heard for so long that, unless it is listed, nobody expects it any more."""
        gate = self.gates.get(gate_id)
        listed = any(gate_id == each.gate_id for each in self._limits.gates)
        return not listed and (gate is None or at - gate.last_heard > self._limits.gate_expected_for)

    def binds_at(self, prison_id: str, at: datetime) -> bool:
        """Whether, at `at`, a gate whose answers are acted on is expected to decide for this prison; where that is not known, for any."""
        listed = {gate.gate_id: gate.prison_id for gate in self._limits.gates}
        for name in self.expected(at):
            gate = self.gates.get(name)
            if (gate is None or gate.binds) and (not prison_id or listed.get(name) in {None, prison_id}):
                return True
        return False
