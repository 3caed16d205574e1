"""What an adaptor is: one upstream record in; claims and perhaps a heartbeat out, or why not.

Pure: the same record gives the same answer for ever. An adaptor never raises: what does not fit comes back as `Refused`, whose `reason` is a code:

- EMPTY, TOO_LARGE: nothing to read, or more than intake parses
- UNREADABLE: no dialect recognises it
- NOT_AVRO, UNKNOWN_SCHEMA, INCOMPATIBLE_SCHEMA, TRUNCATED, TRAILING_BYTES: Avro that is not ours, or is broken
- INVALID_PAYLOAD: the dialect is known and the record does not fit it
- UNSUPPORTED_DIALECT: recognised by name, and not read
- WRONG_TOPIC: nobody on this topic may say this
- INVALID_HEARTBEAT: a heartbeat that vouches for nothing
- TWO_PEOPLE_REQUIRED: an act that may free somebody and is not signed by two
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from holdfast.claims import Claim
from holdfast_gate.model import RecordRef

#: The most that intake parses. Anything larger is refused, and scanned for identifiers only.
MAX_RECORD_BYTES = 4 * 1024 * 1024
#: Stands on the body of an answer while it is read: what was asked, as `<route>/<key>`. Some bodies do not say whom they are about.
ENRICHMENT_HEADER = "holdfast-enrichment-of"
#: As of when a system of record gave an answer, by its own clock (the Date of its reply). Whoever puts an answer on a topic sets it, and so does an
#: answer on its body; without it an answer is only as new as the newest thing that it says.
AS_OF_HEADER = "holdfast-as-of"


@dataclass(frozen=True, kw_only=True, slots=True)
class Upstream:
    """One upstream record as an adaptor sees it.

    `topic` is the one that it speaks on. `inside` is the record that it is the body of, where it is not one itself: what a system of record answered
    speaks for that system's authority, and stands on `enrichments`.
    """

    topic: str
    partition: int
    offset: int
    value: bytes
    headers: Mapping[str, bytes]
    appended_at: datetime
    sha256: str
    inside: RecordRef | None = None

    @property
    def about(self) -> str:
        """How doubts, dead letters and redrives name this record."""
        return f"{self.ref.topic}/{self.ref.partition}/{self.ref.offset}"

    @property
    def ref(self) -> RecordRef:
        """Where the record stands, as claims cite it."""
        return self.inside or RecordRef(topic=self.topic, partition=self.partition, offset=self.offset, sha256=self.sha256)

    def header(self, name: str) -> str | None:
        """A header as text, None when there is none; what is no UTF-8 in it is replaced."""
        value = self.headers.get(name)
        return None if value is None else value.decode("utf-8", errors="replace")


@dataclass(frozen=True, kw_only=True, slots=True)
class Heartbeat:
    """`source` vouches: everything that it decided before `as_of` precedes this record in this partition."""

    source: str
    as_of: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """What a record says. One that is known to say `nothing` about custody is named, so that it is counted and not merely gone."""

    claims: tuple[Claim, ...] = ()
    heartbeat: Heartbeat | None = None
    nothing: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """Why a record could not be read. `message` says what is wrong, where, and how to mend it."""

    reason: str
    message: str
    dialect: str | None = None


class MisfitError(ValueError):
    """A record of a known dialect does not fit it. `problem` says what is wrong, `mend` what to do."""

    def __init__(self, reason: str, problem: str, mend: str) -> None:
        super().__init__(f"{problem}; {mend}")
        self.reason = reason

    def refused(self, record: Upstream, dialect: str) -> Refused:
        """The refusal of `record`."""
        return Refused(reason=self.reason, message=f"{record.about}: {self}", dialect=dialect)


class Adaptor(Protocol):
    """One upstream dialect."""

    @property
    def name(self) -> str:
        """The dialect, as claims and dead letters name it."""
        ...

    def recognises(self, record: Upstream) -> bool:
        """Whether `record` looks like this dialect, well or badly written."""
        ...

    def read(self, record: Upstream) -> Read | Refused:
        """What `record` says."""
        ...
