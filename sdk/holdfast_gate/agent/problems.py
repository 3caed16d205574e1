"""What went wrong, as RFC 9457 has it. A problem never holds a decision: whoever gets one has none, and nobody leaves."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from holdfast_gate.agent.bodies import FieldFault

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A refusal: `detail` says what and how to mend it, `faults` which fields are wrong, `code` which of an endpoint's own refusals it is."""

    status: HTTPStatus
    detail: str
    faults: tuple[FieldFault, ...] = ()
    code: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def response(self) -> web.Response:
        """The problem as it goes out."""
        record: dict[str, object] = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
        }
        if self.code:
            record["code"] = self.code
        if self.faults:
            record["errors"] = [asdict(each) for each in self.faults]
        # Letters outside of ASCII are escaped, so that even a name that is no text can be quoted.
        return web.Response(status=self.status, body=json.dumps(record).encode(), content_type=MEDIA_TYPE, headers=dict(self.headers))


class ProblemError(Exception):
    """Ends a request with `problem`."""

    def __init__(self, problem: Problem) -> None:
        """Keep it."""
        self.problem = problem
        super().__init__(problem.detail)
