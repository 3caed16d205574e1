"""Every case of the kit, in the order of the report."""

from __future__ import annotations

from holdfast_gate.conformance.cases import api, checks, holds, notices, orders, seals, settlements, silence, table

CASES = (
    *table.CASES,
    *holds.CASES,
    *orders.CASES,
    *checks.CASES,
    *notices.CASES,
    *seals.CASES,
    *silence.CASES,
    *api.CASES,
    *settlements.CASES,
)
