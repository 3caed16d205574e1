"""What the codes of custody and immigration mean: alerts, imprisonment statuses, recalls, dates, immigration records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.codes import (
    Effect,
    ReleaseDateKind,
    alerts,
    classify_alert,
    classify_immigration,
    classify_imprisonment_status,
    classify_recall,
    fixed_term_days,
    immigration_record_types,
    imprisonment_statuses,
    recall_types,
    release_date_kind,
    release_date_types,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdfast.codes import CodeRow

ALERTS = """
HOLD NOT_FOR_RELEASE  XNR
HOLD POWER_TO_DETAIN  PTD
CHECK CONTRADICTION   XLDEPORT XSDEPORT XILLENT AAR WO XPHR OURX
SILENT                TG TM TSE TPR TAH TAP XEL XELH XER XCH OHA OTBR XSC BECTER
"""

#: Each trap that upstream's own legal status falls into, and one of every other kind.
STATUSES = """
CHECK CONTRADICTION         DIED BOBC
CHECK UNKNOWN_CODE          RECEP_TRA RECEP_TEM POLICE UNFIT UNKNOWN
HOLD RECALL                 FTR_56ORA FTRSCH18 FTRSCH18_ORA LR_EDS18 LR_EDS21 LR_EDSU18 LR_SOPC18 LR_SOPC21 LRSEC250_ORA
HOLD RECALL                 RECEP_REC LR_ALP_CDE18 LR_ALP_CDE21 LR LR_LIFE LR_IPP FTR_ORA 14FTR_ORA FTR/08 CUR_ORA LR_HDC
HOLD SENTENCE               LIFE IPP DPP HMPL MLP ALP SEC93 SENT DTO EDS21 SOPC18 STS21 YOI UNK_SENT RECEP_DET BOTUS
HOLD DEFAULT_IN_PAYMENT     A_FINE YOFINE AFIXED A_CFINE YO_CFINE
HOLD CONVICTED_UNSENTENCED  JR SEC38 SEC10_3 SEC39 RECEP_UNS UNK_CONV S43MHA
HOLD HOSPITAL_ORDER         S37MHA S41MHA S45MHA S38MHA S47MHA S48MHA S35MHA S36MHA RECEP_HOS
HOLD CIVIL_COMMITTAL        CIVIL CIVIL_CON CIV_RMD YOC_CONT CRIM_CON RECEP_CIV
HOLD IMMIGRATION_DETENTION  DET RECEP_IMM
HOLD DEPORTATION            DEPORT REC_DEP
HOLD EXTRADITION            EXTRAD
HOLD REMAND                 RX RECEP_REM RECEP_REMAND UNK_CUST
HOLD COMMITTED_IN_CUSTODY   TRL
SUSPENDED                   SUSP_SEN
NON_CUSTODIAL               NON-CUST SUP_ORD REST_ORD DEF_SENT DTTO
SILENT                      DISCHARGED DISCONT
"""

IMMIGRATION = """
HOLD IMMIGRATION_DETENTION  IS91
HOLD DEPORTATION            DEPORTATION_ORDER
CLEAR                       IMMIGRATION_BAIL NO_LONGER_OF_INTEREST
CHECK ENRICHMENT_PENDING    LIABILITY_TO_DEPORTATION
CHECK UNKNOWN_CODE          UNKNOWN NOSUCH
"""

DATES = """
AUTOMATIC      CRD ARD NPD MTD
APPROVED       APD HDCAD
EXPIRY         SED SLED ESED
POST_RECALL    PRRD DPRRD
ELIGIBILITY    PED HDCED HDCED4PLUS ERSED TERSED ROTL ETD LTD NCRD
SUPERVISION    LED TUSED
INDETERMINATE  Tariff
UNKNOWN        NOSUCH TARIFF crd
"""


def expected(table: str) -> list[tuple[str, str, str]]:
    """The tables above, a code at a time: (code, effect, ground)."""
    found: list[tuple[str, str, str]] = []
    for effect, *words in (line.split() for line in table.strip().splitlines()):
        ground = words.pop(0) if effect in {"HOLD", "CHECK"} else ""
        found += [(code, effect, ground) for code in words]
    return found


@pytest.mark.parametrize(("code", "effect", "ground"), expected(ALERTS))
def test_an_alert_holds_asks_or_is_silent(code: str, effect: str, ground: str) -> None:
    """Not for release, power to detain: held. A hint at what another knows, or a date to be checked: a question. The rest: silent."""
    row = classify_alert(code)
    assert (row.code, row.effect, row.ground) == (code, effect, ground)


@pytest.mark.parametrize(("code", "effect", "ground"), expected(STATUSES))
def test_a_status_says_on_what_custody_holds_him(code: str, effect: str, ground: str) -> None:
    """A recall that upstream shows as sentenced is a recall, extradition is not immigration, and the dead are a question."""
    row = classify_imprisonment_status(code)
    assert (row.code, row.effect, row.ground) == (code, effect, ground)


@pytest.mark.parametrize(
    "code", ["LIFE", "IPP", "DPP", "HMPL", "MLP", "ALP", "ALP_CODE18", "SEC93", "SEC275", "RECEP_IND", "LR_LIFE", "LR_IPP", "LR_ALP_CDE21"]
)
def test_a_life_status_is_indeterminate(code: str) -> None:
    """Life and public protection, and a recall to one, end by a release direction alone."""
    assert classify_imprisonment_status(code).indeterminate


@pytest.mark.parametrize("code", ["SENT", "EDS21", "SOPC18", "STS21", "FTR_ORA", "LR", "LR_EDS21", "TRL", "DET", "SUSP_SEN"])
def test_other_statuses_are_not_indeterminate(code: str) -> None:
    """A determinate sentence, extended or not, has a date."""
    assert not classify_imprisonment_status(code).indeterminate


def test_no_status_ends_what_a_court_ordered() -> None:
    """Custody's status may be silent or name no custody; it never clears and never bails."""
    assert not [row for row in imprisonment_statuses() if row.effect in {Effect.CLEAR, Effect.BAIL}]


@pytest.mark.parametrize(
    ("code", "days"),
    [("LR", None), ("FTR_14", 14), ("FTR_28", 28), ("FTR_56", 56), ("FTR_HDC_14", 14), ("FTR_HDC_28", 28), ("CUR_HDC", None), ("IN_HDC", None)],
)
def test_every_recall_holds(code: str, days: int | None) -> None:
    """Whoever is recalled is held, for a fixed term or until custody or the Parole Board says otherwise."""
    row = classify_recall(code)
    assert (row.effect, row.ground, fixed_term_days(code)) == (Effect.HOLD, "RECALL", days)


def test_an_unknown_recall_has_no_term() -> None:
    """A kind of recall that nobody knows is a question, and ends by no count of days."""
    assert (classify_recall("FTR_7").ground, fixed_term_days("FTR_7")) == ("UNKNOWN_CODE", None)


@pytest.mark.parametrize(("code", "effect", "ground"), expected(IMMIGRATION))
def test_an_immigration_record_holds_clears_or_asks(code: str, effect: str, ground: str) -> None:
    """A notice of liability detains nobody by itself and is a question for immigration; so is what nobody knows."""
    row = classify_immigration(code)
    assert (row.effect, row.ground) == (effect, ground)


@pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind, *codes in map(str.split, DATES.strip().splitlines()) for code in codes])
def test_a_date_is_of_its_kind(kind: str, code: str) -> None:
    """To be eligible is not to be approved, a tariff releases nobody, and a type that nobody knows ends nothing."""
    assert release_date_kind(code) is ReleaseDateKind(kind)


def test_a_date_shows_what_it_ends() -> None:
    """As a row, a release date ends a sentence, a post-recall date a recall, and a tariff proves a sentence that no date ends."""
    rows = {date_type.code: date_type.row for date_type in release_date_types()}
    assert (rows["CRD"].effect, rows["CRD"].ends) == (Effect.CLEAR, ("SENTENCE",))
    assert (rows["PRRD"].effect, rows["PRRD"].ends) == (Effect.CLEAR, ("RECALL",))
    assert (rows["Tariff"].effect, rows["Tariff"].ground, rows["Tariff"].indeterminate) == (Effect.HOLD, "SENTENCE", True)
    assert {rows[code].effect for code in ("PED", "HDCED", "LED", "TUSED")} == {Effect.SILENT}


@pytest.mark.parametrize(
    ("read", "rows", "what"),
    [
        (classify_alert, alerts(), "alert"),
        (classify_imprisonment_status, imprisonment_statuses(), "imprisonment status"),
        (classify_recall, recall_types(), "recall type"),
        (classify_immigration, immigration_record_types(), "immigration record type"),
    ],
)
@given(code=st.text(max_size=12))
def test_an_unknown_code_is_a_question(read: Callable[[str], CodeRow], rows: tuple[CodeRow, ...], what: str, code: str) -> None:
    """A code that a table has is read as the table says; any other is for a person to look at, by name; it is never no hold."""
    row = read(code)
    if code in {known.code for known in rows}:
        assert row in rows
    else:
        assert (row.effect, row.ground, row.meaning) == (Effect.CHECK, "UNKNOWN_CODE", f"unknown {what}")
        assert code in row.reason
