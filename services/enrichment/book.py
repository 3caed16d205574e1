"""The book: which doubts wait for an answer, and when each may next be asked about. Nothing here waits or sends."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from holdfast.claims import Person
from holdfast.records import EnrichmentRequest
from services.enrichment.routes import Route, Routes, split
from services.runtime.ports import Record


@dataclass(kw_only=True, slots=True)
class Pending:
    """One thing to ask. `cause` is the record that told of it; `asked` the newest sequence when the request under way was sent, None: none is."""

    request: EnrichmentRequest
    cause: Record
    route: Route | None
    failures: int = 0
    asked: int | None = None

    @property
    def key(self) -> str:
        """What goes into the URL."""
        return split(self.request.about)[1]


class Book:
    """Every pending doubt, by what it is about; those with a route also in the order in which they fall due, by host."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._pending: dict[str, Pending] = {}
        self._due: dict[str, list[tuple[float, str]]] = defaultdict(list)
        self._counts: Counter[tuple[str, bool]] = Counter({(route, True): 0 for route in routes})

    def __len__(self) -> int:
        return len(self._pending)

    def __iter__(self) -> Iterator[Pending]:
        return iter(self._pending.values())

    @property
    def counts(self) -> dict[tuple[str, bool], int]:
        """How many wait, by route and by whether the route is configured."""
        return dict(self._counts)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host that is asked."""
        return tuple(sorted({route.host for route in self._routes.values()}))

    def told(self, request: EnrichmentRequest, cause: Record, now_s: float) -> EnrichmentRequest | None:
        """An open doubt was told; what to remember of it, None if nothing is new. Since when it waits and how often it failed stay."""
        known = self._pending.get(request.about)
        if known is None:
            name, _ = split(request.about)
            pending = Pending(request=request, cause=cause, route=self._routes.get(name))
            self._pending[request.about] = pending
            self._counts[name, pending.route is not None] += 1
            self._wait(pending, now_s)
            return request
        if request.sequence <= known.request.sequence:
            return None
        person = request.person if request.person != Person() else known.request.person
        known.request = replace(known.request, sequence=request.sequence, person=person)
        return known.request

    def answered(self, about: str, sequence: int) -> bool:
        """Everything about `about` up to `sequence` is answered; whether nothing is left of it."""
        known = self._pending.get(about)
        if known is None or known.request.sequence > sequence:
            return False
        del self._pending[about]
        self._counts[split(about)[0], known.route is not None] -= 1
        return True

    def take(self, host: str, now_s: float) -> Pending | None:
        """The next to ask `host` about, as being asked; None if none is due."""
        queue = self._due[host]
        while queue and queue[0][0] <= now_s:
            _, about = heapq.heappop(queue)
            pending = self._pending.get(about)
            if pending is not None and pending.asked is None:
                pending.asked = pending.request.sequence
                return pending
        return None

    def put_back(self, pending: Pending, due_s: float) -> None:
        """What was taken is to be asked again at `due_s`; `take` passes over what has been answered meanwhile."""
        pending.asked = None
        self._wait(pending, due_s)

    def _wait(self, pending: Pending, due_s: float) -> None:
        if pending.route is not None:
            heapq.heappush(self._due[pending.route.host], (due_s, pending.request.about))
