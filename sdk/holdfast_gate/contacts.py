"""Whom to ring: a deployment's directory of contacts, and what people are told where it has no number.

The directory is one JSON object. Its keys are written as a ground's `ask`: `court/B01BH00`, `prison/WWI`, `immigration`, `hub`; a bare `court` or
`prison` is for whichever has no entry of its own. Each value is an object with `name`, `telephone` and, where there is one, `email` and `hours`.
Upper and lower case are one. A directory decides nothing: an answer is the same with it and without.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from holdfast_gate.errors import ContactsError

#: More than all courts, prisons and offices of a country need; a directory must have an end.
BYTES_MAX = 1_000_000
ENTRIES_MAX = 5_000
TEXT_MAX = 200
#: How many faults are told at once.
_FAULTS_MAX = 20
_REQUIRED, _OPTIONAL = ("name", "telephone"), ("email", "hours")
_KEY = re.compile(r"(?:court|prison)(?:/[^\s/]{1,60})?|immigration|hub", re.IGNORECASE)
_TELEPHONE = re.compile(r"(?=(?:\D*\d){3})\+?[0-9 ()-]{3,30}(?: ext(?:ension)?\.? [0-9]{1,6})?")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_HUB = "the Holdfast control room"
_WORDS = {"court": "the court", "prison": "the prison", "immigration": "Home Office immigration enforcement", "hub": _HUB}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One office that answers the telephone; `email` and `hours` are empty where it gives none."""

    name: str
    telephone: str
    email: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contacts:
    """A directory. `entries` are by key, in lower case; none is a directory too, which knows no number."""

    entries: Mapping[str, Contact] = field(default_factory=dict[str, Contact])

    @classmethod
    def read(cls, path: Path) -> Contacts:
        """The directory in the file. Raises ContactsError that lists what is wrong, where, and how to mend it."""
        try:
            with path.open("rb") as file:
                text = file.read(BYTES_MAX + 1)
        except OSError as error:
            message = f"{path}: the contacts cannot be read: {error.strerror or error}; name a JSON file in HOLDFAST_CONTACTS or --contacts"
            raise ContactsError(message) from error
        if len(text) > BYTES_MAX:
            message = f"{path}: larger than {BYTES_MAX} bytes; leave out what is no court, prison or office"
            raise ContactsError(message)
        return cls(entries=_entries(path, _parsed(path, text)))

    def of(self, ask: str) -> Contact | None:
        """The entry for whom `ask` names: its own, else that of its kind; None where there is neither."""
        key = ask.lower() or "hub"
        return self.entries.get(key) or self.entries.get(key.partition("/")[0])

    def ring(self, ask: str) -> str:
        """For people, after "Ask: ": name, telephone and hours; without an entry, whom in words."""
        contact = self.of(ask)
        if contact is None:
            return whom(ask)
        about = f", about {whom(ask)}" if "/" in ask and ask.lower() not in self.entries else ""
        return ", ".join(text for text in (contact.name, contact.telephone, contact.email, contact.hours) if text) + about

    def as_json(self, ask: str) -> dict[str, str | None]:
        """For machines: `whom` in words, and what the directory has; null where it has nothing."""
        contact = self.of(ask)
        told: dict[str, str | None] = dict.fromkeys((*_REQUIRED, *_OPTIONAL))
        if contact is not None:
            told |= {name: text or None for name, text in asdict(contact).items()}
        return {"whom": whom(ask), **told}


def whom(ask: str) -> str:
    """Whom a ground's `ask` names, in words. One that says nothing, or what this version does not know, is for the hub's own people."""
    kind, _, code = ask.partition("/")
    words = _WORDS.get(kind.lower(), _HUB)
    return f"{words} {code}" if code and kind.lower() in {"court", "prison"} else words


# --- reading the file ------------------------------------------------------------------------------------------------------------


def _parsed(path: Path, text: bytes) -> Mapping[str, Any]:
    twice: list[str] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice.extend(name for name in dict.fromkeys(names) if names.count(name) > 1)
        return dict(pairs)

    try:
        found = json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        message = f"{path}: not JSON ({error}); write one object, as in docs/contacts.example.json"
        raise ContactsError(message) from error
    if twice:
        message = f"{path}: {', '.join(map(_shown, twice))} is written twice; keep one"
        raise ContactsError(message)
    if not isinstance(found, dict) or not found:
        message = f"{path}: holds no entries; write one object, as in docs/contacts.example.json"
        raise ContactsError(message)
    if len(found) > ENTRIES_MAX:
        message = f"{path}: {len(found)} entries, where {ENTRIES_MAX} is the most; leave out what is no court, prison or office"
        raise ContactsError(message)
    return found


def _entries(path: Path, found: Mapping[str, Any]) -> Mapping[str, Contact]:
    wrong: list[str] = []
    entries: dict[str, Contact] = {}
    for key, value in found.items():
        faults = _faults(key, value)
        if key.lower() in entries:
            faults = ["is written twice, in other letters; keep one"]
        if faults:
            wrong += [f"{_shown(key)}: {fault}" for fault in faults]
        else:
            entries[key.lower()] = Contact(**{name: text.strip() for name, text in value.items()})
    if wrong:
        more = [f"and {len(wrong) - _FAULTS_MAX} more"] if len(wrong) > _FAULTS_MAX else []
        raise ContactsError("\n".join([f"{path}: {len(wrong)} faults in the contacts:", *(f"  {each}" for each in (*wrong[:_FAULTS_MAX], *more))]))
    return entries


def _faults(key: str, value: Any) -> list[str]:  # noqa: ANN401 - whatever the file holds
    """What is wrong with one entry, each with how to mend it."""
    if not _KEY.fullmatch(key):
        return ["names nobody; write court/<code>, prison/<id>, court, prison, immigration or hub"]
    if not isinstance(value, dict):
        return ['is no object; write {"name": …, "telephone": …}']
    faults = [f"{_shown(name)} is no field; write {', '.join((*_REQUIRED, *_OPTIONAL))}" for name in value if name not in {*_REQUIRED, *_OPTIONAL}]
    faults += [f"has no {name}; add it" for name in _REQUIRED if name not in value]
    for name in (*_REQUIRED, *_OPTIONAL):
        if name in value and (fault := _fault(name, value[name])):
            faults.append(fault)
    return faults


def _fault(name: str, text: Any) -> str:  # noqa: ANN401 - whatever the file holds
    if not isinstance(text, str) or not text.strip() or len(text) > TEXT_MAX or not text.isprintable():
        return f"{name} must be one line of text, of {TEXT_MAX} characters at most"
    if name == "telephone" and not _TELEPHONE.fullmatch(text.strip()):
        return f"telephone {_shown(text)} cannot be rung; write digits and spaces, for example 020 7946 0101 or +44 20 7946 0101 ext 12"
    if name == "email" and not _EMAIL.fullmatch(text.strip()):
        return f"email {_shown(text)} is no address"
    return ""


def _shown(text: str) -> str:
    return ascii(text[:60])
