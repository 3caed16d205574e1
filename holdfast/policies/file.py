"""Release policies as they are kept: one YAML file. Reading is strict: what cannot be understood raises `PolicyFileError`.

Of YAML this uses maps, lists and text. Every value has its line, and nothing is guessed: `0`, `null` and `always` are read where they mean something.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from typing import TYPE_CHECKING, NoReturn

import yaml

from holdfast.london import day_starts
from holdfast_gate.model import EXITS_THAT_NEED_AN_ORDER, Exit, NoticeCheck, NoticeOrder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FILE = "release-policies.yaml"
#: Before anything happened: what `always` means.
ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
#: So that what a gate must compare stays small, and a notice short.
CHECKS_MAX, PEOPLE_MAX, AGE_MAX = 16, 3, timedelta(days=90)
_POLICY = ("version", "name", "effective_from", "source", "checks")
_CHECK = ("code", "sentence", "exits", "roles", "max_age")
_CHECK_MAY = ("people", "other_than")
_CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,3}")
_AGE = re.compile(r"([1-9][0-9]{0,2})([hd])")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class PolicyFileError(ValueError):
    """The release policies cannot be trusted. `str()` names file and line, what is wrong and how to mend it."""

    def __init__(self, file: str, line: int, problem: str, mend: str) -> None:
        super().__init__(f"{file}:{line}: {problem}; {mend}")
        self.file = file
        self.line = line


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """One release policy: what must have been signed before which exit. `effective_from` None: written, and in force only where it is adopted."""

    version: int
    name: str
    effective_from: datetime | None
    source: str
    checks: tuple[NoticeCheck, ...]

    def asks(self, orders: Iterable[NoticeOrder]) -> tuple[NoticeCheck, ...]:
        """The checks for somebody with these orders, for the exits that custody has ordered, for whatever day, or that need no order.

        What custody has not ordered is refused for want of the order, whatever was signed. Left out it keeps a notice a tenth as long: few of all
        who are held have an order, and every gate keeps every notice.
        """
        exits = {order.exit for order in orders} | {each.value for each in Exit if each not in EXITS_THAT_NEED_AN_ORDER}
        narrowed = (replace(check, exits=tuple(each for each in check.exits if each in exits)) for check in self.checks)
        return tuple(check for check in narrowed if check.exits)


def shipped() -> tuple[Policy, ...]:
    """The policies that come with this package, from a checkout or from a wheel. Raises `PolicyFileError`."""
    return read(FILE, resources.files("holdfast.policies").joinpath(FILE).read_text("utf-8"))


def read(file: str, text: str) -> tuple[Policy, ...]:
    """The policies in `text`, by version: 0, 1, 2 and so on. Raises `PolicyFileError`."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise PolicyFileError(file, mark.line + 1 if mark else 1, "is not YAML", "mend the line") from error
    top = _Value(file, node).fields(("policies",))
    policies = tuple(_policy(each, version) for version, each in enumerate(top["policies"].items()))
    if not policies or policies[0].effective_from != ALWAYS or policies[0].checks:
        top["policies"].refuse("there is no policy 0", "begin with version 0, in force always, without checks")
    return policies


@dataclass(frozen=True, slots=True)
class _Value:
    """One value of the file, with what is needed to complain about it."""

    file: str
    node: yaml.Node | None

    def refuse(self, problem: str, mend: str) -> NoReturn:
        line = self.node.start_mark.line + 1 if self.node is not None and self.node.start_mark else 1
        raise PolicyFileError(self.file, line, problem, mend)

    def fields(self, required: Sequence[str], optional: Sequence[str] = ()) -> Mapping[str, _Value]:
        if not isinstance(self.node, yaml.MappingNode):
            self.refuse("is no map", f"write {', '.join(required)}")
        found: dict[str, _Value] = {}
        for key, value in self.node.value:
            name = _Value(self.file, key)
            word = name.text()
            if word in found:
                name.refuse(f"{word} is said twice", "leave one")
            if word not in (*required, *optional):
                name.refuse(f"{word} is not known", f"write {', '.join((*required, *optional))}")
            found[word] = _Value(self.file, value)
        for name in required:
            if name not in found:
                self.refuse(f"{name} is missing", f"write {', '.join(required)}")
        return found

    def items(self) -> Sequence[_Value]:
        if not isinstance(self.node, yaml.SequenceNode):
            self.refuse("is no list", "write one")
        return [_Value(self.file, each) for each in self.node.value]

    def text(self) -> str:
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip():
            self.refuse("says nothing", "write text")
        return " ".join(self.node.value.split())

    def match(self, pattern: re.Pattern[str], what: str, mend: str) -> re.Match[str]:
        found = pattern.fullmatch(text := self.text())
        if found is None:
            self.refuse(f"'{text}' is no {what}", mend)
        return found


def _policy(value: _Value, version: int) -> Policy:
    fields = value.fields(_POLICY)
    if fields["version"].match(_NUMBER, "version", "write a whole number")[0] != str(version):
        fields["version"].refuse(f"is not version {version}", "number them from 0, in order and without gaps")
    since = _effective_from(fields["effective_from"])
    if since == ALWAYS and version > 0:
        fields["effective_from"].refuse("always is for policy 0 alone", "write a date, or null until it is adopted")
    checks: list[NoticeCheck] = []
    for each in fields["checks"].items():
        checks.append(_check(each, [check.code for check in checks]))
    if len(checks) > CHECKS_MAX:
        fields["checks"].refuse(f"{len(checks)} checks", f"ask for {CHECKS_MAX} at most")
    return Policy(version=version, name=fields["name"].text(), effective_from=since, source=fields["source"].text(), checks=tuple(checks))


def _effective_from(value: _Value) -> datetime | None:
    text = value.text()
    if text in {"null", "always"}:
        return ALWAYS if text == "always" else None
    try:
        if _DAY.fullmatch(text):
            return day_starts(date.fromisoformat(text))
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = datetime.min  # noqa: DTZ901  stands for no instant: it has no offset
    if instant.tzinfo is None:
        value.refuse(f"'{text}' is no time", "write a London date, an instant with its offset, or null")
    return instant.astimezone(UTC)


def _check(value: _Value, above: Sequence[str]) -> NoticeCheck:
    fields = value.fields(_CHECK, _CHECK_MAY)
    code = fields["code"].match(_CODE, "code", "write capitals and underscores")[0]
    if code in above:
        fields["code"].refuse(f"{code} is asked for twice", "leave one")
    people = int(fields["people"].match(_NUMBER, "number of people", "write 1 or more")[0]) if "people" in fields else 1
    if not 1 <= people <= PEOPLE_MAX:
        fields["people"].refuse(f"{people} people", f"write 1 to {PEOPLE_MAX}")
    number, unit = fields["max_age"].match(_AGE, "age", "write hours or days: 12h, 3d").groups()
    max_age = timedelta(hours=int(number)) if unit == "h" else timedelta(days=int(number))
    if max_age > AGE_MAX:
        fields["max_age"].refuse("that is no check of this release", f"write {AGE_MAX.days}d at most")
    return NoticeCheck(
        code=code,
        sentence=fields["sentence"].text(),
        exits=_words(fields["exits"], [each.value for each in Exit]),
        roles=_words(fields["roles"]),
        max_age_s=int(max_age.total_seconds()),
        people=people,
        other_than=_words(fields["other_than"], above) if "other_than" in fields else (),
    )


def _words(value: _Value, known: Sequence[str] | None = None) -> tuple[str, ...]:
    """A list of different words: of these, or codes of their own."""
    words: list[str] = []
    for each in value.items():
        word = each.text() if known is not None else each.match(_CODE, "code", "write capitals and underscores")[0]
        if word in words:
            each.refuse(f"{word} is said twice", "leave one")
        if known is not None and word not in known:
            each.refuse(f"'{word}' is not known here", f"write one of {', '.join(known) or 'the checks above this one'}")
        words.append(word)
    if not words:
        value.refuse("is empty", "name one at least")
    return tuple(words)
