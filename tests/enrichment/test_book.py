"""The book of what waits, by itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from holdfast.claims import Identifier, Person
from holdfast.records import EnrichmentRequest
from services.enrichment.book import Book
from services.enrichment.routes import Route
from services.runtime.ports import Record
from tests.enrichment.scene import NOW

HOST = "records.example"
ROUTES = {"court-document": Route(url=f"https://{HOST}/{{key}}", dialect="contract")}
CAUSE = Record(topic="claims", partition=0, offset=1, key=None, value=None, headers=(), appended_at=NOW)
HIM = Person(identifiers=(Identifier(type="PNC", value="2012/0052494Q"),))


def request(about: str = "court-document/1", sequence: int = 1, person: Person = HIM) -> EnrichmentRequest:
    """Something to ask."""
    return EnrichmentRequest(about=about, sequence=sequence, person=person, since=NOW)


def test_whom_an_event_named_is_not_forgotten() -> None:
    """A later event that names nobody does not take his name from the question; one that names somebody is believed."""
    book = Book(ROUTES)
    book.told(request(), CAUSE, 0)
    assert book.told(request(sequence=2, person=Person()), CAUSE, 0) == request(sequence=2)
    other = Person(prisoner_number="A1234BC")
    assert book.told(request(sequence=3, person=other), CAUSE, 0) == request(sequence=3, person=other)


def test_nothing_new_is_nothing_to_remember() -> None:
    """Told again, or of an older event, the book stays as it is."""
    book = Book(ROUTES)
    book.told(request(sequence=2), CAUSE, 0)
    assert book.told(request(sequence=2), CAUSE, 0) is None
    assert book.told(request(sequence=1), CAUSE, 0) is None


@given(
    st.lists(
        st.tuples(st.sampled_from(["tell", "answer", "take", "fail"]), st.sampled_from(["1", "2"]), st.integers(1, 4)),
        max_size=30,
    )
)
def test_whatever_happens_each_question_is_asked_by_one_and_in_the_end_by_somebody(steps: list[tuple[str, str, int]]) -> None:
    """Any order of events, answers from anywhere, requests and failures: what is open is under way or due, and never under way twice."""
    book, open_, under_way = Book(ROUTES), dict[str, int](), list[object]()
    for now_s, (step, key, sequence) in enumerate(steps):
        about = f"court-document/{key}"
        match step:
            case "tell":
                book.told(request(about, sequence), CAUSE, now_s)
                open_[about] = max(open_.get(about, 0), sequence)
            case "answer":
                assert book.answered(about, sequence) == (0 < open_.get(about, 0) <= sequence)
                if open_.get(about, 0) <= sequence:
                    open_.pop(about, None)
            case "take":
                if (pending := book.take(HOST, now_s)) is not None:
                    assert all(pending is not other for other in under_way)
                    under_way.append(pending)
            case _:
                if under_way:
                    pending = under_way.pop()
                    book.put_back(pending, now_s)  # pyright: ignore[reportArgumentType]
    assert {pending.request.about: pending.request.sequence for pending in book} == open_
    assert book.counts == {("court-document", True): len(open_)}
    while (pending := book.take(HOST, len(steps))) is not None:
        assert all(pending is not other for other in under_way)
        under_way.append(pending)
    assert {id(pending) for pending in book} <= {id(pending) for pending in under_way}
