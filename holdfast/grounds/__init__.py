"""The law, read aloud: which grounds of detention are in force for one prisoner, and which exits each bars.

`table.py` is the law itself, a row for each ground. Every rule beside it is one function from what has been told to holds. A hold names its
authority, its subject, the record that says so and the rule. Only the same authority, on the same subject, in a strictly newer version ends one; the
joins in `subjects.py` and `court.py` see to that, so nothing here looks at the order of arrival. An unknown code is a query for a person, never
"no hold".
"""

from __future__ import annotations

from holdfast.claims import Claim, Resolution
from holdfast.grounds.courts import court_holds, court_queries
from holdfast.grounds.hub import contradictions, doubts, placed_by_hand
from holdfast.grounds.immigration import immigration
from holdfast.grounds.picture import Hold, Picture
from holdfast.grounds.prison import alerts, imprisonment_status, recalls, reception
from holdfast.grounds.table import BARS
from holdfast.queries import answers
from holdfast_gate.model import Ground

__all__ = ["BARS", "RULES", "Hold", "Picture", "holds"]

RULES = (court_holds, recalls, reception, alerts, imprisonment_status, immigration, placed_by_hand, court_queries, doubts, contradictions)


def holds(picture: Picture) -> tuple[Hold, ...]:
    """Every hold in force, in a fixed order: grounds first as listed in the contract, then queries."""
    found = [hold for rule in RULES for hold in rule(picture)]
    resolutions = [claim for claim in picture.claims if isinstance(claim.body, Resolution)]
    standing = [hold for hold in found if not any(_answers(each, hold) for each in resolutions)]
    order = list(Ground)
    return tuple(sorted(standing, key=lambda h: (order.index(h.ground), str(h.query_kind), h.subject, str(h.query_id))))


def _answers(resolution: Claim, hold: Hold) -> bool:
    if hold.query_kind is None or hold.query_id is None:
        return False
    told = (hold.claim, *hold.beside)  # nobody can have answered a question before the last word that raises it
    return all(answers(resolution, kind=hold.query_kind, query_id=hold.query_id, asked_by=each) for each in told)
