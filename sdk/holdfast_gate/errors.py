"""What can keep a gate from its work. None of these is an answer: whoever catches one must not let anybody out.

GateTroubleError
├── ConfigError            a setting is missing or makes no sense
│   └── ContactsError      the directory of contacts cannot be read; it decides nothing, so commands say so and go on
├── StoreError             the gate's directory cannot be used as it is
│   ├── StoreLockedError   another process uses it
│   ├── ForeignStoreError  a file in it is somebody else's, or of another version
│   ├── DamagedStoreError  a file in it does not hold what was written
│   └── JournalError       an answer cannot be recorded
├── SettlementError        a REFER was not settled; its code says why
└── FeedError              the feed of vetoes cannot be read, or a report not be sent
    └── OffsetLostError    the log no longer continues where the replica stands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class GateTroubleError(Exception):
    """Something kept a gate from its work; the message says what, and how to mend it."""


class ConfigError(GateTroubleError):
    """A setting is missing or makes no sense."""


class ContactsError(ConfigError):
    """The directory of contacts cannot be read; the message lists what is wrong in it. It decides nothing: whoever catches this can go on."""


class StoreError(GateTroubleError):
    """The gate's directory cannot be used as it is."""


class StoreLockedError(StoreError):
    """Another process uses the gate's directory."""


class ForeignStoreError(StoreError):
    """A file in the gate's directory is somebody else's, or of another version of this library."""


class DamagedStoreError(StoreError):
    """A file in the gate's directory does not hold what was written to it."""


class JournalError(StoreError):
    """An answer cannot be recorded, so it must not be ALLOW."""


class SettlementError(GateTroubleError):
    """A REFER was not settled, so nobody leaves on it. `code` is a `Refusal` (`settlement.py`); the message says what to do instead."""

    def __init__(self, code: str, message: str) -> None:
        """Say why, for machines and for people."""
        super().__init__(message)
        self.code = code


class FeedError(GateTroubleError):
    """The feed of vetoes cannot be read, or a report cannot be sent; it is tried again."""


class OffsetLostError(FeedError):
    """The log no longer continues where the replica stands: these partitions must be read again from their beginning."""

    def __init__(self, partitions: Iterable[int]) -> None:
        """Name the partitions."""
        self.partitions = frozenset(partitions)
        super().__init__(f"the log no longer continues where the replica stands, in partitions {sorted(self.partitions)}")
