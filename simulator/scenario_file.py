"""Reads scenario files. One that breaks the format raises ScenarioError, which names every mistake by its line."""

from __future__ import annotations

import base64
import binascii
import copy
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from holdfast_gate.model import Decision, Exit
from simulator.scenario import (
    DIALECTS,
    INCIDENT_KINDS,
    REASONS,
    REFUSED_ON,
    RESOLUTIONS,
    RESTARTABLE,
    SOURCES,
    TOPICS,
    Advance,
    Enrich,
    Expect,
    ExpectDeadLetter,
    ExpectIncident,
    ExpectNoIncident,
    Publish,
    Resolve,
    Restart,
    Resume,
    Scenario,
    Signed,
    Silence,
    Step,
)
from simulator.scenario_about import about
from simulator.scenario_gates import disturb, over, reported
from simulator.scenario_paths import NoSuchPathError, assign
from simulator.scenario_yaml import EPOCH, MappingNode, Page, Plain, ScenarioError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from simulator.scenario_yaml import Node

WITHIN_DEFAULT = timedelta(seconds=5)
_DIALECT = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PRISONER_NUMBER = re.compile(r"[A-Z][0-9]{4}[A-Z]{2}")
_PUBLISH_KEYS = ("dialect", "payload", "file", "bytes", "set", "key", "headers")
_BODIES = ("payload", "file", "bytes")
_STATUSES = ("200", "404")


def load(path: Path) -> Scenario:
    """Read a scenario file. Raises ScenarioError, also when the file cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError([f"{path}:1: cannot be read: {error}"]) from error
    return parse(text, file=str(path), directory=path.parent)


def parse(text: str, *, file: str, directory: Path) -> Scenario:
    """Read a scenario from `text`; `file` stands in messages, and payload files are looked for from `directory`.

    Raises ScenarioError.
    """
    page = Page(file)
    return _Author(page, directory).scenario(page.compose(text))


class _Author:
    """Reads the parts of one file."""

    def __init__(self, page: Page, directory: Path) -> None:
        self._page = page
        self._directory = directory
        self._readers: dict[str, Callable[[Node, Node], Step]] = {
            "enrich": self._enrich,
            "advance": self._advance,
            "silence": lambda at, node: Silence(where=page.where(at), source=page.choice(node, "a source", SOURCES)),
            "resume": lambda at, node: Resume(where=page.where(at), source=page.choice(node, "a source", SOURCES)),
            "resolve": self._resolve,
            "restart": lambda at, node: Restart(where=page.where(at), name=page.choice(node, "restart", RESTARTABLE)),
            "gate": lambda at, node: disturb(page, at, node),
            "report": lambda at, node: reported(page, at, node),
            "expect": self._expect,
            "expect_incident": self._expect_incident,
            "expect_no_incident": self._expect_no_incident,
            "expect_dead_letter": self._expect_dead_letter,
        }

    def scenario(self, node: Node) -> Scenario:
        page = self._page
        fields = page.fields(node, "a scenario", required=("title", "clock", "steps"))
        title = page.text(fields["title"], "title") if "title" in fields else ""
        clock = page.instant(fields["clock"], "clock") if "clock" in fields else EPOCH
        items = page.items(fields.get("steps"), "steps")
        steps = tuple(step for item in items if (step := self._step(item)))
        if "steps" in fields and not items:
            page.problem(fields["steps"], "a scenario needs steps")
        page.check()
        return Scenario(title=title, clock=clock, steps=steps, file=page.file)

    def _step(self, node: Node) -> Step | None:
        page, kinds = self._page, ("publish", *self._readers)
        entries = page.entries(node, "a step")
        if "publish" in entries:
            return self._publish(node)
        if len(entries) == 1 and (kind := next(iter(entries))) in self._readers:
            return self._readers[kind](node, entries[kind])
        unknown = next((key for key in entries if key not in kinds), None)
        if unknown is not None:
            page.problem(node, f"there is no step {unknown!r}", hint=nearest(unknown, kinds))
        elif entries:
            page.problem(node, f"a step does one thing, and this one has {', '.join(entries)}", hint="one `-` for each")
        return None

    # --- what happens -------------------------------------------------------------------------------------------------

    def _publish(self, node: Node) -> Publish:
        page = self._page
        fields = page.fields(node, "publish", required=("publish",), optional=_PUBLISH_KEYS)
        payload, raw = self._body(node, fields, "publish")
        headers = page.entries(fields.get("headers"), "headers")
        return Publish(
            where=page.where(node),
            topic=page.choice(fields["publish"], "the topic", TOPICS),
            dialect=self._dialect(fields.get("dialect")),
            payload=payload,
            raw=raw,
            key=page.text(fields["key"], "key") if "key" in fields else None,
            headers={name: page.text(value, f"header {name!r}") for name, value in headers.items()},
        )

    def _enrich(self, at: Node, node: Node) -> Enrich:
        page = self._page
        fields = page.fields(node, "enrich", required=("about",), optional=("dialect", *_BODIES, "set", "status", "prisoner"))
        status = int(page.choice(fields["status"], "status", _STATUSES) or _STATUSES[0]) if "status" in fields else 200
        there = status != int(_STATUSES[1])
        payload, raw = self._body(node, fields, "enrich") if there else (None, None)
        if not there and any(name in fields for name in _BODIES):
            page.problem(node, "status 404 has no body")
        return Enrich(
            where=page.where(at),
            about=about(page, fields["about"]) if "about" in fields else "",
            dialect=self._dialect(fields.get("dialect")),
            payload=payload,
            raw=raw,
            status=status,
            prisoner=self._prisoner(fields),
        )

    def _dialect(self, node: Node | None) -> str:
        if node is None:
            return "contract"
        text = self._page.text(node, "dialect")
        misspelt = text not in DIALECTS and nearest(text, DIALECTS).startswith("did you mean")
        if misspelt or not _DIALECT.fullmatch(text):
            self._page.problem(node, f"dialect {text!r} is not known", hint=nearest(text, DIALECTS))
        return text

    def _body(self, node: Node, fields: Mapping[str, Node], what: str) -> tuple[Plain, bytes | None]:
        page = self._page
        given = [name for name in _BODIES if name in fields]
        if len(given) != 1:
            page.problem(node, f"{what} needs exactly one of payload, file and bytes")
            return None, None
        match given[0]:
            case "payload":
                payload, raw = page.plain(fields["payload"]), None
            case "file":
                payload, raw = self._file(fields["file"])
            case _:
                payload, raw = None, self._decoded(fields["bytes"])
        if "set" not in fields:
            return payload, raw
        if payload is None:
            page.problem(fields["set"], f"set needs JSON, and {given[0]} holds none")
        return self._overridden(payload, fields["set"]), None

    def _decoded(self, node: Node) -> bytes:
        try:
            return base64.b64decode(self._page.text(node, "bytes"), validate=True)
        except (binascii.Error, ValueError):
            self._page.problem(node, "bytes must be base64", hint="an unbroken string of A-Z a-z 0-9 + / with = at the end")
            return b""

    def _file(self, node: Node) -> tuple[Plain, bytes]:
        name = self._page.text(node, "file")
        try:
            raw = (self._directory / name).read_bytes()
        except OSError as error:
            self._page.problem(node, f"file {name!r} cannot be read: {error.strerror}", hint="paths start at the scenario's folder")
            return None, b""
        try:
            return json.loads(raw), raw
        except ValueError:
            return None, raw

    def _overridden(self, payload: Plain, node: Node) -> Plain:
        payload = copy.deepcopy(payload)
        for path, value in self._page.entries(node, "set").items():
            try:
                assign(payload, path, self._page.plain(value))
            except NoSuchPathError as error:
                self._page.problem(value, str(error), hint=error.hint)
        return payload

    def _advance(self, at: Node, node: Node) -> Advance:
        return Advance(where=self._page.where(at), by=self._page.duration(node, "advance"))

    def _resolve(self, at: Node, node: Node) -> Resolve:
        page = self._page
        entries = page.entries(node, "resolve")
        if "kind" not in entries:
            page.problem(node, "resolve needs 'kind'")
        kind = page.choice(entries["kind"], "kind", RESOLUTIONS) if "kind" in entries else ""
        payload = {key: page.plain(value) for key, value in entries.items() if key != "kind"}
        return Resolve(where=page.where(at), kind=kind, payload=payload)

    # --- what is expected ---------------------------------------------------------------------------------------------

    def _expect(self, at: Node, node: Node) -> Expect:
        page = self._page
        optional = ("reasons", "not_reasons", "checks", "within")
        fields = page.fields(node, "expect", required=("prisoner", "exit", "decision"), optional=optional)
        decision = fields.get("decision")
        decisions = page.items(decision, "decision", one=True) if decision else ()
        if decision and not decisions:
            page.problem(decision, "decision needs a decision", hint="ALLOW, REFER, VETO or a list of these")
        return Expect(
            where=page.where(at),
            prisoner=self._prisoner(fields) or "",
            exit=page.word(fields["exit"], "exit", Exit) if "exit" in fields else Exit.RELEASE,
            decisions=tuple(page.word(item, "decision", Decision) for item in decisions),
            reasons=self._reasons(fields, "reasons"),
            not_reasons=self._reasons(fields, "not_reasons"),
            checks=tuple(self._signed(item) for item in page.items(fields.get("checks"), "checks")),
            within=self._within(fields),
        )

    def _signed(self, node: Node) -> Signed:
        page = self._page
        if not isinstance(node, MappingNode):
            return Signed(check=page.text(node, "a check"))
        fields = page.fields(node, "a check", required=("check",), optional=("by", "role", "at"))
        texts = {name: page.text(value, name) for name, value in fields.items() if name != "at"}
        at = page.instant(fields["at"], "at") if "at" in fields else None
        return Signed(check=texts.get("check", ""), by=texts.get("by"), role=texts.get("role"), at=at)

    def _expect_incident(self, at: Node, node: Node) -> ExpectIncident:
        fields = self._page.fields(node, "expect_incident", required=("kind",), optional=("prisoner", "within", "over"))
        return ExpectIncident(
            over=over(self._page, fields),
            where=self._page.where(at),
            kind=self._incident_kind(fields) or "",
            prisoner=self._prisoner(fields),
            within=self._within(fields),
        )

    def _expect_no_incident(self, at: Node, node: Node) -> ExpectNoIncident:
        fields = self._page.fields(node, "expect_no_incident", optional=("prisoner", "kind", "within"))
        return ExpectNoIncident(
            where=self._page.where(at),
            kind=self._incident_kind(fields),
            prisoner=self._prisoner(fields),
            within=self._within(fields),
        )

    def _expect_dead_letter(self, at: Node, node: Node) -> ExpectDeadLetter:
        page = self._page
        fields = page.fields(node, "expect_dead_letter", required=("topic",), optional=("reason", "within"))
        return ExpectDeadLetter(
            where=page.where(at),
            topic=page.choice(fields["topic"], "the topic", REFUSED_ON) if "topic" in fields else "",
            reason=page.text(fields["reason"], "reason") if "reason" in fields else "",
            within=self._within(fields),
        )

    def _prisoner(self, fields: Mapping[str, Node]) -> str | None:
        if "prisoner" not in fields:
            return None
        number = self._page.text(fields["prisoner"], "prisoner")
        if number and not _PRISONER_NUMBER.fullmatch(number):
            self._page.problem(fields["prisoner"], f"{number!r} is not a prisoner number", hint="such as A1234BC")
        return number

    def _incident_kind(self, fields: Mapping[str, Node]) -> str | None:
        return self._page.choice(fields["kind"], "incident kind", INCIDENT_KINDS) if "kind" in fields else None

    def _within(self, fields: Mapping[str, Node]) -> timedelta:
        return self._page.duration(fields["within"], "within") if "within" in fields else WITHIN_DEFAULT

    def _reasons(self, fields: Mapping[str, Node], name: str) -> tuple[str, ...]:
        nodes = self._page.items(fields.get(name), name)
        return tuple(REASONS.get(self._page.choice(item, "reason", REASONS), "") for item in nodes)
