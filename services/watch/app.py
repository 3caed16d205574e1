"""Watch: `prisoner-status` in, `incidents` out. What went wrong, said once.

An incident's id is derived from what it is about, so that a successor who says it again says the same, and a reader can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from holdfast.incidents import departures_barred, silences
from holdfast.records import Incident, PartitionStatus, PrisonerStatus
from holdfast_gate.model import Notice
from schemas.wire import decode, decode_as, encode
from services.runtime.headers import event
from services.runtime.ports import Broker, Outgoing, Record, TopicPartition
from services.runtime.restore import read_to_end
from services.runtime.stage import Service, Stage, Tick

STATUS, INCIDENTS = "prisoner-status", "incidents"


class WatchStage:
    """Looks at every status as it changes. `silent_after` is how long a source may be unheard of."""

    def __init__(self, silent_after: timedelta) -> None:
        self._silent_after = silent_after
        self._reported: set[str] = set()

    async def restore(self, broker: Broker) -> Sequence[Outgoing]:
        """Which incidents have been reported already."""
        async for record in read_to_end(broker, [TopicPartition(INCIDENTS, 0)]):
            if record.key is not None:
                self._reported.add(record.key.decode())
        return []

    def step(self, records: Sequence[Record], tick: Tick) -> Sequence[Outgoing]:
        """Incidents that these statuses show and that were not reported yet."""
        del tick  # time flows in the data
        return [output for record in records for output in self._report(self._seen(record), record)]

    def _seen(self, record: Record) -> Iterable[Incident]:
        if record.value is None:
            return ()
        match status := decode(record.value):
            case PrisonerStatus():
                return departures_barred(status, decode_as(Notice, status.notice))
            case PartitionStatus(time=time) if time is not None:
                return silences(status.sources, time, self._silent_after)
            case _:
                return ()

    def _report(self, incidents: Iterable[Incident], cause: Record) -> Iterable[Outgoing]:
        for incident in incidents:
            if incident.incident_id not in self._reported:
                self._reported.add(incident.incident_id)
                key = incident.incident_id.encode()
                headers = event("Incident", source="watch", cause=cause, part=incident.incident_id)
                yield Outgoing(topic=INCIDENTS, partition=0, key=key, value=encode(incident), headers=headers)


def service(silent_after_s: float) -> Service:
    """The watch service."""

    def stage(_: TopicPartition) -> Stage:
        return WatchStage(timedelta(seconds=silent_after_s))

    return Service(name="watch", topics=(STATUS,), stage=stage)
