"""What each court result that can free or keep somebody means."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.codes import (
    CodeRow,
    Effect,
    classify,
    court_results,
    most_custodial,
)

if TYPE_CHECKING:
    from random import Random

ROWS = court_results()
DEFINITIONS = [row for row in ROWS if row.result_type_id]
CJS_CODES = sorted({row.cjs_code for row in ROWS if row.cjs_code})

IMPRISONMENT = "abb95a52-2a75-40c3-8d3f-a1d75a199c47"
SUSPENDED_SENTENCE = "8b1cff00-a456-40da-9ce4-f11c20959084"
REMANDED_IN_CUSTODY = "d0a369c9-5a28-40ec-99cb-da7943550b18"
CUSTODY_WITH_BAIL_DIRECTION = "e26940b7-2534-42f2-9c44-c70072bf6ad2"
WITHDRAWN = "eb2e4c4f-b738-4a4d-9cce-0572cecb7cb8"
APPEAL_WITHDRAWN = "453539d1-c1a0-475d-9a02-16a659e6bc34"
FREE_TEXT = "98138ec8-5dd3-11e8-9c2d-fa7ae01bbebc"
NOT_A_TYPE = "00000000-0000-4000-8000-000000000000"

# Effect, ground, and the Common Platform definitions: short codes, or where there is none the beginning of the type id.
RESULTS = """
HOLD SENTENCE                     imp LIMP2 LIMPSO LIMPS2O MLI MINIDB MINIDT EXTIVS SPECC DETMP yoi CFL CFLS MCL
HOLD SENTENCE                     EXTDVS EXTDVSU DETSO MINDDB MINDDT DTO SSI SSIV SSID SSIVD TIMP TDTO
HOLD HOSPITAL_ORDER               MHHO DHA MHHI MHHIC RIH RHT RISTO
HOLD DEFAULT_IN_PAYMENT           DETDP IMPDP
HOLD CIVIL_COMMITTAL              EV EVP RSWN AFM CPRPD P ABIDO
HOLD COMMITTED_IN_CUSTODY         CCSI 4ea1c855 MHCCRP 07279eef
HOLD REMAND                       RI RICD RIPC REMIC REMMED 9c57f661 CTL CTLE LACOND YDDLAA
HOLD REMAND_BAIL_CONDITIONS_UNMET RIB CCSIB PREBC PRBCS1 PRBCP1
HOLD BAIL_APPEAL_PENDING          RIBA48 RIBA2
HOLD WARRANT_OUTSTANDING          WOFN WABSN WCPN
SUSPENDED                         SUSPS SUSPSNI SUSPSS SUSPSD SUSPV SUSPVD SUSPA STIMP STDET
NON_CUSTODIAL                     FO AD CD co NSP DS DEFRJ YRO YOP
CLEAR                             DISM DINE NGJ NOEVS disc STAYP WDRN IREMFILE cremfile WWDN WNE
BAIL                              CCSU CCSC RC CBBCA RU REMUB UCBCA 705140dc CCIC SendToCCOnCB
CHECK CONTRADICTION               DISCH CQUASH IQUASH QC STDEC e3fb46ee ROPEN RIBAWL SV WOFD WOFR WOFU WCPD WCPU
CHECK CONTRADICTION               456d4705 WDRNOS WDRNOU
CHECK CONTRADICTION               177f29cd a2640f68 d861586a CTLNE dead
CHECK ENRICHMENT_PENDING          RDEPN RDEPD DEPN
CHECK UNKNOWN_CODE                57c6fbb9 UNABLE
CHECK ENTERED_IN_ERROR            ERR
SILENT                            A NHMC NEXH REPC DDCH 548bf6b7 573b195d OREV ODIS FVS FCOST COLO EMONE 86857bb0
SILENT                            PORCU1 PORE5 PORS RCBV D39 ADJR SCC REMCB
"""

# The same for codes alone: NOMIS and police numbers among them.
CODES = """
HOLD SENTENCE                     1002 1003 1007 1024 1081 1111 1501 1507
HOLD SENTENCE                     1005 1006 1043 1096 5002 5005 5012 5018
HOLD HOSPITAL_ORDER               1008 1088 3132 4051
HOLD DEFAULT_IN_PAYMENT           1510 1509
HOLD COMMITTED_IN_CUSTODY         4016 4560 4053
HOLD CONVICTED_UNSENTENCED        4012
HOLD REMAND                       4028 4531 4050 4541 4532 1042
HOLD REMAND_BAIL_CONDITIONS_UNMET 4046 4533 4017 4055 4561
HOLD BAIL_APPEAL_PENDING          4049
HOLD WARRANT_OUTSTANDING          4576
HOLD IMMIGRATION_DETENTION        5500
HOLD DEPORTATION                  5502
HOLD CIVIL_COMMITTAL              5600 5601
SUSPENDED                         1115 1134 1508
NON_CUSTODIAL                     1015 1017 1018 1116 4005 1010 1013 1052 1082 1086 1107 3039
BAIL                              4014 4015 4027 4047 4530 4542 4558 4559
CLEAR                             2006 2008 2050 2053 2061 2063 2509 5501 5503 5602 2016 2018 AA AC FNPR NC
CHECK CONTRADICTION               1046 2068 3044 3049 4575 4577 4584 4585 4586
CHECK CONTRADICTION               1019 1027 1028 1047 1049 2060 2066 3018 3026 3027 3504 4010 4018 4022
CHECK ENRICHMENT_PENDING          3006
CHECK UNKNOWN_CODE                4505 1054 1105 1106 1108 2009 2010 3502 4501 9999 NGIS
CHECK ENTERED_IN_ERROR            4583
SILENT                            1029 3045 4506 4592 MERGE 2007 2514 3057 3058 4001 4504 4579 G FPR DA
"""

# What the police of England and Wales hold to be custody (bichard7-next-core, triggers of these names).
REMANDED = "4012 4016 4028 4032 4049 4050 4051 4053 4054 4056 4057 4058 4541 4560 4564 4588"  # TRPR0005
IMPRISONED = (  # TRPR0006
    "1002 1003 1004 1007 1008 1024 1055 1056 1058 1073 1074 1075 1077 1080 1081 1088 1091 1092 1093 1110 1111 1121 1126 1133 1507 3053 3132"
)
BAIL_DIRECTED = "4017 4046 4055 4561"  # TRPR0019
CUSTODY_CODES = f"{REMANDED} {IMPRISONED} {BAIL_DIRECTED}".split()


class Expected(NamedTuple):
    """One cell of the tables above."""

    code: str
    effect: str
    ground: str


def expected(table: str) -> list[Expected]:
    """The tables above, a code at a time."""
    cells: list[Expected] = []
    for effect, *words in (line.split() for line in table.strip().splitlines()):
        ground = words.pop(0) if effect in {"HOLD", "CHECK"} else ""
        cells += [Expected(code, effect, ground) for code in words]
    return cells


def defined(name: str) -> CodeRow:
    """The one definition with this short code, or whose type id begins like this."""
    (row,) = [row for row in DEFINITIONS if name in {row.short_code, row.result_type_id[:8]}]
    return row


def custody(row: CodeRow) -> int:
    """How custodial an effect is: the greatest keeps somebody, the least lets go of everything."""
    return -list(Effect).index(row.effect)


# --- court results ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "effect", "ground"), expected(RESULTS))
def test_a_definition_does_to_custody_what_the_court_meant(name: str, effect: str, ground: str) -> None:
    """Every result that can keep or free somebody is read as a sentence-management clerk would read it."""
    row = defined(name)
    assert (classify(row.result_type_id, row.cjs_code or None).effect, row.ground) == (effect, ground)


@pytest.mark.parametrize(("code", "effect", "ground"), expected(CODES))
def test_a_code_alone_is_enough(code: str, effect: str, ground: str) -> None:
    """A record without a type id is read by its CJS or NOMIS number."""
    row = classify(None, code)
    assert (row.effect, row.ground) == (effect, ground)


@pytest.mark.parametrize("code", CUSTODY_CODES)
def test_what_police_call_custody_is_a_hold(code: str) -> None:
    """No code on which the police update a custody history lets anybody go, whatever its definition is called."""
    assert classify(None, code).effect is Effect.HOLD
    assert {row.effect for row in ROWS if row.cjs_code == code} == {Effect.HOLD}


def test_custody_with_a_bail_direction_is_custody() -> None:
    """Upstream groups it with conditional bail; it holds until the conditions are met."""
    row = classify(CUSTODY_WITH_BAIL_DIRECTION, "4046")
    assert (row.effect, row.ground) == (Effect.HOLD, "REMAND_BAIL_CONDITIONS_UNMET")


@pytest.mark.parametrize("name", ["FCOMP", "CONF", "CONFAA", "RESTRAOF", "SHOPF", "OREV", "DDO", "FBO", "IPC", "PTFOR"])
def test_an_order_made_after_a_sentence_leaves_it_standing(name: str) -> None:
    """Compensation, confiscation or a restraining order at a later hearing says nothing about the prison sentence."""
    assert defined(name).effect is Effect.SILENT


def test_a_code_alone_is_never_less_custodial_than_a_definition_that_has_it() -> None:
    """Where definitions that share a code disagree, the code by itself means the most custodial of them."""
    assert not [row for row in ROWS if row.cjs_code and custody(classify(None, row.cjs_code)) < custody(row)]


def test_an_unknown_type_falls_back_to_its_code() -> None:
    """A court that invents a type id for a result with a known code is still understood."""
    assert not [code for code in CJS_CODES if classify(NOT_A_TYPE, code) != classify(None, code)]


@pytest.mark.parametrize(
    ("type_id", "code", "named"),
    [
        (None, None, "without a code"),
        ("", "", "without a code"),
        (None, "9998", "9998"),
        (NOT_A_TYPE, None, NOT_A_TYPE),
    ],
)
def test_an_unknown_code_is_a_question(type_id: str | None, code: str | None, named: str) -> None:
    """A result that no table has is for a person to look at, by name; it is never no hold."""
    row = classify(type_id, code)
    assert (row.effect, row.ground, row.final) == (Effect.CHECK, "UNKNOWN_CODE", False)
    assert named in row.reason


@given(row=st.sampled_from(DEFINITIONS), code=st.sampled_from(CJS_CODES))
def test_of_type_and_code_the_more_custodial_counts(row: CodeRow, code: str) -> None:
    """A message whose type says one thing and whose code another is read towards custody."""
    both = classify(row.result_type_id, code)
    if code == row.cjs_code:
        assert both == row
    else:
        assert custody(both) == max(custody(row), custody(classify(None, code)))


@pytest.mark.parametrize(
    ("type_id", "code"),
    [(SUSPENDED_SENTENCE, "1002"), (IMPRISONMENT, "1115"), (WITHDRAWN, "4028"), (FREE_TEXT, "1002")],
)
def test_imprisonment_in_either_place_is_imprisonment(type_id: str, code: str) -> None:
    """A suspended sentence with the code of imprisonment, or the reverse, holds."""
    assert classify(type_id, code).effect is Effect.HOLD


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("WWDN", ("WARRANT_OUTSTANDING",)),
        ("WNE", ("WARRANT_OUTSTANDING",)),
        ("ABIDOR", ("CIVIL_COMMITTAL",)),
        ("WDRN", ()),
    ],
)
def test_a_clear_says_what_it_ends(name: str, ends: tuple[str, ...]) -> None:
    """A withdrawn warrant ends the hold of the warrant and no remand; a withdrawn charge ends all that there was for it."""
    assert (defined(name).effect, defined(name).ends) == (Effect.CLEAR, ends)


@pytest.mark.parametrize(
    ("code", "ends"),
    [("5501", ("IMMIGRATION_DETENTION",)), ("5503", ("IMMIGRATION_DETENTION", "DEPORTATION")), ("5602", ("CIVIL_COMMITTAL",))],
)
def test_immigration_bail_leaves_a_deportation(code: str, ends: tuple[str, ...]) -> None:
    """Immigration bail ends detention and not the decision to deport; only no longer of interest ends both."""
    assert classify(None, code).ends == ends


@pytest.mark.parametrize("name", ["LIMP2", "LIMPS2O", "LIMPSO", "MLI", "CFL", "CFLS", "MCL", "DETMP"])
def test_no_date_ends_a_life_sentence(name: str) -> None:
    """Life, custody for life and detention during His Majesty's pleasure end by a release direction alone."""
    assert defined(name).indeterminate


@pytest.mark.parametrize("name", ["imp", "yoi", "EXTIVS", "EXTDVS", "EXTDVSU", "SPECC", "MINIDB", "DETSO", "DTO", "SSI", "TIMP"])
def test_a_date_ends_a_determinate_sentence(name: str) -> None:
    """Imprisonment, extended sentences among it, has a release date that custody calculates."""
    assert not defined(name).indeterminate


@pytest.mark.parametrize(
    ("code", "indeterminate"), [("1002", False), ("1024", False), ("1003", True), ("1073", True), ("1091", True), ("1121", True)]
)
def test_a_number_is_indeterminate_only_if_all_that_share_it_are(code: str, *, indeterminate: bool) -> None:
    """1002 is a month in prison as well as prison for life, so by itself it does not stop a confirmed date; 1003 does."""
    row = classify(None, code)
    assert (row.effect, row.ground, row.indeterminate) == (Effect.HOLD, "SENTENCE", indeterminate)


def test_two_holds_in_one_result_are_read_towards_custody() -> None:
    """A type and a code that hold differently: the one that no date ends counts, whichever place it is in."""
    assert classify(IMPRISONMENT, "4028").ground == "REMAND"
    assert classify(REMANDED_IN_CUSTODY, "1002").ground == "REMAND"
    assert classify(IMPRISONMENT, "1003").indeterminate


def test_a_withdrawn_appeal_is_not_a_withdrawn_charge() -> None:
    """Both come with code 2063; the charge is over, the sentence that was appealed against is not."""
    assert classify(WITHDRAWN, "2063").effect is Effect.CLEAR
    assert classify(APPEAL_WITHDRAWN, "2063").effect is Effect.SILENT


def test_an_identifier_is_the_same_in_capitals() -> None:
    """How a source writes a UUID, and space around a code, change nothing."""
    assert classify(REMANDED_IN_CUSTODY.upper(), " 4028 ") == classify(REMANDED_IN_CUSTODY, "4028")


@given(rows=st.lists(st.sampled_from(ROWS), min_size=1, max_size=5), random=st.randoms())
def test_the_most_custodial_row_does_not_depend_on_order(rows: list[CodeRow], random: Random) -> None:
    """Two tables with the same rows in another order hold the same people."""
    shuffled = random.sample(rows, len(rows))
    one, other = most_custodial(rows), most_custodial(shuffled)
    assert (one.effect, one.indeterminate, one.final) == (other.effect, other.indeterminate, other.final)


def test_what_ends_an_offence_is_final_and_what_asks_is_not() -> None:
    """Sentences and acquittals end proceedings; remands, bail, questions and silence leave them open."""
    never_final = {Effect.BAIL, Effect.CHECK, Effect.SILENT}
    assert not [row for row in ROWS if row.final and row.effect in never_final]
    assert not [row for row in ROWS if row.ground == "SENTENCE" and not row.final]
    assert not [row for row in ROWS if row.indeterminate and row.ground != "SENTENCE"]
    assert not [row for row in ROWS if row.ground in {"REMAND", "COMMITTED_IN_CUSTODY"} and row.final]
