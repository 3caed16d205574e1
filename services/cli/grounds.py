"""`holdfast grounds`: the law that the hub applies, as a lawyer reads it. `docs/law.md` is what it prints with `--markdown`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from holdfast.grounds.table import TABLE, Law
from holdfast.orders import TABLE as ORDERS
from holdfast.orders import OrderLaw

_INTRODUCTION = """# The law that the hub applies

Made from the tables of the rules themselves: `holdfast grounds --markdown`. A ground in force gives VETO for every exit that it bars; only the
authority named can end it, on the same subject, in a strictly newer version. An exit that ends or suspends custody needs custody's own order besides,
and the facts which the order's reason presupposes.
"""


@click.command()
@click.option("--orders", is_flag=True, help="The reasons of release orders and what each presupposes, instead of the grounds.")
@click.option("--markdown", is_flag=True, help="Both, as the page docs/law.md.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def grounds(*, orders: bool, markdown: bool, as_json: bool) -> None:
    """Show every ground of detention: what opens it, what closes it, who may, what it bars, and where that is written."""
    if markdown:
        click.echo(page(), nl=False)
    elif as_json:
        click.echo(json.dumps([_order_as_json(row) for row in ORDERS] if orders else [_ground_as_json(row) for row in TABLE], indent=2))
    else:
        click.echo("\n\n".join(_order_lines(row) for row in ORDERS) if orders else "\n\n".join(_ground_lines(row) for row in TABLE))


def page() -> str:
    """Grounds and orders as one page of Markdown."""
    return "\n".join(_page_lines()) + "\n"


def _page_lines() -> Iterator[str]:
    yield _INTRODUCTION
    yield "## Grounds\n"
    for row in TABLE:
        yield f"### {row.name}: {_lower(row.title)}\n"
        yield from (f"- **{name}**: {text}" for name, text in _ground_parts(row))
        yield ""
    yield "## Orders\n"
    yield "A reason that is not here is a question for people: `REFER`, `ORDER_NOT_BORNE_OUT`. Every order is for one booking,"
    yield "in which he must be present.\n"
    yield "| reasons | exit | what it is | presupposes |"
    yield "|---|---|---|---|"
    for order in ORDERS:
        yield f"| {_reasons(order)} | {_exit(order)} | {order.title} | {'; '.join(fact.plain for fact in order.presupposes)} |"


def _ground_lines(row: Law) -> str:
    return "\n".join([click.style(f"{row.name}: {_lower(row.title)}", bold=True), *(f"  {name:<8} {text}" for name, text in _ground_parts(row))])


def _ground_parts(row: Law) -> Iterator[tuple[str, str]]:
    yield "opens", row.opens
    yield "closes", row.closes
    yield "by", row.authority.value if row.authority.value != "HUB" else "the hub's own doubt"
    yield "bars", ", ".join(sorted(exit_.value for exit_ in row.bars))
    yield "source", row.source
    yield "says", row.template
    yield "ask", row.ask.value


def _order_lines(row: OrderLaw) -> str:
    facts = "\n".join(f"  - {fact.plain}" for fact in row.presupposes)
    return f"{click.style(_reasons(row), bold=True)} ({_exit(row)}): {row.title}\n{facts}"


def _reasons(row: OrderLaw) -> str:
    return ", ".join(row.reasons)


def _exit(row: OrderLaw) -> str:
    return row.exit.value if row.exit else "the exit that the reason is for"


def _lower(title: str) -> str:
    return title[:1].lower() + title[1:]


def _ground_as_json(row: Law) -> dict[str, Any]:
    return {"name": row.name, "title": row.title, **dict(_ground_parts(row)), "bars": sorted(exit_.value for exit_ in row.bars)}


def _order_as_json(row: OrderLaw) -> dict[str, Any]:
    exit_ = row.exit.value if row.exit else None
    return {"reasons": list(row.reasons), "exit": exit_, "title": row.title, "presupposes": [fact.plain for fact in row.presupposes]}
