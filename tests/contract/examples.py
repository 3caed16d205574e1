"""The examples that ship with the schemas: `<topic>.<Record>.<name>.json`, valid and invalid."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

import pytest

from holdfast.sources import SOURCE_OF_TOPIC
from schemas import names_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One example: the topic it would stand on, the full name of its record, and what the file holds."""

    topic: str
    name: str
    label: str
    content: dict[str, Any]


def load(validity: str) -> list[Example]:
    """Every example under `valid` or `invalid`, by file name."""
    files = (resources.files("schemas") / "examples" / validity).iterdir()
    return [_example(file.name, file.read_text(encoding="utf-8")) for file in sorted(files, key=lambda file: file.name)]


def each(validity: str, *, upstream: bool | None = None, as_json: bool | None = None) -> list[Any]:
    """The same, one test for each: all, or those of upstream topics or not, and those that JSON can say or not."""
    return [
        pytest.param(example, id=f"{example.topic}.{example.label}")
        for example in load(validity)
        if upstream in {None, example.topic in SOURCE_OF_TOPIC} and as_json in {None, "as_json" in example.content}
    ]


def _example(file: str, text: str) -> Example:
    topic, record, name, _ = file.split(".")
    known = {name.rpartition(".")[2]: name for name in (*names_of(topic), *names_of("court-results"))}
    return Example(topic=topic, name=known[record], label=f"{record}.{name}", content=json.loads(text))
