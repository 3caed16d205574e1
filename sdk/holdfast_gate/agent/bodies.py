"""What callers send, read strictly. Pure: bytes in, a request or everything that is wrong with it out.

Nothing is guessed: a member that nobody knows, one that comes twice, or one of another type is refused, because what was meant by it might matter.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeVar, cast

from holdfast_gate.checks import CHECKS_MAX, TEXT_MAX, CheckDone, CheckError
from holdfast_gate.model import Exit
from holdfast_gate.settlement import NOTE_MAX, OFFICERS, REASONS, Officer, SettlementError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

NUMBER_MAX = 64
_INSTANT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<part>[0-9]+))?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """One thing that is wrong: `field` as a path (`checks[0].at`), empty for the whole body."""

    field: str
    message: str


class BodyError(ValueError):
    """A body is not what this endpoint reads; `faults` lists everything that is wrong with it."""

    def __init__(self, *faults: FieldFault) -> None:
        """Keep `faults`."""
        self.faults = faults
        super().__init__("; ".join(f"{each.field or 'the body'} {each.message}" for each in faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRequest:
    """A question: may this prisoner leave in this way? The number is as gates write it: stripped, in capitals."""

    prisoner_number: str
    exit: Exit
    checks: tuple[CheckDone, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRequest:
    """What two officers ask for. Whether they are two different people is the gate's to say."""

    sequence: int
    reason_code: str
    officers: tuple[Officer, Officer]
    note: str = ""


def settlement_request(body: bytes) -> SettlementRequest:
    """What the officers ask for in `body`. Raises BodyError."""
    members = Members(_object(body), "", allowed=("sequence", "reason_code", "officers", "note"))
    sequence = members.read("sequence", _integer)
    reason = members.read("reason_code", lambda value, path: _one_of(value, path, REASONS))
    officers = members.read("officers", _officers)
    note = members.read("note", lambda value, path: _text(value, path, least=0, most=NOTE_MAX), absent="")
    members.refuse()
    return SettlementRequest(sequence=sequence, reason_code=reason, officers=officers, note=note)


def decision_request(body: bytes) -> DecisionRequest:
    """The question in `body`. Raises BodyError."""
    members = Members(_object(body), "", allowed=("prisoner_number", "exit", "checks"))
    number = members.text("prisoner_number", most=NUMBER_MAX)
    exit_ = members.read("exit", _exit)
    checks = members.read("checks", _checks, absent=())
    members.refuse()
    return DecisionRequest(prisoner_number=number.strip().upper(), exit=exit_, checks=checks)


class Members:
    """The members of one JSON object, each read once; what is wrong is collected and raised by `refuse`, all at once."""

    def __init__(self, record: object, path: str, *, allowed: Sequence[str]) -> None:
        """Look at the object `record`, which is at `path`."""
        self._path = path
        self._faults: list[FieldFault] = []
        self._record: Mapping[str, object] = {}
        if not isinstance(record, dict):
            raise BodyError(FieldFault(field=path, message="must be an object"))
        self._record = cast("dict[str, object]", record)
        for name in sorted(self._record.keys() - set(allowed)):
            self._faults.append(FieldFault(field=self._at(name[:TEXT_MAX]), message=f"is not known here; known are {', '.join(allowed)}"))

    def text(self, name: str, *, most: int) -> str:
        """A string of 1 to `most` characters."""
        return self.read(name, lambda value, path: _text(value, path, most=most), absent=None)

    def read(self, name: str, reader: Callable[[object, str], T], absent: T | None = None) -> T:
        """What `reader` makes of a member; `absent` where there is none, unless that is None."""
        if name not in self._record:
            if absent is None:
                self._faults.append(FieldFault(field=self._at(name), message="is missing"))
            return cast("T", absent)
        return cast("T", _tried(reader, self._record[name], self._at(name), self._faults))

    def refuse(self) -> None:
        """Raise BodyError if anything was wrong; to be called before what was read is used."""
        if self._faults:
            raise BodyError(*self._faults)

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def _tried(reader: Callable[[object, str], T], value: object, path: str, faults: list[FieldFault]) -> T | None:
    """What `reader` makes of `value`; None when it refuses it, and `faults` then says why."""
    try:
        return reader(value, path)
    except BodyError as error:
        faults.extend(error.faults)
        return None


def _object(body: bytes) -> dict[str, Any]:
    try:
        record: object = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        if isinstance(error, BodyError):
            raise
        raise BodyError(FieldFault(field="", message=f"is not JSON in UTF-8: {_without_content(error)}")) from error
    if not isinstance(record, dict):
        raise BodyError(FieldFault(field="", message="must be an object"))
    return cast("dict[str, Any]", record)


def _without_content(error: Exception) -> str:
    """What JSON's reader says, without any of the body: it may name somebody, and errors are logged."""
    match error:
        case json.JSONDecodeError():
            return f"{error.msg} (line {error.lineno}, column {error.colno})"
        case UnicodeDecodeError():
            return f"byte {error.start} is not UTF-8"
        case RecursionError():
            return "it is nested too deeply"
        case _:
            return "a number in it is too long"


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise BodyError(FieldFault(field="", message="names a member twice: which of them counts, nothing says"))
    return record


def _no_number(_: str) -> float:
    raise BodyError(FieldFault(field="", message="holds a number that JSON does not have"))


def _text(value: object, path: str, *, most: int, least: int = 1) -> str:
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise BodyError(FieldFault(field=path, message=f"must be a string of {least} to {most} characters"))
    if any("\ud800" <= each <= "\udfff" for each in value):
        raise BodyError(FieldFault(field=path, message="holds half of a character (an unpaired surrogate)"))
    return value


def _exit(value: object, path: str) -> Exit:
    return Exit(_one_of(value, path, [each.value for each in Exit]))


def _one_of(value: object, path: str, words: Collection[str]) -> str:
    if isinstance(value, str) and value in words:
        return value
    raise BodyError(FieldFault(field=path, message=f"must be one of {', '.join(words)}"))


def _integer(value: object, path: str) -> int:
    """A whole number; JSON does not tell 1 from 1.0."""
    if (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    raise BodyError(FieldFault(field=path, message="must be a whole number"))


def _officers(value: object, path: str) -> tuple[Officer, Officer]:
    fault = BodyError(FieldFault(field=path, message=f"must be a list of exactly {OFFICERS} officers"))
    if not isinstance(value, list):
        raise fault
    faults: list[FieldFault] = []
    match [_tried(_officer, each, f"{path}[{index}]", faults) for index, each in enumerate(cast("list[object]", value)[: OFFICERS + 1])]:
        case [Officer() as one, Officer() as other]:
            return one, other
        case _:
            raise BodyError(*faults) if faults else fault


def _named(value: object, path: str) -> str:
    text = _text(value, path, most=TEXT_MAX)
    if any(each.isalnum() for each in text):
        return text
    raise BodyError(FieldFault(field=path, message="must have at least one letter or digit"))


def _officer(value: object, path: str) -> Officer:
    members = Members(value, path, allowed=("name", "role"))
    name, role = (members.read(each, _named) for each in ("name", "role"))
    members.refuse()
    try:
        return Officer(name, role)
    except SettlementError as error:
        raise BodyError(FieldFault(field=path, message="must say who, and in what role, neither of them blank")) from error


def _checks(value: object, path: str) -> tuple[CheckDone, ...]:
    if not isinstance(value, list):
        raise BodyError(FieldFault(field=path, message="must be a list"))
    entries = cast("list[object]", value)
    if len(entries) > CHECKS_MAX:
        raise BodyError(FieldFault(field=path, message=f"has {len(entries)} entries, and {CHECKS_MAX} is the most"))
    faults: list[FieldFault] = []
    read = [_tried(_check, entry, f"{path}[{index}]", faults) for index, entry in enumerate(entries)]
    if faults:
        raise BodyError(*faults)
    return tuple(each for each in read if each is not None)


def _check(value: object, path: str) -> CheckDone:
    members = Members(value, path, allowed=("check", "by", "role", "at"))
    check, by, role = (members.text(name, most=TEXT_MAX) for name in ("check", "by", "role"))
    at = members.read("at", _instant)
    members.refuse()
    try:
        return CheckDone(check=check, by=by, role=role, at=at)
    except CheckError as error:
        raise BodyError(FieldFault(field=path, message="must say which check, by whom and in what role, none of them blank")) from error


def _instant(value: object, path: str) -> datetime:
    """An instant of RFC 3339; Python 3.10 reads neither `Z` nor most fractions by itself. Past microseconds nothing is kept."""
    found = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    fault = FieldFault(field=path, message="must be a time of RFC 3339 with its offset, for example 2025-10-29T08:00:00Z")
    if found is None:
        raise BodyError(fault)
    offset = "+00:00" if found["offset"] in "Zz" else found["offset"]
    try:
        moment = datetime.fromisoformat(f"{found['date']}T{found['time']}{offset}")
        moment += timedelta(microseconds=int((found["part"] or "0")[:6].ljust(6, "0")))
        moment.astimezone(timezone.utc)  # a moment outside of the calendar cannot be compared with any other
    except (ValueError, OverflowError) as error:
        raise BodyError(fault) from error
    return moment
