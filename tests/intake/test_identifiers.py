"""Which identifiers are well formed, how each is written, and which are found in bytes that nobody could read."""

from __future__ import annotations

import io
import time
from typing import Any

import fastavro
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holdfast.claims import Identifier
from holdfast.identifiers import (
    IDENTIFIERS_MAX,
    PRISONER_NUMBERS_MAX,
    found_in,
    identifier,
    is_prisoner_number,
    normal_cro,
    normal_pnc,
    pnc_with_check,
)
from schemas.contract import to_avro
from tests.intake.records import payload

YEAR = 2026
UUID = "6f1c0002-0000-4000-8000-0000000000ab"


def numbers_in(value: bytes) -> tuple[str, ...]:
    """The prison numbers found."""
    return found_in(value, this_year=YEAR).prisoner_numbers


def identifiers_in(value: bytes) -> list[str]:
    """The other identifiers found."""
    return [found.value for found in found_in(value, this_year=YEAR).identifiers]


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("81/34U", "1981/0000034U"),
        ("02/73319Z", "2002/0073319Z"),
        ("00/223R", "2000/0000223R"),
        ("79/163001B", "1979/0163001B"),
        ("0273319Z", "2002/0073319Z"),
        ("033Y", "2003/0000003Y"),
        ("67/9893091D", "1967/9893091D"),
        ("20020073319Z", "2002/0073319Z"),
        ("2002/0073319Z", "2002/0073319Z"),
    ],
)
def test_pnc_forms(raw: str, normal: str) -> None:
    """Every way in which a PNC is written has one normal form."""
    assert normal_pnc(raw, YEAR) == normal


@pytest.mark.parametrize(
    "raw",
    [
        "20030011985Z",
        "20120052494O",
        "20230583843N",
        "2001/0171310S",
        "1980/0163001B",
        "2002/73319Z",
        "2002/0073319",
        "2002-0073319Z",
        "8888.9202697",
        "11112222",
        "0200073319Z",
        "200\u0662/0073319Z",
        "2002/0073319Z\n",
        "",
    ],
)
def test_pnc_refused(raw: str) -> None:
    """A PNC with a wrong check letter, or short of digits, is none."""
    assert normal_pnc(raw, YEAR) is None


def test_pnc_century() -> None:
    """A two-digit year is of this century unless that would be in the future."""
    in_26, in_27 = pnc_with_check(2026, 1), pnc_with_check(1927, 1)
    assert normal_pnc(in_26[2:], YEAR) == in_26
    assert normal_pnc(in_27[2:], YEAR) == in_27


@given(st.integers(1900, 2099), st.integers(0, 9_999_999))
def test_pnc_made_is_valid(year: int, serial: int) -> None:
    """A PNC that is made with its check letter is valid, in every form that keeps its year."""
    made = pnc_with_check(year, serial)
    assert normal_pnc(made, YEAR) == normal_pnc(made.replace("/", ""), YEAR) == made


@given(st.integers(1900, 2099), st.integers(0, 9_999_999), st.integers(5, 11), st.integers(1, 9))
def test_pnc_one_wrong_digit(year: int, serial: int, place: int, by: int) -> None:
    """One wrong digit in the serial is always noticed."""
    made = pnc_with_check(year, serial)
    wrong = made[:place] + str((int(made[place]) + by) % 10) + made[place + 1 :]
    assert normal_pnc(wrong, YEAR) is None


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("65656/91H", "065656/91H"),
        ("065656/91H", "065656/91H"),
        ("SF05/482703J", "SF05/482703J"),
        ("SF83/50058Z", "SF83/50058Z"),
        ("SF83/050058Z", None),
        ("85227/65G", None),
        ("SF5/482703J", None),
        ("1234567/91H", None),
    ],
)
def test_cro_forms(raw: str, normal: str | None) -> None:
    """A CRO is padded, a small file's is not, and a wrong check letter makes it none."""
    assert normal_cro(raw) == normal


@pytest.mark.parametrize("raw", [None, "", "   ", "-", "N/A", "null", "Unknown", "0", "00000000-0000-0000-0000-000000000000"])
def test_nothing_is_no_identifier(raw: str | None) -> None:
    """What says nothing is no identifier, for joining on it would make strangers one person."""
    assert identifier("PNC", raw, this_year=YEAR) is None
    assert identifier("MASTER_DEFENDANT_ID", raw, this_year=YEAR) is None


def test_identifier_validity() -> None:
    """What is well formed is normalised and valid; what is not is kept as it came."""
    assert identifier("PNC", " 02/73319z ", this_year=YEAR) == Identifier(type="PNC", value="2002/0073319Z")
    assert identifier("PNC", " 8888.9202697 ", this_year=YEAR) == Identifier(type="PNC", value="8888.9202697", valid=False)
    assert identifier("CRO", "85227/65G", this_year=YEAR) == Identifier(type="CRO", value="85227/65G", valid=False)
    assert identifier("HOREF", "ab/12345", this_year=YEAR) == Identifier(type="HOREF", value="AB/12345")
    assert identifier("HOREF", "ab 12345", this_year=YEAR) == Identifier(type="HOREF", value="ab 12345", valid=False)
    assert identifier("DEFENDANT_ID", UUID.upper(), this_year=YEAR) == Identifier(type="DEFENDANT_ID", value=UUID)
    assert identifier("DEFENDANT_ID", "Defendant-1", this_year=YEAR) == Identifier(type="DEFENDANT_ID", value="Defendant-1")
    assert identifier("DEFENDANT_ID", "x" * 101, this_year=YEAR) == Identifier(type="DEFENDANT_ID", value="x" * 101, valid=False)


@pytest.mark.parametrize("value", ["a1234BC", "A1234bc", "A1234B", "A1234BCD", " A1234BC", "A1234BC\n", "A\u0661234BC"])
def test_no_prisoner_number(value: str) -> None:
    """A prison number is one capital, four digits, two capitals, and nothing else."""
    assert is_prisoner_number("A1234BC")
    assert not is_prisoner_number(value)


def test_found_in_truncated_json() -> None:
    """JSON that breaks off still says whom it is about."""
    value = b'{"type":"RECALL","person":{"prisoner_number":"A1234BC","identifiers":[{"type":"PNC","value":"02/73319Z"},{"typ'
    assert numbers_in(value) == ("A1234BC",)
    assert identifiers_in(value) == ["2002/0073319Z"]


def test_found_in_broken_avro() -> None:
    """Avro that nobody can read still says whom it is about."""
    identifiers = [{"type": "PNC", "value": "2002/0073319Z"}, {"type": "CRO", "value": "SF05/482703J"}, {"type": "DEFENDANT_ID", "value": UUID}]
    record = payload("ALERT", person={"prisoner_number": "A1234BC", "identifiers": identifiers}, alert_uuid="u", alert_code="XNR")
    value = b"\xc3\x01--------" + to_avro("custody-events", record)[10:]
    assert numbers_in(value) == ("A1234BC",)
    assert identifiers_in(value) == ["SF05/482703J", UUID, UUID, "2002/0073319Z"]


def test_a_uuid_may_be_a_defendants_in_one_case_or_across_cases() -> None:
    """Nobody can tell which in bytes that cannot be read: whoever is known by either is held."""
    found = found_in(f"garbage {UUID} garbage".encode(), this_year=YEAR)
    assert {(identifier.type, identifier.value) for identifier in found.identifiers} == {("DEFENDANT_ID", UUID), ("MASTER_DEFENDANT_ID", UUID)}


@pytest.mark.parametrize("length", range(1, 64))
@pytest.mark.parametrize("value", ["A1234BC", "2002/0073319Z", "20020073319Z", "02/73319Z", "65656/91H", "SF05/482703J", UUID])
def test_found_between_avro_strings(value: str, length: int) -> None:
    """In Avro the byte before an identifier is its length and the byte after it the length of the next string, which may look like letters."""
    schema: Any = {"type": "record", "name": "R", "fields": [{"name": name, "type": "string"} for name in "abc"]}
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, {"a": "x" * length, "b": value, "c": "." * length})
    found = found_in(out.getvalue(), this_year=YEAR)
    assert len(found.prisoner_numbers) + len({identifier.value for identifier in found.identifiers}) == 1


@pytest.mark.parametrize(
    "value",
    [
        rb'{"Message":"{\"nomsNumber\":\"A1234BC\"}"}',
        rb'{"Message":"{\\"nomsNumber\\":\\"A1234BC\\"}"}',
        rb'"first line\nA1234BC\tlast"',
        rb'"\u0022A1234BC\u0022"',
        '{"nomsNumber":"A1234BC"}'.encode("utf-16"),
        b"\xff\xfeA1234BC\x00",
        b"xA1234BC A1234BC",
    ],
)
def test_found_however_written(value: bytes) -> None:
    """A prison number is found inside text within text, after an escape, in UTF-16 and beside any byte that is no letter or digit."""
    assert numbers_in(value) == ("A1234BC",)


@pytest.mark.parametrize("value", [b"A1234BCD", b"AA1234BC", b"1A1234BC", b"A1234BC1", b"A1234Bc", b"a1234bc"])
def test_part_of_a_longer_word(value: bytes) -> None:
    """The middle of a longer word is nobody's number."""
    assert numbers_in(value) == ()


def test_escaped_slash() -> None:
    """A slash that JSON escaped, once or twice, is a slash."""
    assert identifiers_in(rb'"81\/000034U" "65656\\/91H"') == ["065656/91H", "1981/0000034U"]


def test_wrong_check_letters_are_not_found() -> None:
    """What looks like a PNC or a CRO and is none holds nobody; nor does a short one that may be a house number."""
    assert identifiers_in(b"2002/0073319X 65656/91X 81/34U 033Y") == []


def test_too_many_to_hold() -> None:
    """Where there are more than are looked for, that is said."""
    prisoners = [f"A{n:04}BC" for n in range(PRISONER_NUMBERS_MAX + 1)]
    enough = found_in(" ".join(prisoners[:-1] * 3).encode(), this_year=YEAR)
    assert (len(enough.prisoner_numbers), enough.complete) == (PRISONER_NUMBERS_MAX, True)
    assert not found_in(" ".join(prisoners).encode(), this_year=YEAR).complete
    uuids = [f"6f1c0002-0000-4000-8000-{n:012}" for n in range(IDENTIFIERS_MAX + 1)]
    assert found_in(" ".join(uuids[:-1]).encode(), this_year=YEAR).complete
    assert not found_in(" ".join(uuids).encode(), this_year=YEAR).complete


@given(st.binary(max_size=300), st.sampled_from([b"A1234BC", b'"A1234BC"', b"\x0eA1234BC\x00"]), st.binary(max_size=300))
@example(b"\\", b"A1234BC", b"")
def test_found_among_garbage(before: bytes, number: bytes, after: bytes) -> None:
    """A prison number that stands alone is found, whatever is around it."""
    assert "A1234BC" in numbers_in(before + b"\x00" + number + b"\x00" + after)


@pytest.mark.parametrize("unit", [b"\\", b"1", b"12/", b"A1234BC ", b"2002/0073319X ", b"\\n", b"\\/", b"\x00", b"0ab7c3e5-", b"123456/91A "])
def test_scan_is_linear(unit: bytes) -> None:
    """A scan takes time in proportion to the bytes, whatever they are: nobody can stop intake with one record."""

    def seconds(size: int) -> float:
        value = unit * (size // len(unit))
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            found_in(value, this_year=YEAR)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(512 * 1024) < 48 * seconds(32 * 1024) + 0.05  # sixteen times the bytes; squared it would be 256


@pytest.mark.parametrize(
    "raw", ["", " ", "-", "0", "N/A", "n/a", "NA", "nil", "None", "null", "Unknown", "undefined", f"{0:08}-0000-0000-0000-{0:012}"]
)
def test_what_says_nothing_is_no_identifier(raw: str) -> None:
    """Words that sources write where they know nothing would make strangers one person."""
    assert identifier("DEFENDANT_ID", raw, this_year=YEAR) is None


def test_the_year_that_is_now_is_of_this_century() -> None:
    """A two-digit year up to this year's is of its century, at the turn of one too."""
    letter = pnc_with_check(2000, 1)[-1]
    assert normal_pnc(f"00/1{letter}", 2000) == f"2000/0000001{letter}"
    assert normal_pnc(f"00/1{letter}", 2099) == f"2000/0000001{letter}"
    letter = pnc_with_check(1999, 1)[-1]
    assert normal_pnc(f"99/1{letter}", 2000) == f"1999/0000001{letter}"


def test_how_long_an_id_may_be() -> None:
    """A hundred characters; what is longer is kept as it came, and not trusted."""
    assert [getattr(identifier("DEFENDANT_ID", "x" * n, this_year=YEAR), "valid", None) for n in (100, 101)] == [True, False]


def test_the_nil_uuid_is_not_found() -> None:
    """It stands where a source knows nothing."""
    assert identifiers_in(b"00000000-0000-0000-0000-000000000000") == []


def test_no_more_is_looked_for_than_can_be_held() -> None:
    """Two hundred people and a thousand identifiers are complete; one more is not."""
    people = [f"A{n:04}BC".encode() for n in range(201)]
    uuids = [f"{n:08}-0000-4000-8000-0000000000ab".encode() for n in range(1001)]
    assert [found_in(b" ".join(people[:n]), this_year=YEAR).complete for n in (200, 201)] == [True, False]
    assert [found_in(b" ".join(uuids[:n]), this_year=YEAR).complete for n in (1000, 1001)] == [True, False]


@pytest.mark.parametrize("end", [b"", b" ", b"\x01"])
def test_at_the_very_beginning_and_end(end: bytes) -> None:
    """Where the text begins and ends there is no letter beside an identifier; nor is a byte that is no letter one."""
    assert numbers_in(end + b"A1234BC" + end) == ("A1234BC",)


def test_a_quarter_of_zero_bytes_is_not_yet_utf_16() -> None:
    """Zeros are taken out only where there are more: here they part what would otherwise read as a number."""
    assert numbers_in(b"A12\x0034BC") == ()
    assert numbers_in(b"A1234\x00\x00\x00BC--") == ()
    assert numbers_in("A1234BC".encode("utf-16-le")) == ("A1234BC",)
    assert numbers_in(b"X" + "A1234BC".encode("utf-16-le") + b"X") == ()
