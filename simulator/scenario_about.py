"""What a system of record is asked, in a scenario: `<route>/<key>`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.identifiers import is_prisoner_number
from holdfast.sources import ROUTES_BY_NUMBER, TOPIC_OF_ROUTE
from simulator.scenario_yaml import nearest

if TYPE_CHECKING:
    from simulator.scenario_yaml import Node, Page


def about(page: Page, node: Node) -> str:
    """Read what an answer is about: a route that there is, and a key, which is a prison number where the route is asked by one."""
    text = page.text(node, "about")
    route, _, key = text.partition("/")
    if route not in TOPIC_OF_ROUTE:
        page.problem(node, f"about {text!r} is nothing that is asked", hint=nearest(route, TOPIC_OF_ROUTE))
    elif not key or (route in ROUTES_BY_NUMBER and not is_prisoner_number(key)):
        page.problem(node, f"about {text!r} has no key", hint=f"such as {route}/{'A1234BC' if route in ROUTES_BY_NUMBER else '6f1c0002'}")
    return text
