"""The names of the hub's own questions, and which of them people's answers answer."""

from __future__ import annotations

import hashlib

from holdfast.claims import Claim, Resolution
from holdfast.subjects import micros
from holdfast_gate.model import QueryKind


def query_id(kind: QueryKind, subject: str, detail: str, claim: Claim) -> str:
    """The id of a question: of the record that raises it and of what in it is doubted, so that an answer to one answers no other."""
    named = "\n".join((kind.value, subject, detail, claim.source.sha256, str(claim.source)))
    return hashlib.sha256(named.encode()).hexdigest()[:12]


def answers(answer: Claim, *, kind: QueryKind, query_id: str, asked_by: Claim) -> bool:
    """Does a people's act answer this question? One that names a kind answers what was known when it was received, nothing later."""
    resolution = answer.body
    if not isinstance(resolution, Resolution):
        return False
    if resolution.query_id is not None:
        return resolution.query_id == query_id
    return resolution.query_kind == kind.value and micros(asked_by.received_at) <= micros(answer.received_at)
