"""Ask, before anybody walks out of prison, whether a release is vetoed.

    from holdfast_gate import Exit, Gate, GateConfig
    from holdfast_gate.kafka import KafkaFeed          # needs holdfast-gate[kafka]

    async with Gate(config, KafkaFeed(settings)) as gate:
        answer = await gate.decide("A1234BC", Exit.RELEASE)

Only `answer.valid_for_s` above 0 lets anybody out, and only for so many seconds: an ALLOW, or a REFER that two officers have settled
(`gate.settle`). `REFER` and `VETO` say why they are not ALLOW. `decide` never raises; CheckDone raises CheckError, a ValueError, for a
signature without a name, a role or a time. What opening a gate, or settling, may raise:

GateTroubleError
├── ConfigError            a setting is missing or makes no sense
│   └── ContactsError      the directory of contacts cannot be read (raised by Contacts.read alone; a gate needs none)
├── StoreError             the gate's directory cannot be used as it is
│   ├── StoreLockedError   another process uses it
│   ├── ForeignStoreError  a file in it is somebody else's, or of another version
│   ├── DamagedStoreError  a file in it does not hold what was written
│   └── JournalError       an answer cannot be recorded
├── SettlementError        a REFER was not settled; its code says why
└── FeedError              the feed of vetoes cannot be read, or a report not be sent (raised by feeds; a gate tries again)
    └── OffsetLostError    the log no longer continues where the replica stands
"""

from __future__ import annotations

from holdfast_gate.answer import Answer, Refer, Trouble
from holdfast_gate.checks import CheckDone, CheckError
from holdfast_gate.clock import Clock, SystemClock
from holdfast_gate.config import GateConfig, KafkaSettings
from holdfast_gate.contacts import Contact, Contacts
from holdfast_gate.decide import Rules
from holdfast_gate.errors import (
    ConfigError,
    ContactsError,
    DamagedStoreError,
    FeedError,
    ForeignStoreError,
    GateTroubleError,
    JournalError,
    OffsetLostError,
    SettlementError,
    StoreError,
    StoreLockedError,
)
from holdfast_gate.feed import Feed, FeedRecord
from holdfast_gate.gate import Gate
from holdfast_gate.model import (
    Authority,
    Decision,
    Exit,
    Ground,
    Mode,
    NoticeGround,
    QueryKind,
    RecordRef,
    ReferCode,
)
from holdfast_gate.position import GatePosition, PartitionPosition
from holdfast_gate.settlement import Officer, Settlement

__all__ = [
    "Answer",
    "Authority",
    "CheckDone",
    "CheckError",
    "Clock",
    "ConfigError",
    "Contact",
    "Contacts",
    "ContactsError",
    "DamagedStoreError",
    "Decision",
    "Exit",
    "Feed",
    "FeedError",
    "FeedRecord",
    "ForeignStoreError",
    "Gate",
    "GateConfig",
    "GatePosition",
    "GateTroubleError",
    "Ground",
    "JournalError",
    "KafkaSettings",
    "Mode",
    "NoticeGround",
    "Officer",
    "OffsetLostError",
    "PartitionPosition",
    "QueryKind",
    "RecordRef",
    "Refer",
    "ReferCode",
    "Rules",
    "Settlement",
    "SettlementError",
    "StoreError",
    "StoreLockedError",
    "SystemClock",
    "Trouble",
]
