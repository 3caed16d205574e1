"""Courts: that a document exists. A register or a warrant was made about somebody, and where it can be fetched; what it says is not in the record.

Sources: hmcts/service-cp-crime-hearing-results-document-subscription (the request and the callback, and `V1.009__restore_event_type_data.sql` for the
types of document); ministryofjustice/hmpps-court-data-ingestion-api, `CourtDataIngestionListener`.

Whom it is about is held until somebody has read it: the doubt's `about` is `court-document/<id>`, where the id is the document's, as the subscriber
knows it, else the material's or the file's. A document that nobody fetches therefore never passes for one that says nothing.
"""

from __future__ import annotations

import re

from pydantic import AliasPath, Field, ValidationError

from holdfast.claims import Claim, Doubt, IdentifierType, Person
from holdfast.identifiers import identifier, normal_id
from holdfast_gate.model import Authority, QueryKind
from services.intake.adaptors.court_claims import LABEL_CHARS, court_claim
from services.intake.adaptors.hearing import Part, Words
from services.intake.adaptors.opened import JsonObject, as_object, day, instant, opened
from services.intake.adaptors.port import MisfitError, Read, Refused, Upstream

NAME = "court-document-subscription"

_FILE_MESSAGE = "court-data-ingestion.message"
_TRIED_FOR_ID = ("documentId", "materialId", "fileId", "eventId")
#: A type is a group (WEE: warrant, adult) and a name in one word, or a name in capitals.
_GROUP = re.compile(r"^[A-Z]{3}_")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_CUSTODIAL = re.compile(r"remand|custod|detention|commit|authority to hold|pending transfer|non payment", re.IGNORECASE)
_NAME_CHARS = 100


class CourtDocument(Part):
    """The request or the callback: one names its defendant by an object, the other by an id."""

    event_type: Words = None
    hearing_id: Words = None
    timestamp: Words = None
    document_generated_timestamp: Words = None
    defendant_id: Words = None
    master_defendant_id: Words = None
    master_in_object: Words = Field(default=None, validation_alias=AliasPath("defendant", "masterDefendantId"))
    name: Words = Field(default=None, validation_alias=AliasPath("defendant", "name"))
    date_of_birth: Words = Field(default=None, validation_alias=AliasPath("defendant", "dateOfBirth"))


class CourtDocuments:
    """Reads notifications of a court's documents."""

    name = NAME

    def recognises(self, record: Upstream) -> bool:
        """A type and a document's or material's id; or a defendant and a file, as HMPPS passes them on."""
        content = _content(record)
        if content is None:
            return False
        named = content.keys() & {"defendant", "masterDefendantId", "hearingId"}
        announced = "eventType" in content and content.keys() & {"documentId", "materialId"}
        return bool(named and announced) or set(content) == {"defendantId", "fileId"}

    def read(self, record: Upstream) -> Read | Refused:
        """A doubt about everybody whom the document is about."""
        content = _content(record) or {}
        try:
            document = CourtDocument.model_validate(content)
            return Read(claims=(_claim(record, content, document),))
        except ValidationError as error:  # every field is lenient: only what is no object does not fit
            problem = f"a notification that does not fit ({error.error_count()} faults)"
            return MisfitError("INVALID_PAYLOAD", problem, "have it published again").refused(record, NAME)
        except MisfitError as misfit:
            return misfit.refused(record, NAME)


def _content(record: Upstream) -> JsonObject | None:
    """The notification, taken out of the messages in which HMPPS passes it on within itself."""
    found = opened(record.value)
    content = as_object(found.content) if found else None
    if content is None or content.get("Type") != _FILE_MESSAGE:
        return content
    inner = content.get("Message")
    found = opened(inner.encode()) if isinstance(inner, str) else None
    message = as_object(found.content) if found else None
    return as_object(message.get("body")) if message else None


def _claim(record: Upstream, content: JsonObject, document: CourtDocument) -> Claim:
    """Raises MisfitError for a document about nobody."""
    ids: tuple[tuple[IdentifierType, str | None], ...] = (
        ("DEFENDANT_ID", document.defendant_id),
        ("MASTER_DEFENDANT_ID", document.master_defendant_id),
        ("MASTER_DEFENDANT_ID", document.master_in_object),
    )
    identifiers = {found for kind, raw in ids if (found := identifier(kind, raw, this_year=record.appended_at.year)) is not None}
    if not any(each.valid for each in identifiers):
        raise MisfitError("INVALID_PAYLOAD", "announces a court document and names no defendant", "send it with masterDefendantId")
    stated = instant(document.timestamp) or instant(document.document_generated_timestamp)
    person = Person(
        identifiers=tuple(sorted(identifiers)),
        last_name=(document.name or "").strip()[:_NAME_CHARS] or None,  # in one piece: nobody says where the family name begins
        date_of_birth=day(document.date_of_birth),
    )
    body = Doubt(kind=QueryKind.ENRICHMENT_PENDING, about=f"court-document/{_id(record, content)}", sentence=_sentence(document))
    said_at = min(stated or record.appended_at, record.appended_at)
    return court_claim(record, dialect=NAME, record_id=record.sha256, person=person, body=body, authority=Authority.HUB, said_at=said_at)


def _id(record: Upstream, content: JsonObject) -> str:
    """What the document is known by; the record's own place where it is known by nothing."""
    stated = [normal_id(raw) for name in _TRIED_FOR_ID if isinstance(raw := content.get(name), str) and raw.strip()]
    return stated[0][:LABEL_CHARS] if stated else record.about


def _sentence(document: CourtDocument) -> str:
    what = _words(document.event_type)
    of = f" of hearing {document.hearing_id[:LABEL_CHARS]}" if document.hearing_id else ""
    custody = ", whose name says custody," if _CUSTODIAL.search(what) else ""
    return f"The court issued a document{of} ({what}){custody} and nobody here has read it."


def _words(event_type: str | None) -> str:
    """`WEE_RemandAfterBailAppealByProsecutor` as words for people."""
    name = _GROUP.sub("", event_type or "", count=1)
    return " ".join(_WORD.findall(name)).lower()[:LABEL_CHARS] or "of a type that it does not say"
