"""One prisoner's notice and facts for people: why they are held and whom to ring, what custody has ordered, what the policy asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill

from rich.console import Console
from rich.table import Table
from rich.text import Text

from holdfast.grounds.table import law
from holdfast.records import PrisonerStatus, StatusEntry
from holdfast_gate.contacts import Contacts
from holdfast_gate.model import Exit, Ground, Notice, NoticeCheck, NoticeGround, NoticeOrder, QueryKind
from holdfast_gate.wording import exit_words, order_day

#: Columns of running text on a terminal: longer lines are hard to read.
MEASURE = 100
#: Columns from which on the facts are a table.
WIDE = 120
_EXITS = {each.value: exit_words(each) for each in Exit}
_HOUR_S = 3_600


def show(console: Console, status: PrisonerStatus, notice: Notice, contacts: Contacts) -> None:
    """Print everything, as wide as the console is."""
    measure = min(console.width, MEASURE) if console.is_terminal else console.width
    _print(console, _parts(status, notice, contacts), measure)
    if console.width >= WIDE:
        console.print(_table(status.entries))
    else:
        _print(console, _listed(status.entries), measure)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    """One paragraph, so far from the margin."""

    words: str
    indent: int = 4
    style: str = ""


def _print(console: Console, lines: Iterable[_Line], measure: int) -> None:
    """Fold each line at `measure`. Not rich's own padding, which would fill every line with blanks."""
    for line in lines:
        margin = " " * line.indent
        text = fill(line.words, measure, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False)
        console.print(Text(text, style=line.style), soft_wrap=True)


def _parts(status: PrisonerStatus, notice: Notice, contacts: Contacts) -> Iterator[_Line]:
    held = "held" if notice.grounds else "nothing in force"
    yield _Line(words=f"{status.prisoner_number}: {held}.", indent=0, style="bold")
    version = (
        f"Version {notice.facts_offset}/{notice.rules_version}, as of {notice.as_of:%Y-%m-%d %H:%M:%S} UTC, release policy {notice.policy_version}."
    )
    yield _Line(words=version, indent=0)
    if notice.grounds:
        yield from _heading("Grounds")
        yield from _grounds(notice.grounds, contacts)
    yield from _heading("Orders")
    yield from _orders(notice.orders)
    yield from _heading("Release checks")
    yield from _checks(notice)


def _heading(words: str) -> Iterator[_Line]:
    yield _Line(words="", indent=0)
    yield _Line(words=words, indent=0, style="bold underline")


# --- grounds ---------------------------------------------------------------------------------------------------------------------


def _grounds(grounds: Sequence[NoticeGround], contacts: Contacts) -> Iterator[_Line]:
    """Those of one name together, under what the name means."""
    grouped: dict[str, list[NoticeGround]] = {}
    for ground in grounds:
        grouped.setdefault(ground.name, []).append(ground)
    for name, of_name in grouped.items():
        title = _title(of_name[0])
        yield _Line(words=f"{title} ({name})" if title else name, indent=2, style="bold")
        for ground in of_name:
            yield _Line(words=ground.sentence)
            yield _Line(words=f"Ask: {contacts.ring(ground.ask)}", indent=6)
            yield _Line(words=f"Bars {', '.join(_EXITS.get(each, each) for each in ground.bars)}.", indent=6)
            query = f" Query id {ground.query_id}." if ground.query_id else ""
            yield _Line(words=f"Said by {ground.authority} about {ground.subject} in {ground.source}.{query}", indent=6)


def _title(ground: NoticeGround) -> str:
    """What the table calls it; a notice of a newer hub may have a ground that this one's table lacks."""
    try:
        return law(Ground(ground.ground), QueryKind(ground.query_kind) if ground.query_kind else None).title
    except (KeyError, ValueError):
        return ""


# --- orders ----------------------------------------------------------------------------------------------------------------------


def _orders(orders: Sequence[NoticeOrder]) -> Iterator[_Line]:
    if not orders:
        yield _Line(words="The prison has ordered nothing for today or later.", indent=2)
    for order in orders:
        ended = order.valid_from == order.valid_until
        exit_ = _EXITS.get(order.exit, order.exit)
        state = "no longer good" if ended else "missing:" if order.missing else "nothing is missing"
        yield _Line(words=f"{exit_[:1].upper()}{exit_[1:]} on {order_day(order)} ({order.reason_code}): {state}", indent=2, style="bold")
        for text in order.missing:
            yield _Line(words=text)
        yield _Line(words=f"Said in {order.source}.", indent=6)


# --- checks ----------------------------------------------------------------------------------------------------------------------


def _checks(notice: Notice) -> Iterator[_Line]:
    if not notice.checks:
        yield _Line(words=f"Release policy {notice.policy_version} asks for none here.", indent=2)
    for check in notice.checks:
        exits = ", ".join(_EXITS.get(each, each) for each in check.exits)
        yield _Line(words=f"For {exits} ({check.code})", indent=2, style="bold")
        yield _Line(words=check.sentence)
        yield _Line(words=_signatures(check), indent=6)


def _signatures(check: NoticeCheck) -> str:
    people = f"{check.people} different people: " if check.people > 1 else ""
    others = f" Not by anybody who signed {' or '.join(check.other_than)}." if check.other_than else ""
    return f"Signed by {people}{role_words(check)}, no older than {age_words(check.max_age_s)}.{others}"


def role_words(check: NoticeCheck) -> str:
    """Who may sign a check."""
    return " or ".join(role.replace("_", " ").lower() for role in check.roles)


def age_words(seconds: int) -> str:
    """How old a check may be, in days or hours."""
    hours = seconds // _HOUR_S
    return f"{hours // 24} days" if hours % 24 == 0 else f"{hours} hours"


# --- facts -----------------------------------------------------------------------------------------------------------------------


def _table(entries: Sequence[StatusEntry]) -> Table:
    table = Table("Subject", "What", "Recorded (UTC)", "Said by", "Record", title="\nFacts", title_justify="left")
    for column in table.columns:
        column.overflow = "fold"
    for entry in entries:
        table.add_row(*map(Text, _cells(entry)))
    return table


def _listed(entries: Sequence[StatusEntry]) -> Iterator[_Line]:
    """Lines of its own for each, where a table has no room: so that no record's name is cut."""
    yield from _heading("Facts")
    for entry in entries:
        subject, what, recorded, authority, record = _cells(entry)
        yield _Line(words=f"{recorded} UTC, {authority}: {what}", indent=2)
        yield _Line(words=subject)
        yield _Line(words=record)


def _cells(entry: StatusEntry) -> tuple[str, str, str, str, str]:
    claim = entry.claim
    return claim.subject, type(claim.body).__name__, f"{claim.recorded_at:%Y-%m-%d %H:%M:%S}", claim.authority.value, str(claim.source)
