"""The longest term for an offence, by its CJS code: the highest that the law allowed for it at any time, so that no lawful sentence is accused.

What a caller must not compare with it: imprisonment in default of payment and for contempt, which are not sentences for the offence; a life sentence
for a second listed offence (Sentencing Act 2020 ss.273 and 283), which may exceed the offence's own maximum; a total over several offences.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from holdfast.codes.tables import Edition, Line, Table
from holdfast.limits.tables import count, shipped


class Triable(StrEnum):
    """Which court can try an offence: only a magistrates' court, either, or only the Crown Court."""

    SUMMARY = "SUMMARY"
    EITHER_WAY = "EITHER_WAY"
    INDICTABLE = "INDICTABLE"


@dataclass(frozen=True, kw_only=True, slots=True)
class OffenceLimit:
    """The longest term for one offence, and the statute that says so.

    `longest_months` is None for life (or imprisonment at large, as at common law), and 0 where a fine is all that a court can impose.
    """

    offence_code: str
    title: str
    longest_months: int | None
    triable: Triable
    statute: str

    @property
    def fine_only(self) -> bool:
        """Whether nobody can be sent to prison for it."""
        return self.longest_months == 0

    def allows(self, months: int) -> bool:
        """Whether a court may impose a term of so many months for this one offence."""
        return self.longest_months is None or months <= self.longest_months


#: Last letters of an eight-letter CJS code, which make another offence of the one before them, and the law that gives it the same longest term.
#: I, incitement at common law, is not here: it was punishable at large.
_INCHOATE: Mapping[str, str] = {
    "A": "Criminal Attempts Act 1981 s.4(1)",
    "B": "Accessories and Abettors Act 1861 s.8",
    "C": "Criminal Law Act 1977 s.3",
    "E": "Serious Crime Act 2007 s.58",
}
_CODE_LETTERS = 7


class OffenceMaxima:
    """Longest terms by CJS offence code."""

    FILE = "offence-maxima.csv"
    COLUMNS = ("offence_code", "title", "longest_months", "triable", "statute", "source")

    def __init__(self, table: Table) -> None:
        """Raises `CodeTableError`."""
        self.edition = table.edition
        self.rows = tuple(self._row(line) for line in table.lines)
        self._by_code = {row.offence_code: row for row in self.rows}

    @staticmethod
    def _row(line: Line) -> OffenceLimit:
        code = line["offence_code"]
        if len(code) != _CODE_LETTERS or not code.isalnum() or code != code.upper():
            line.refuse(f"offence_code '{code}'", "write the seven letters of the whole offence in capitals; what is tried for it is read by rule")
        return OffenceLimit(
            offence_code=code,
            title=line.filled("title"),
            longest_months=None if line["longest_months"] == "life" else count(line, "longest_months"),
            triable=line.member("triable", Triable),
            statute=line.filled("statute"),
        )

    def longest_term(self, offence_code: str) -> OffenceLimit | None:
        """See the function of this name."""
        code = offence_code.strip().upper()
        if len(code) <= _CODE_LETTERS:
            return self._by_code.get(code)
        whole, same_as = self._by_code.get(code[:_CODE_LETTERS]), _INCHOATE.get(code[_CODE_LETTERS:])
        if whole is None or same_as is None:
            return None
        # A conspiracy is tried on indictment, also one to commit a summary offence (Criminal Law Act 1977 s.3).
        triable = Triable.INDICTABLE if code.endswith("C") else whole.triable
        return replace(whole, offence_code=code, triable=triable, statute=f"{same_as}, with {whole.statute}")


_MAXIMA = OffenceMaxima(shipped(OffenceMaxima.FILE, OffenceMaxima.COLUMNS, lambda line: (line["offence_code"],)))
EDITIONS: dict[str, Edition] = {"offence-maxima": _MAXIMA.edition}


def offence_limits() -> tuple[OffenceLimit, ...]:
    """Every row of the table, in the order of the file."""
    return _MAXIMA.rows


def longest_term(offence_code: str) -> OffenceLimit | None:
    """The longest term for an offence; None where the table does not know it, which says nothing about any sentence for it.

    An attempt, aiding, a conspiracy and encouragement have the term of the whole offence.
    """
    return _MAXIMA.longest_term(offence_code)
