"""What the objects of HMPPS systems have in common on the wire, and the claims that are made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from holdfast.claims import Body, Claim, Identifier, Person
from holdfast.identifiers import identifier, is_prisoner_number
from holdfast.subjects import subject_of
from holdfast_gate.model import Authority
from services.intake.adaptors.opened import Opened, as_object, day, instant
from services.intake.adaptors.port import AS_OF_HEADER, MisfitError, Upstream

#: The version of an answer that states none: it holds where nothing else is known, and outranks nothing.
BEFORE_ANYTHING = datetime(1970, 1, 1, tzinfo=UTC)

_ID_MAX_CHARS = 100


def _as_words(raw: object) -> str | None:
    return str(raw) if isinstance(raw, str | int) and not isinstance(raw, bool) else None


def _no_boolean(raw: object) -> object:
    return None if isinstance(raw, bool) else raw


def _as_number(stated: str | None) -> str | None:
    if stated is not None and len(stated) > _ID_MAX_CHARS:
        message = f"longer than {_ID_MAX_CHARS} characters"
        raise ValueError(message)
    return (stated or "").strip() or None


def _as_list(raw: object) -> object:
    return () if raw is None else raw


#: Text or a number, as text; anything else counts as missing.
Words = Annotated[str | None, BeforeValidator(_as_words)]
#: The number by which somebody, or something of his, is known. What is neither text nor a number is not missing but wrong: somebody was meant.
Number = Annotated[str | None, AfterValidator(_as_number)]
#: An id that decides whose or which something is: never blank, so that two of them are never one by accident.
Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_ID_MAX_CHARS)]
#: A place in an order.
Sequence = Annotated[int, BeforeValidator(_no_boolean), Field(ge=0, lt=2**31)]
#: Goes before a tuple: null is an empty list.
LIST = BeforeValidator(_as_list)


class Part(BaseModel):
    """One object: fields as Python names, camelCase on the wire, unknown ones ignored."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True, coerce_numbers_to_str=True)


P = TypeVar("P", bound=Part)


def fitted(kind: type[P], content: object, what: str) -> P:
    """`content` as a `kind`. Raises MisfitError, which calls it `what`."""
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise misfit(what, f"does not fit at {'.'.join(map(str, first['loc']))} ({first['msg']})") from error


def misfit(what: str, problem: str) -> MisfitError:
    """`what` is of a known shape and cannot be read."""
    return MisfitError("INVALID_PAYLOAD", f"{what[:_ID_MAX_CHARS]} {problem}", "have it published again")


def event_type_of(found: Opened, record: Upstream) -> str | None:
    """The event's own word for what it is, or the one beside it."""
    inside = (as_object(found.content) or {}).get("eventType")
    return inside if isinstance(inside, str) else found.attributes.get("eventType") or record.header("ce_type")


def listed(found: Opened) -> tuple[object, ...]:
    """The items of an answer: a list, the `content` of a page of a list, or the one thing that it is."""
    content = found.content
    page = as_object(content)
    if page is not None and isinstance(page.get("content"), list):
        content = page["content"]
    return tuple(cast("list[Any]", content)) if isinstance(content, list) else (content,)


def number_of(raw: str | None, what: str) -> str:
    """A prison number. Raises MisfitError."""
    number = (raw or "").strip().upper()
    if not is_prisoner_number(number):
        raise misfit(what, f"is about {number[:_ID_MAX_CHARS]!r}, which must be a prison number")
    return number


def stated_day(raw: str | None, name: str, what: str) -> date | None:
    """The day at `name`, None where none is given. Raises MisfitError for one that cannot be: nobody knows which was meant."""
    if raw is None:
        return None
    if (found := day(raw)) is None:
        raise misfit(what, f"has {name} {raw[:_ID_MAX_CHARS]!r}, which is no day")
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Teller:
    """Makes the claims of one record: what stands on each of them whatever it says."""

    record: Upstream
    dialect: str
    authority: Authority
    message_id: str | None = None

    def claim(self, body: Body, person: Person, *, occurred_at: datetime, recorded_at: datetime, subject: str | None = None) -> Claim:
        """A claim of this record, of the authority whose system it is from."""
        return Claim(
            authority=self.authority,
            subject=subject or subject_of(body, person),
            person=person,
            occurred_at=occurred_at,
            recorded_at=recorded_at,
            received_at=self.record.appended_at,
            source=self.record.ref,
            record_id=self.message_id or self.record.sha256,
            dialect=self.dialect,
            body=body,
        )

    def person(self, number: str | None, *identifiers: Identifier | None) -> Person:
        """Somebody by number and by what else is known of him."""
        return Person(prisoner_number=number, identifiers=tuple(sorted({each for each in identifiers if each is not None})))

    def booking(self, booking_id: str | None) -> Identifier | None:
        """A booking as an identifier of whoever it is of."""
        return identifier("BOOKING", booking_id, this_year=self.record.appended_at.year)

    def versioned(self, *stated: datetime | None) -> datetime | None:
        """The version of something that says when it was made or changed: the newest of that, else when the answer was given; None for neither."""
        return newest(stated) or self.as_of()

    def as_of(self, *stated: datetime | None) -> datetime | None:
        """The version of what has none of its own: when the answer was given, as its header says, else the newest of what it `stated`.

        An answer without a version of its own may be old, whenever it arrives: as new as what is in it, it may raise a hold and never outranks a
        word that came after (law 2).
        """
        given = instant(self.record.header(AS_OF_HEADER))
        return given or newest(stated)


def newest(instants: Iterable[datetime | None]) -> datetime | None:
    """The latest of those that are known."""
    return max((each for each in instants if each is not None), default=None)
