"""Papers whose offences have no ids, and papers without a version: what they are compared with, and what they hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from holdfast.claims import Claim, ListedOffence, ResultLine
from tests.core.telling import NOW, ago, court, names, notice_of, order, received, result

LATER = NOW + timedelta(hours=1)


def on(code: str, offence: str, offence_code: str = "TH68001", result_id: str = "r1") -> ResultLine:
    """A result on one offence."""
    return replace(result(code, offence=offence, result_id=result_id), offence_code=offence_code)


def register(*codes: str, **more: Any) -> Claim:
    """What a register says of offences of one code, in the order of its list."""
    lines = [on(code, f"register/TH68001/{n}", result_id=f"p{n}") for n, code in enumerate(codes)]
    return court(*lines, document="register", **more)


def listing(code: str | None = None, **more: Any) -> Claim:
    """What a copy of the hearing says, which states no version."""
    return court(*([] if code is None else [result(code, result_id="copy")]), document="listing", **more)


def test_a_register_is_compared_with_the_offence_of_its_code() -> None:
    """A register bears its own hearing out, and is no second hold beside it."""
    assert names(notice_of(court(result("4028")), register("4028", shared=LATER))) == ["REMAND"]
    assert names(notice_of(court(result("4028")), register("4027", shared=LATER))) == ["REMAND", "QUERY/CONTRADICTION"]
    assert names(notice_of(court(result("4027")), register("4028", shared=LATER))) == ["QUERY/CONTRADICTION"]


def test_a_register_without_its_hearing_holds_until_the_hearing_comes() -> None:
    """What the register says of an offence that no result is known for holds; a result of a later day on the offence ends it."""
    assert names(notice_of(register("4028"))) == ["REMAND"]
    assert names(notice_of(register("4028", hearing="h1", day=date(2025, 10, 1), shared=ago(days=33)), court(result("4028"), hearing="h1"))) == [
        "REMAND"
    ]
    remanded = register("4028", hearing="h1", day=date(2025, 10, 1), shared=ago(days=33))
    first = court(result("4028"), hearing="h1", day=date(2025, 10, 1), shared=ago(days=33))
    assert names(notice_of(remanded, first, court(result("4027"), hearing="h2"))) == []


def test_two_offences_of_one_code() -> None:
    """Each line of a register is borne out by an offence of its own; one that none bears out is a question."""
    counts = [on("4027", "o1", result_id="a"), on("4028", "o2", result_id="b")]
    assert names(notice_of(court(*counts), register("4028", shared=LATER))) == ["REMAND"]
    assert "QUERY/CONTRADICTION" in names(notice_of(court(*counts), register("4028", "4028", shared=LATER)))


def test_the_order_of_a_register_s_lines_means_nothing() -> None:
    """Of two remands of one code the same one is contradicted, wherever the line that contradicts it stands in the list."""
    remands = court(replace(on("4028", "o1", result_id="a"), label="one"), replace(on("4028", "o2", result_id="b"), label="other"))
    lines = [on("4027", "register/TH68001/0", result_id="p0"), on("4028", "register/TH68001/1", result_id="p1")]
    listed, reversed_ = (notice_of(remands, court(*each, document="register", shared=LATER)) for each in (lines, lines[::-1]))
    assert "QUERY/CONTRADICTION" in names(listed)
    assert [ground.sentence for ground in listed.grounds] == [ground.sentence for ground in reversed_.grounds]


def test_an_offence_of_another_code_bears_nothing_out() -> None:
    """A remand on paper for one offence is not explained by a remand for another."""
    assert names(notice_of(court(on("4027", "o1", "OF61102")), register("4028", shared=LATER))) == ["REMAND"]


def test_a_register_on_no_offence() -> None:
    """What a register says on no offence is borne out by any result of the hearing, or contradicts one."""
    on_none = court(on("4028", "register/case", "", "p"), document="register", shared=LATER)
    assert names(notice_of(on_none)) == ["REMAND"]
    assert names(notice_of(court(result("4028")), on_none)) == ["REMAND"]
    assert names(notice_of(court(result("4027")), on_none)) == ["QUERY/CONTRADICTION"]


def test_a_listed_offence_takes_the_register_s_word() -> None:
    """Where the hearing listed the offence and has no result on it, the register's word on it is the court's until there is one."""
    listed = ListedOffence(case_urn="c", offence_id="o9", offence_code="TH68001")
    silent = court(listed=(listed,))
    assert names(notice_of(silent, register("4028", shared=LATER))) == ["REMAND"]
    of_another_code = court(listed=(replace(listed, offence_code="OF61102"),))
    for hearing, is_open in ((silent, False), (of_another_code, True)):
        (ordered,) = notice_of(received(), hearing, register("4028", shared=LATER), order("BL")).orders
        assert any("Case c is open" in each for each in ordered.missing) is is_open
    answered = court(on("4028", "o9"), listed=(listed,))
    assert names(notice_of(answered, register("4028", shared=LATER))) == ["REMAND"]


def test_a_newer_listing_lifts_nothing() -> None:
    """Listings have no version: what one of them said holds until the court's own result, though a newer one leaves it out or says bail."""
    held = listing("4028", shared=ago(days=1))
    assert names(notice_of(held, listing())) == ["REMAND"]
    assert "REMAND" in names(notice_of(held, listing("4027")))
    assert names(notice_of(held, listing(), court(result("4027"), shared=LATER))) == []


@given(
    st.permutations([register("4028", shared=LATER), listing("4028"), listing(shared=LATER), court(result("4028")), register("4027", hearing="h2")])
)
def test_order_changes_nothing(claims: list[Claim]) -> None:
    """Whatever the order in which papers and results arrive, the notice is the same."""
    assert names(notice_of(*claims)) == names(notice_of(*sorted(claims, key=repr)))
