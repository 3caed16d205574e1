"""YAML as scenarios use it: text stays text, every value has a line, and every mistake is reported at once.

Of YAML's guesses only `null`, `true`, `false` and decimal numbers are kept, since those are JSON's; `2025-10-24`, `NO`
and `007` are strings. Quoted is always a string.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from enum import Enum

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
Node = yaml.Node
MappingNode = yaml.MappingNode
Word = TypeVar("Word", bound="Enum")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # stands for an instant that could not be read
DEPTH_MAX = 64  # an alias may contain itself
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DURATION = re.compile(r"([1-9][0-9]*)(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_WORDS: dict[str, Plain] = {"": None, "~": None, "null": None, "true": True, "false": False}
_STRING_TAG = "tag:yaml.org,2002:str"


@dataclass(frozen=True, slots=True)
class Where:
    """A line of a scenario file."""

    file: str
    line: int

    def __str__(self) -> str:
        """Write it as compilers do, so that editors can jump to it."""
        return f"{self.file}:{self.line}"


class ScenarioError(Exception):
    """A scenario file is not one; `problems` holds everything that is wrong with it, as `file:line: what (hint: …)`."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Carry every problem; the text shows one a line."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Page:
    """One file being read. Its readers return something of the right type even for a bad value, and note the problem.

    Call `check` before anything that was read is used.
    """

    def __init__(self, file: str) -> None:
        """Begin without problems."""
        self.file = file
        self._problems: list[tuple[int, str]] = []

    def compose(self, text: str) -> Node:
        """Parse `text`. Raises ScenarioError when it is not YAML or is empty."""
        try:
            node: Node | None = yaml.compose(text, Loader=yaml.BaseLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, what = mark.line + 1 if mark else 1, error.problem or error.context
            raise ScenarioError([f"{self.file}:{line}: not YAML: {what}"]) from error
        except yaml.YAMLError as error:
            raise ScenarioError([f"{self.file}:1: not YAML: {error}"]) from error
        if node is None:
            raise ScenarioError([f"{self.file}:1: the file is empty"])
        return node

    def where(self, node: Node) -> Where:
        """Say where `node` begins."""
        return Where(self.file, _line(node))

    def problem(self, node: Node, what: str, *, hint: str = "") -> None:
        """Note what is wrong at `node`."""
        self._note(_line(node), f"{what} (hint: {hint})" if hint else what)

    def check(self) -> None:
        """Raise ScenarioError with all problems noted, in the order of the file."""
        if self._problems:
            raise ScenarioError(f"{self.file}:{line}: {what}" for line, what in sorted(self._problems))

    def _note(self, line: int, what: str) -> None:
        if (line, what) not in self._problems:
            self._problems.append((line, what))

    # --- values -------------------------------------------------------------------------------------------------------

    def plain(self, node: Node, depth: int = 0) -> Plain:
        """Read any value as JSON has it."""
        if depth > DEPTH_MAX:
            self.problem(node, f"nested deeper than {DEPTH_MAX} levels")
            return None
        match node:
            case yaml.MappingNode():
                return {key: self.plain(value, depth + 1) for key, (_, value) in self._pairs(node).items()}
            case yaml.SequenceNode():
                return [self.plain(item, depth + 1) for item in node.value]
            case _:
                return self._scalar(node)

    def text(self, node: Node, what: str) -> str:
        """Read a string; a number or a word is taken as it is written."""
        if not isinstance(node, yaml.ScalarNode) or self._scalar(node) is None:
            self.problem(node, f"{what} must be a string")
            return ""
        return str(node.value)

    def items(self, node: Node | None, what: str, *, one: bool = False) -> list[Node]:
        """Read a list; nothing is an empty one and, where `one` is allowed, a single value is a list of itself."""
        if node is None:
            return []
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        if not one:
            self.problem(node, f"{what} must be a list")
            return []
        return [node]

    def duration(self, node: Node, what: str) -> timedelta:
        """Read `30s`, `10m`, `2h` or `3d`."""
        text = self.text(node, what)
        found = _DURATION.fullmatch(text)
        try:
            return timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else self._not_a_duration(node, what, text)
        except OverflowError:
            return self._not_a_duration(node, what, text)

    def instant(self, node: Node, what: str) -> datetime:
        """Read an RFC 3339 instant, which names its offset from UTC."""
        text = self.text(node, what)
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            instant = datetime.min  # noqa: DTZ901 (zoneless, and so refused below)
        if instant.tzinfo is None:
            self.problem(node, f"{what} must be an instant with its offset", hint="2025-10-24T08:00:00Z")
            return EPOCH
        return instant.astimezone(UTC)

    def choice(self, node: Node, what: str, known: Iterable[str]) -> str:
        """Read one of `known`."""
        text, known = self.text(node, what), tuple(known)
        if text and text not in known:
            self.problem(node, f"{what} {text!r} is not known", hint=nearest(text, known))
        return text

    def word(self, node: Node, what: str, words: type[Word]) -> Word:
        """Read a member of an enumeration by its value."""
        known = {str(word.value): word for word in words}
        return known.get(self.choice(node, what, known), next(iter(words)))

    def fields(self, node: Node, what: str, *, required: Iterable[str] = (), optional: Iterable[str] = ()) -> Mapping[str, Node]:
        """Read a mapping with exactly these keys."""
        if not isinstance(node, yaml.MappingNode):
            self.problem(node, f"{what} must be a mapping")
            return {}
        pairs, required = self._pairs(node), tuple(required)
        known = (*required, *optional)
        for key, (key_node, _) in pairs.items():
            if key not in known:
                self.problem(key_node, f"{what} has no key {key!r}", hint=nearest(key, known))
        for key in required:
            if key not in pairs:
                self.problem(node, f"{what} needs {key!r}")
        return {key: value for key, (_, value) in pairs.items() if key in known}

    def entries(self, node: Node | None, what: str) -> Mapping[str, Node]:
        """Read a mapping whose keys are free; nothing is an empty one."""
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.problem(node, f"{what} must be a mapping")
            return {}
        return {key: value for key, (_, value) in self._pairs(node).items()}

    def _pairs(self, node: yaml.MappingNode) -> dict[str, tuple[Node, Node]]:
        pairs: dict[str, tuple[Node, Node]] = {}
        for key_node, value in node.value:
            key = self.text(key_node, "a key")
            if key == "<<":
                self.problem(key_node, "merge keys are not read here", hint="write the fields out, or alias a whole value")
            elif key in pairs:
                self.problem(key_node, f"{key!r} is given twice")
            pairs[key] = key_node, value
        return pairs

    def _scalar(self, node: Node) -> Plain:
        text = str(node.value)
        if node.tag != _STRING_TAG:
            self.problem(node, f"tags such as {node.tag!r} are not read here", hint="quote it to make it a string")
        if getattr(node, "style", None) is not None:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _DECIMAL.fullmatch(text) and math.isfinite(float(text)) else text

    def _not_a_duration(self, node: Node, what: str, text: str) -> timedelta:
        self.problem(node, f"{what} must be a duration, not {text!r}", hint="30s, 10m, 2h or 3d")
        return timedelta(0)


def nearest(text: str, known: Iterable[str]) -> str:
    """Say which of `known` may have been meant, or list them."""
    known = tuple(known)
    by_case = {word.casefold(): word for word in known}
    close = difflib.get_close_matches(text.casefold(), by_case, n=2)
    if close:
        return "did you mean " + " or ".join(by_case[word] for word in close) + "?"
    return "one of " + ", ".join(known) if known else ""


def _line(node: Node) -> int:
    return node.start_mark.line + 1 if node.start_mark else 1
