"""Reading one prisoner's past: what gates recorded about him near an instant, and the log below every seal that they held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from holdfast.claims import Adoption, Fact, Mark
from holdfast.history import History, Moment, Verdict, compared, remade
from holdfast.policies import Policy
from holdfast.records import DecisionReport
from holdfast.status import under
from holdfast_gate.answer import Answer
from holdfast_gate.avro import UnreadableError
from holdfast_gate.checks import CheckError
from holdfast_gate.model import Exit
from holdfast_gate.partitioner import partition_of
from schemas.wire import decode
from services.cli.errors import TroubleError
from services.runtime.ports import Broker, Record, TopicPartition
from services.runtime.restore import READ_LIMIT, READ_TIMEOUT_S, read_to_end
from services.runtime.stage import StrangerError

FACTS, REPORTS = "facts", "gate-reports"
#: Told the offset up to which the partition has been read, and its end.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Remade:
    """A recorded decision, the same made again from the log (None where what the gate knew cannot be told), and what another policy makes of it."""

    report: DecisionReport
    answer: Answer | None
    verdict: Verdict
    under_policy: Answer | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """What stood in `facts[partition]` as of an instant: `moment`, with the mark that covers it (None: the log ends before), and what gates decided.

    `silent_since` is T before that mark: long before the instant, gates held no fresh seal then.
    """

    partition: int
    moment: Moment
    sealed: Mark | None
    silent_since: datetime | None
    decisions: tuple[Remade, ...]
    unreadable_reports: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What is asked: about whom, as of when, for which exits, under which policy besides that in force, and how near a gate's decision must be."""

    number: str
    at: datetime
    exits: tuple[Exit, ...]
    around: timedelta
    policy: Policy | None = None


def _unseen(_position: int, _end: int) -> None:
    """Nobody is shown how far reading has come."""


async def past(broker: Broker, question: Question, progress: Progress = _unseen) -> Past:
    """Read what is needed of `gate-reports` and of the prisoner's partition of `facts`.

    Raises TroubleError when no mark was ever passed on, UnknownPolicyError when a newer hub wrote the log.
    """
    reports, unreadable = await _reports(broker, question)
    source = TopicPartition(FACTS, partition_of(question.number.encode(), await broker.partition_count(FACTS)))
    reading = _Reading(question, reports)
    reader = await broker.open_reader([source])
    try:
        end = (await reader.end_offsets())[source]
        while not reading.done and (position := await reader.position(source)) < end:
            progress(position, end)
            for record in await reader.read(limit=READ_LIMIT, timeout_s=READ_TIMEOUT_S):
                reading.read(record)
    finally:
        await reader.close()
    return replace(reading.past(source.partition, end), unreadable_reports=unreadable)


async def _reports(broker: Broker, question: Question) -> tuple[Sequence[DecisionReport], int]:
    """Every decision about the prisoner and these exits near the instant, each once, in order; and how many records are none that we know.

    Any gate may write there, so what one wrote wrongly must not keep anybody from the others' records.
    """
    sources = [TopicPartition(REPORTS, n) for n in range(await broker.partition_count(REPORTS))]
    exits = {each.value for each in question.exits}
    found: dict[str, DecisionReport] = {}
    unreadable = 0
    async for record in read_to_end(broker, sources):
        try:
            told = decode(record.value or b"")
        except UnreadableError:
            unreadable += 1
            continue
        if isinstance(told, DecisionReport) and told.prisoner_number == question.number and told.exit in exits:
            near = abs(told.decided_at - question.at) <= question.around
            found |= {told.report_id: found.get(told.report_id, told)} if near else {}
    return sorted(found.values(), key=lambda report: (report.decided_at, report.report_id)), unreadable


class _Reading:
    """The history as it is read, with a moment kept for every seal that a report names, and one as of `at`."""

    def __init__(self, question: Question, reports: Sequence[DecisionReport]) -> None:
        self._key = question.number.encode()
        self._at = question.at
        self._policy = question.policy
        self._reports = reports
        self._history = History(question.number)
        #: The same without what was written after the instant, though before the mark that covers it: another one once there is any of that.
        self._then = self._history
        self._next = 0
        self._needed = max((max(report.seal_number or 0, (report.notice_facts_offset or 0) + 1) for report in reports), default=0)
        self._seals = sorted({report.seal_number for report in reports if report.seal_number is not None}, reverse=True)
        self._moments: dict[int, Moment] = {}
        self._as_of: Moment | None = None
        self._sealed: Mark | None = None
        self._silent_since: datetime | None = None

    @property
    def done(self) -> bool:
        """Whether everything that was asked for has been read."""
        return self._as_of is not None and self._next >= self._needed

    def read(self, record: Record) -> None:
        """Read one record of the partition. Raises StrangerError for what has no place there."""
        self._keep_moments(record.offset)
        self._next = record.offset + 1
        if record.key not in {None, self._key}:
            return  # somebody else's fact: not even decoded
        told = decode(record.value or b"")
        if not isinstance(told, Fact | Adoption | Mark):
            raise StrangerError(record, told)
        if self._as_of is None:
            self._look_back(told, record.offset)
        self._history.read(told, record.offset)

    def _look_back(self, told: Fact | Adoption | Mark, offset: int) -> None:
        """See what `told` is as of the instant: the mark that covers it, written after it, or known then."""
        if isinstance(told, Mark) and told.time >= self._at:
            self._as_of = self._then.as_of(self._at, offset, sealed=told)
            self._sealed, self._silent_since = told, self._then.time
        elif not isinstance(told, Mark) and told.claim.received_at > self._at:
            self._then = self._history.fork() if self._then is self._history else self._then
        elif self._then is not self._history:
            self._then.read(told, offset)

    def past(self, partition: int, end: int) -> Past:
        """What was asked for, the partition having been read as far as `end`. Raises TroubleError."""
        self._keep_moments(end)
        if self._as_of is None and self._then.time is None:
            message = f"facts[{partition}] holds no mark: nothing was ever sealed, so no gate can have allowed anything; see whether the hub runs"
            raise TroubleError(message)
        return Past(
            partition=partition,
            moment=self._as_of or self._then.as_of(self._at, self._next, sealed=None),
            sealed=self._sealed,
            silent_since=self._silent_since if self._as_of is not None else self._then.time,
            decisions=tuple(map(self._remade, self._reports)),
        )

    def _keep_moments(self, offset: int) -> None:
        """Everything below `offset` has been read."""
        while self._seals and self._seals[-1] <= offset:
            number = self._seals.pop()
            moment = self._history.moment(number)
            if moment is not None:
                self._moments[number] = moment

    def _remade(self, report: DecisionReport) -> Remade:
        policy = self._policy
        moment = self._moments.get(report.seal_number) if report.seal_number is not None else None
        if moment is None:
            return Remade(report=report, answer=None, verdict=Verdict.UNKNOWN)
        try:
            answer = remade(report, moment, self._history.notices)
            other = remade(report, moment.under(policy), [under(each, policy) for each in self._history.notices]) if policy else None
        except CheckError:  # no gate of ours records such a check
            return Remade(report=report, answer=None, verdict=Verdict.UNKNOWN)
        return Remade(report=report, answer=answer, verdict=compared(report, answer), under_policy=other)
