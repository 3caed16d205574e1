"""Identifiers of people: which are well formed, how each is written, and which can be found in bytes that nobody could read.

Sources of the rules: prison number, PNC and CRO as HMPPS and the police write them (ministryofjustice/hmpps-person-record); Home Office reference as
ministryofjustice/hmpps-remand-and-sentencing-api accepts it. PNC and CRO end in a check letter: their two-digit year and serial, read as one number,
modulo 23. It never sees the century, so it cannot catch an error there.

Pure, and linear in the length of what is scanned.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from holdfast.claims import Identifier, IdentifierType

#: Indexed by the remainder; I, O and S are left out because they look like digits.
_CHECK_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"

_PRISONER_NUMBER = re.compile(r"[A-Z][0-9]{4}[A-Z]{2}")
_PNC_LONG = re.compile(r"([0-9]{4})/?([0-9]{7})([A-Z])")
_PNC_SHORT = re.compile(r"([0-9]{2})/?([0-9]{1,7})([A-Z])")
_CRO = re.compile(r"([0-9]{1,6})/([0-9]{2})([A-Z])")
_CRO_SMALL_FILE = re.compile(r"SF([0-9]{2})/([0-9]{1,6})([A-Z])")
_HOME_OFFICE_REFERENCE = re.compile(r"[A-Z0-9/]{5,16}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NIL_UUID = "00000000-0000-0000-0000-000000000000"
_OPAQUE_MAX_CHARS = 100

#: What sources write when they have nothing to say. Matching on any of these would make strangers one person.
_NOTHING = frozenset({"", "-", "0", "N/A", "NA", "NIL", "NONE", "NULL", "UNKNOWN", "UNDEFINED", _NIL_UUID})


def is_prisoner_number(value: str) -> bool:
    """Whether `value` is a prison (NOMS) number, as in A1234BC; it has no check character."""
    return _PRISONER_NUMBER.fullmatch(value) is not None


def is_home_office_reference(value: str) -> bool:
    """Whether `value` has the form of a Home Office reference, in capitals; it has no check character."""
    return _HOME_OFFICE_REFERENCE.fullmatch(value) is not None


def pnc_with_check(year: int, serial: int) -> str:
    """The PNC of a four-digit year and a serial below ten million, with its check letter: 2002/0073319Z."""
    return f"{year:04}/{serial:07}{_check_letter(f'{year % 100:02}{serial:07}')}"


def normal_pnc(raw: str, this_year: int) -> str | None:
    """`raw` as YYYY/NNNNNNNL, or None where its check letter or its form is wrong.

    A two-digit year later than `this_year`'s is of the century before. A four-digit year must come with all seven digits of the serial, since a
    shorter one may have lost them anywhere.
    """
    if (long := _PNC_LONG.fullmatch(raw)) is not None:
        year, serial, letter = long.groups()
    elif (short := _PNC_SHORT.fullmatch(raw)) is not None:
        two_digits, serial, letter = short.groups()
        century = this_year // 100 - (int(two_digits) > this_year % 100)
        year, serial = f"{century}{two_digits}", serial.rjust(7, "0")
    else:
        return None
    return f"{year}/{serial}{letter}" if letter == _check_letter(year[2:] + serial) else None


def pncs_one_slip_away(raw: str, this_year: int) -> frozenset[str]:
    """The valid PNCs that one wrong character, or two neighbours in the wrong order, may have made `raw` of, which is not valid.

    Empty where `raw` has not the form of a PNC. The check letter sees every such slip, so two valid ones are never a slip apart.
    """
    text = raw.strip().upper()
    if (long := _PNC_LONG.fullmatch(text)) is not None:
        year, serial, letter = long.groups()
    elif (short := _PNC_SHORT.fullmatch(text)) is not None:
        two_digits, serial, letter = short.groups()
        year, serial = f"{this_year // 100 - (int(two_digits) > this_year % 100)}{two_digits}", serial.rjust(7, "0")
    else:
        return frozenset()
    digits = year + serial
    spelt = {f"{other}{letter}" for other in slips(digits, "0123456789")} | {f"{digits}{_check_letter(year[2:] + serial)}"}
    return frozenset(found for each in spelt if (found := normal_pnc(each, this_year)) is not None)


def slips(text: str, alphabet: str) -> list[str]:
    """What one wrong character of `alphabet`, or two neighbours in the wrong order, can make of `text`."""
    wrong = [text[:n] + character + text[n + 1 :] for n in range(len(text)) for character in alphabet if character != text[n]]
    turned = [text[:n] + text[n + 1] + text[n] + text[n + 2 :] for n in range(len(text) - 1) if text[n] != text[n + 1]]
    return wrong + turned


def normal_cro(raw: str) -> str | None:
    """`raw` as NNNNNN/YYL, or as SFYY/NL with the serial as it came; None where its check letter or its form is wrong."""
    if (small := _CRO_SMALL_FILE.fullmatch(raw)) is not None:
        year, serial, letter = small.groups()
        return raw if letter == _check_letter(year + serial) else None
    if (standard := _CRO.fullmatch(raw)) is not None:
        serial, year, letter = standard.groups()
        serial = serial.rjust(6, "0")
        return f"{serial}/{year}{letter}" if letter == _check_letter(year + serial) else None
    return None


def identifier(kind: IdentifierType, raw: str | None, *, this_year: int) -> Identifier | None:
    """`raw` normalised and valid; or trimmed, as it came and not valid; or None where it says nothing."""
    trimmed = (raw or "").strip()
    if trimmed.upper() in _NOTHING:
        return None
    normal = _normal(kind, trimmed, this_year)
    return Identifier(type=kind, value=trimmed if normal is None else normal, valid=normal is not None)


def _normal(kind: IdentifierType, trimmed: str, this_year: int) -> str | None:
    match kind:
        case "PNC":
            return normal_pnc(trimmed.upper(), this_year)
        case "CRO":
            return normal_cro(trimmed.upper())
        case "HOREF":
            return trimmed.upper() if is_home_office_reference(trimmed.upper()) else None
        case "DEFENDANT_ID" | "MASTER_DEFENDANT_ID" | "CID" | "BOOKING":
            return normal_id(trimmed) if len(trimmed) <= _OPAQUE_MAX_CHARS else None


def normal_id(raw: str) -> str:
    """An id that courts give out: trimmed, and in lower case where it is a UUID, whose case means nothing."""
    trimmed = raw.strip()
    return trimmed.lower() if _UUID.fullmatch(trimmed.lower()) else trimmed


def _check_letter(year_and_serial: str) -> str:
    return _CHECK_LETTERS[int(year_and_serial) % len(_CHECK_LETTERS)]


# --- in bytes that nobody could read ----------------------------------------------------------------------------------------

#: The most that is looked for. Beyond it a record is no longer about people who can be held one by one.
PRISONER_NUMBERS_MAX = 200
IDENTIFIERS_MAX = 1000

_PRISONER_NUMBERS = re.compile(rb"[A-Z][0-9]{4}[A-Z]{2}")
#: Short forms count only with their slash and three digits of serial: shorter ones occur by accident.
_PNCS = re.compile(rb"(?:[0-9]{4}/?[0-9]{7}|[0-9]{2}/[0-9]{3,7})[A-Z]")
_CROS = re.compile(rb"(?:[0-9]{3,6}/[0-9]{2}|SF[0-9]{2}/[0-9]{3,6})[A-Z]")
_UUIDS = re.compile(rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ALPHANUMERIC = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
#: Escapes of JSON, whose letters are not the text's: after `\n` a word begins. Text within text is escaped twice.
_SLASHES = re.compile(rb"\\{1,4}/")
_ESCAPES = re.compile(rb"\\(?:u[0-9A-Fa-f]{4}|[bfnrt])")
#: Above this share of zero bytes the text is taken to be UTF-16.
_UTF16_ZEROS = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What was found, sorted. Not `complete`: there is more than was looked for."""

    prisoner_numbers: tuple[str, ...]
    identifiers: tuple[Identifier, ...]
    complete: bool


def found_in(value: bytes, *, this_year: int) -> Found:
    """The prisoner numbers, valid PNCs and CROs in `value`, and its UUIDs, any of which may be a defendant's, in one case or across cases."""
    text = _readable(value)
    numbers = _distinct(_PRISONER_NUMBERS, text, PRISONER_NUMBERS_MAX, str)
    pncs = _distinct(_PNCS, text, IDENTIFIERS_MAX, lambda raw: normal_pnc(raw, this_year))
    cros = _distinct(_CROS, text, IDENTIFIERS_MAX, normal_cro)
    uuids = _distinct(_UUIDS, text, IDENTIFIERS_MAX, lambda raw: normal_id(raw) if normal_id(raw) != _NIL_UUID else None)
    by_kind: tuple[tuple[IdentifierType, set[str]], ...] = (
        ("PNC", pncs),
        ("CRO", cros),
        ("DEFENDANT_ID", uuids),
        ("MASTER_DEFENDANT_ID", uuids),
    )
    return Found(
        prisoner_numbers=tuple(sorted(numbers)),
        identifiers=tuple(sorted(Identifier(type=kind, value=value) for kind, values in by_kind for value in values)),
        complete=len(numbers) <= PRISONER_NUMBERS_MAX and all(len(values) <= IDENTIFIERS_MAX for _, values in by_kind),
    )


def _readable(value: bytes) -> bytes:
    if value.count(0) > len(value) * _UTF16_ZEROS:
        value = value + b"\n" + value.replace(b"\0", b"")
    if b"\\" not in value:
        return value
    return _ESCAPES.sub(b" ", _SLASHES.sub(b"/", value))


def _distinct(pattern: re.Pattern[bytes], text: bytes, most: int, normal: Callable[[str], str | None]) -> set[str]:
    """The different normal forms of what matches, at most one more than `most`."""
    found: set[str] = set()
    for match in pattern.finditer(text):
        if _alone(match, text) and (value := normal(match.group().decode("ascii"))) is not None:
            found.add(value)
            if len(found) > most:
                break
    return found


def _alone(match: re.Match[bytes], text: bytes) -> bool:
    """No letter or digit stands on either side, for those of a longer word are not an identifier; or it stands right after its own length.

    Avro writes twice its length before a string, and what follows it is the length of the next, which may look like a letter. So may its own: before
    a UUID it is an H.
    """
    start, end = match.span()
    before = text[start - 1] if start else 0
    after = text[end] if end < len(text) else 0
    return before == 2 * (end - start) or (before not in _ALPHANUMERIC and after not in _ALPHANUMERIC)
