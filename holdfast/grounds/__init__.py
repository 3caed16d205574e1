"""The law, read aloud: which grounds of detention are in force for one prisoner, and which exits each bars.

Every rule below is one function from what has been told to holds. A hold names its authority, its subject, the record that says so and the rule.
Only the same authority, on the same subject, in a strictly newer version ends one; the joins in `subjects.py` and `court.py` see to that, so
nothing here looks at the order of arrival. An unknown code is a query for a person, never "no hold".
"""

from __future__ import annotations

from holdfast.claims import Resolution
from holdfast.grounds.courts import court_holds, court_queries
from holdfast.grounds.hub import answers, contradictions, doubts, placed_by_hand
from holdfast.grounds.immigration import deportable, immigration
from holdfast.grounds.picture import BARS, Hold, Picture
from holdfast.grounds.prison import alerts, recalls
from holdfast_gate.model import Ground

__all__ = ["BARS", "RULES", "Hold", "Picture", "deportable", "holds"]

RULES = (court_holds, recalls, alerts, immigration, placed_by_hand, court_queries, doubts, contradictions)


def holds(picture: Picture) -> tuple[Hold, ...]:
    """Every hold in force, in a fixed order: grounds first as listed in the contract, then queries."""
    found = [hold for rule in RULES for hold in rule(picture)]
    resolutions = [claim for claim in picture.claims if isinstance(claim.body, Resolution)]
    standing = [hold for hold in found if not any(answers(answer, hold) for answer in resolutions)]
    order = list(Ground)
    return tuple(sorted(standing, key=lambda h: (order.index(h.ground), h.query_kind or "", h.subject, h.query_id or "")))
