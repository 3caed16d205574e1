"""What each movement reason means: who left and how, what an order is for, and on what an admission holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.codes import (
    Departure,
    Effect,
    ReceivedAs,
    administrative,
    classify_movement,
    departure,
    exits_of_order,
    leaves,
    movement_reasons,
    received_as,
)
from holdfast_gate.model import Exit

ROWS = movement_reasons()
RELEASES = {row.reason_code for row in ROWS if row.movement_type == "REL"}
#: Known from other systems' code only: no list of reasons has them.
FROM_CODE = ["ECSL", "ECSLIRC", "DEIRC", "MRG", "NCS", "HC", "ETR", "FR1", "FR2", "CE", "HO", "HQ", "PD", "IF", "NG"]

DEPARTURES = """
RELEASED     CR CE AR FR1 FR2 ECSL SC HR HU HD HE HC PX NP BL BD DA AU DS NCS PF PD D1 D2 D3 D4 D5 D6 ER RW REL IF NG
HANDED_OVER  DD DE DL DEIRC ECSLIRC ETR EX RE
HOSPITAL     HP HO HQ
TRANSFER     AS AV
AT_LARGE     UAL UAL_ECL ESCP
DEAD         DEC
STAYS        MRG 99
"""

RECEIVED = """
SENTENCE               I W 25 26 27 29 G J K P T D INTER ETB
RECALL                 L 24 B Y ELR
REMAND                 N
CONVICTED_UNSENTENCED  V
IMMIGRATION            E
CIVIL                  C
DEFAULT                F
HOSPITAL               O
NOTHING                A H INT M Q R RECA S TRNCRT TRNTAP U Z ADMN
UNKNOWN                ETRLR NOSUCH CR
"""

GROUNDS = {
    "SENTENCE": "SENTENCE",
    "RECALL": "RECALL",
    "REMAND": "REMAND",
    "CONVICTED_UNSENTENCED": "CONVICTED_UNSENTENCED",
    "IMMIGRATION": "IMMIGRATION_DETENTION",
    "CIVIL": "CIVIL_COMMITTAL",
    "DEFAULT": "DEFAULT_IN_PAYMENT",
    "HOSPITAL": "HOSPITAL_ORDER",
}


def cells(table: str) -> list[tuple[str, str]]:
    """The tables above, a code at a time: (word, code)."""
    return [(word, code) for word, *codes in (line.split() for line in table.strip().splitlines()) for code in codes]


@pytest.mark.parametrize(
    ("reasons", "exits"),
    [
        ("CR CE AR FR1 FR2 ECSL SC HR HU HD HE HC PX NP PD BL BD DA AU DS NCS PF D1 D2 D3 D4 D5 D6 ER RW REL", {"release"}),
        ("DEIRC ECSLIRC", {"immigration_transfer"}),
        ("DD DE DL ETR", {"immigration_transfer", "removal"}),
        ("RE FR", {"removal"}),
        ("EX", {"extradition"}),
        ("HP HO HQ", {"hospital"}),
        ("C3 R2 RO YRDR PC IM", {"temporary_release"}),
        ("MRG DEC UAL UAL_ECL ESCP 99 AV AS IF NG NOTR VL N NOSUCH", set[str]()),
    ],
)
def test_an_order_is_for_the_exit_its_reason_names(reasons: str, exits: set[str]) -> None:
    """An order for one exit opens no other; a reason that orders none, or that is not known, opens none."""
    assert {reason: exits_of_order(reason) for reason in reasons.split()} == dict.fromkeys(reasons.split(), exits)


def test_every_release_reason_was_thought_of() -> None:
    """The table below names each reason of a release once, those known from code alone among them."""
    assert sorted(code for _, code in cells(DEPARTURES)) == sorted(RELEASES)
    assert set(FROM_CODE) <= RELEASES


@pytest.mark.parametrize(("became", "code"), cells(DEPARTURES))
def test_only_a_release_is_a_release(became: str, code: str) -> None:
    """Escaped, dead, in hospital, handed over or moved on paper: upstream calls them all released."""
    assert departure("REL", code) is Departure(became)


def test_who_is_free_is_never_ordered_into_other_hands() -> None:
    """What a reason does with somebody and the exit that it orders agree."""
    exit_of = {
        Departure.RELEASED: {"release"},
        Departure.HANDED_OVER: {"immigration_transfer", "removal", "extradition"},
        Departure.HOSPITAL: {"hospital"},
        Departure.TEMPORARY: {"temporary_release"},
    }
    assert not [row for row in ROWS if not row.exits <= exit_of.get(row.departure, set[str]())]
    assert {exit_ for row in ROWS for exit_ in row.exits} <= {exit_.value for exit_ in Exit}


@pytest.mark.parametrize(
    ("movement_type", "reasons", "left"),
    [
        ("REL", "CR DD BL HP UAL ESCP DEC NOSUCH", True),
        ("REL", "MRG 99", False),
        ("CRT", "CRT PR AP NOSUCH", True),
        ("CRT", "VL NA", False),
        ("TAP", "C3 R2", True),
        ("TRN", "NOTR", True),
        ("ADM", "N V E INT NOSUCH", False),
    ],
)
def test_a_movement_on_paper_is_no_departure(movement_type: str, reasons: str, *, left: bool) -> None:
    """A merge of records, a video link or a diary entry moves nobody; an unknown reason does."""
    assert {reason: leaves(movement_type, reason) for reason in reasons.split()} == dict.fromkeys(reasons.split(), left)


@pytest.mark.parametrize(
    ("movement_type", "became"),
    [
        ("REL", Departure.RELEASED),
        ("CRT", Departure.COURT),
        ("TAP", Departure.TEMPORARY),
        ("TRN", Departure.TRANSFER),
        ("ADM", Departure.STAYS),
        ("NEW", Departure.RELEASED),
    ],
)
def test_an_unknown_reason_is_read_by_its_type(movement_type: str, became: Departure) -> None:
    """A departure that nobody can name is reported as one; nobody is taken for present because a code is new."""
    assert departure(movement_type, "NOSUCH") is became


@pytest.mark.parametrize(
    ("movement_type", "code", "paper"),
    [
        ("REL", "MRG", True),
        ("REL", "99", True),
        ("CRT", "NA", True),
        ("ADM", "ADMN", True),
        ("CRT", "VL", False),
        ("REL", "CR", False),
        ("REL", "UAL", False),
        ("ADM", "INT", False),
        ("CRT", "MRG", False),
        ("REL", "NOSUCH", False),
    ],
)
def test_a_movement_that_only_administers_is_known(movement_type: str, code: str, *, paper: bool) -> None:
    """A merge or a diary entry is paper; a hearing by video is not, and neither is a code that nobody knows."""
    assert administrative(movement_type, code) is paper


@pytest.mark.parametrize(("held_as", "code"), cells(RECEIVED))
def test_an_admission_says_on_what_it_holds(held_as: str, code: str) -> None:
    """Recalled, remanded, detained for immigration: a reception says so; a return says nothing new; an unknown one is a question."""
    assert received_as(code) is ReceivedAs(held_as)


def test_every_admission_was_thought_of() -> None:
    """The table above names each reason of an admission once."""
    known = [code for _, code in cells(RECEIVED) if code not in {"NOSUCH", "CR"}]
    assert sorted(known) == sorted(row.reason_code for row in ROWS if row.movement_type == "ADM")


@pytest.mark.parametrize("code", ["CRT", "PR", "C3", "NOTR", "VL"])
def test_a_return_from_an_absence_says_nothing_new(code: str) -> None:
    """Who comes back from court, hospital or another prison comes back with the reason that he went for."""
    assert received_as(code) is ReceivedAs.NOTHING


@pytest.mark.parametrize("held_as", list(ReceivedAs))
def test_what_he_is_received_as_names_its_ground(held_as: ReceivedAs) -> None:
    """Each word for a reception is one ground of detention; only a return and the unknown name none."""
    assert (held_as.ground.value if held_as.ground else None) == GROUNDS.get(held_as.value)


@pytest.mark.parametrize(
    ("movement_type", "code", "effect", "ground"),
    [
        ("ADM", "L", Effect.HOLD, "RECALL"),
        ("ADM", "E", Effect.HOLD, "IMMIGRATION_DETENTION"),
        ("ADM", "INT", Effect.SILENT, ""),
        ("ADM", "ETRLR", Effect.CHECK, "UNKNOWN_CODE"),
        ("REL", "CR", Effect.SILENT, ""),
        ("REL", "ER", Effect.CHECK, "CONTRADICTION"),
        ("REL", "RW", Effect.CHECK, "CONTRADICTION"),
        ("REL", "REL", Effect.CHECK, "CONTRADICTION"),
        ("REL", "IF", Effect.CHECK, "UNKNOWN_CODE"),
        ("REL", "NOSUCH", Effect.CHECK, "UNKNOWN_CODE"),
        ("CRT", "CR", Effect.CHECK, "UNKNOWN_CODE"),
    ],
)
def test_a_movement_holds_asks_or_is_silent(movement_type: str, code: str, effect: Effect, ground: str) -> None:
    """A reception holds on its ground; a release frees nobody by itself, and some need a person to see the paper."""
    row = classify_movement(movement_type, code)
    assert (row.effect, row.ground) == (effect, ground)


@given(code=st.text(max_size=8).filter(lambda code: code not in {row.reason_code for row in ROWS}))
def test_an_unknown_reason_opens_nothing(code: str) -> None:
    """Whatever is not in the table orders no exit, names no ground and is a question."""
    assert exits_of_order(code) == frozenset()
    assert received_as(code) is ReceivedAs.UNKNOWN
    assert classify_movement("REL", code).ground == "UNKNOWN_CODE"
