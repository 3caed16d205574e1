"""How nearly two names agree, and two birthdays: never whether they are one person's.

Names are compared as people write them in haste: without case, accents, titles and apostrophes, in either order, with a name more or less on either
side, and with slips of the pen (Jaro-Winkler, by rapidfuzz at an exact version: a score is part of the rules). Birthdays are compared digit by digit.
`docs/adr/0009-scored-candidates.md` says why.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from holdfast.identifiers import slips

Words = tuple[str, ...]

#: Letters that Unicode does not take apart, as English clerks write them; the last is the i without a dot.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "\u0131": "i"})
#: Straight, curly and slanting.
_APOSTROPHES = re.compile("['`\u2018\u2019\u00b4\u02bc]")
_BREAKS = re.compile(r"[\W_]+")
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "sir", "dame", "lord", "lady", "rev", "prof", "jr", "jnr", "snr", "esq"})
#: Written or left out at will, also in Welsh (ap, ab, ferch, verch).
_PARTICLES = frozenset(
    {"ap", "ab", "ferch", "verch", "de", "da", "di", "du", "del", "van", "von", "der", "den", "el", "al", "ul", "bin", "ibn", "bint"}
)
#: Part of the word that follows.
_PREFIXES = frozenset({"mc", "mac", "o"})
#: What sources write where they have no name.
_NO_NAME = frozenset(
    {"unknown", "unk", "not known", "not given", "not stated", "none", "null", "na", "n a", "nil", "unnamed", "test", "x", "xx", "xxx"}
)
_TEXT_MAX_CHARS = 200
_WORDS_MAX = 8

#: What sources write where they have no birthday.
_NO_BIRTHDAYS = frozenset({date(1, 1, 1), date(1800, 1, 1), date(1899, 12, 30), date(1900, 1, 1), date(9999, 12, 31)})

#: Of how a surname and given names agree, the worse one counts for this much: two brothers share the better one.
_WORSE = 0.7
_SURNAME, _EITHER = 0.6, 0.5
#: What is left of an agreement when it took a change of order, a word left out, given names that only begin alike, or no given name at all.
_CROSSED, _WHOLE, _EXTRA, _LEADING, _NO_GIVEN_NAME = 0.98, 0.95, 0.98, 0.92, 0.85
_INITIAL = 0.9
#: Slips are seldom in the first letter: another one, which does not sound alike, makes two names of what is more than one slip apart.
_OTHER_BEGINNING = 0.85
_SOUNDS = str.maketrans("cqgzyw", "kkjsiv")


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """One name, in words without case and accents; either part may be empty, not both."""

    last: Words
    first: Words

    @property
    def words(self) -> Words:
        """All of it."""
        return self.last + self.first


def name_of(last: str | None, first: str | None) -> Name | None:
    """The words of a name; None where a source writes that it has none."""
    name = Name(_words(last), _words(first))
    return name if name.words else None


def _words(text: str | None) -> Words:
    flat = unicodedata.normalize("NFKD", (text or "")[:_TEXT_MAX_CHARS].casefold().translate(_LETTERS))
    flat = "".join(character for character in flat if not unicodedata.combining(character))
    split = [word for word in _BREAKS.split(_APOSTROPHES.sub("", flat)) if word]
    if " ".join(split) in _NO_NAME:
        return ()
    said = [word for word in split if word not in _TITLES] or split
    told = [word for word in said if word not in _PARTICLES] or said
    joined: list[str] = []
    for word in told:
        if joined and joined[-1] in _PREFIXES:
            joined[-1] += word
        else:
            joined.append(word)
    return tuple(joined[:_WORDS_MAX])


def likeness(one: Name, other: Name) -> float:
    """How nearly two names agree, from 0 to 1, to six places.

    As they are written; or, where a surname begins like a given name, with the two crossed, or with all words in any order, if that is better.
    """
    if not (one.last and other.last and one.first and other.first):
        together = _aligned(one.last or one.first, other.last or other.first)
        return round(_NO_GIVEN_NAME * max(together, _WHOLE * _aligned(one.words, other.words)), 6)
    straight = _together(_surname(one.last, other.last), _given(one.first, other.first), _SURNAME)
    if straight >= _CROSSED or not _begin_alike(one.last, other.first) | _begin_alike(one.first, other.last):
        return round(straight, 6)
    crossed = _CROSSED * _together(_surname(one.last, other.first), _surname(one.first, other.last), _EITHER)
    return round(max(straight, crossed, _WHOLE * _aligned(one.words, other.words)), 6)


def _begin_alike(one: Words, other: Words) -> bool:
    return not {word[0] for word in one}.isdisjoint(word[0] for word in other)


def _together(one: float, other: float, weight: float) -> float:
    mean = weight * one + (1 - weight) * other
    return (1 - _WORSE) * mean + _WORSE * min(one, other)


def _surname(one: Words, other: Words) -> float:
    if len(one) == len(other) == 1:
        return _alike(one[0], other[0])
    return max(_aligned(one, other), _alike("".join(one), "".join(other)))


def _given(one: Words, other: Words) -> float:
    if len(one) == len(other) == 1:
        return _alike(one[0], other[0])
    return max(_aligned(one, other), _LEADING * _alike(one[0], other[0]))


def _aligned(one: Words, other: Words) -> float:
    """Each word of the shorter with its best in the longer; half of it is how the worst of them fares."""
    shorter, longer = (one, other) if (len(one), one) <= (len(other), other) else (other, one)
    if not shorter:
        return 0.0
    extra = 1.0 if len(shorter) == len(longer) else _EXTRA
    left = list(longer)
    found: list[float] = []
    for word in shorter:
        alike = [_alike(word, each) for each in left]
        best = max(alike)
        found.append(best)
        del left[alike.index(best)]
    return extra * (sum(found) / len(found) + min(found)) / 2


def _alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if len(one) == 1 or len(other) == 1:
        return _INITIAL if one[0] == other[0] else 0.0
    alike = JaroWinkler.normalized_similarity(one, other)
    if one[0].translate(_SOUNDS) == other[0].translate(_SOUNDS) or OSA.distance(one, other, score_cutoff=1) <= 1:
        return alike
    return _OTHER_BEGINNING * alike


# --- birthdays --------------------------------------------------------------------------------------------------------------

#: How two birthdays may agree, from best to worst, and for how much each counts.
BIRTHDAYS = {"SAME": 1.0, "DAY_AND_MONTH_SWAPPED": 0.85, "ONE_SLIP": 0.8, "DIFFERENT": 0.0, "UNKNOWN": 0.0}
_YEARS = range(1900, 2100)


def birthday_of(stated: date | None) -> date | None:
    """A birthday; None where the date is what a source writes when it has none."""
    return None if stated in _NO_BIRTHDAYS else stated


def birthdays_agree(one: date, other: date) -> str:
    """A word of BIRTHDAYS. A slip is one digit that differs, or two neighbours that changed places."""
    if one == other:
        return "SAME"
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return "DAY_AND_MONTH_SWAPPED"
    return "ONE_SLIP" if other in near_birthdays(one) else "DIFFERENT"


@lru_cache(maxsize=1 << 15)
def near_birthdays(day: date) -> frozenset[date]:
    """Every other day that one slip, or day and month swapped, makes of `day`."""
    digits = f"{day:%Y%m%d}".rjust(8, "0")
    spelt = {f"{digits[:4]}{digits[6:]}{digits[4:6]}", *slips(digits, "0123456789")}
    return frozenset(found for each in spelt if (found := _day(each)) is not None and found != day)


def _day(digits: str) -> date | None:
    year = int(digits[:4])
    try:
        return date(year, int(digits[4:6]), int(digits[6:])) if year in _YEARS else None
    except ValueError:
        return None
