"""What a replica knows of one prisoner, and how complete it is: everything that a decision depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from holdfast_gate.model import Notice, NoticeGround
    from holdfast_gate.partition import SealRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One prisoner. `feed_age_s` is the greatest possible age of the last accepted seal; None: nothing proves any."""

    prisoner_number: str
    sealed: Notice | None = None
    #: Every later notice, in the order of the log.
    later: tuple[Notice, ...] = ()
    #: One ground, barring every exit, for each record that cannot be read.
    unreadable: tuple[NoticeGround, ...] = ()
    bootstrapped: bool = False
    mismatch: bool = False
    seal: SealRecord | None = None
    #: T: by it orders are valid.
    time: datetime | None = None
    caught_up: Mapping[str, datetime] = field(default_factory=dict[str, "datetime"])
    feed_age_s: float | None = None
    #: What last went wrong with the feed, as a sentence.
    feed_trouble: str = ""

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Every notice that can be read, in the order of the log."""
        return self.later if self.sealed is None else (self.sealed, *self.later)
