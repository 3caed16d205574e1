"""`holdfast explain` and `holdfast contacts check`: why somebody is held, whom to ring, and what they read at any width."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from holdfast.claims import Claim
from holdfast.policies import POLICIES
from holdfast.status import derive
from holdfast_gate.contacts import Contacts
from services.cli.explained import MEASURE, show
from tests.cli.cluster import Cluster
from tests.core.telling import NOW, NUMBER, ago, alert, court, dates, immigration, order, received, result, status_of
from tests.status.told import Log, seconds

EXAMPLE = Path(__file__).parents[2] / "docs" / "contacts.example.json"
TOLD = (
    received(),
    court(result("4028"), result("4028", offence="o2", result_id="r2"), court_name="[bold]Example Magistrates' Court[/bold]"),
    immigration("IS91"),
    alert("QQQ"),
    dates(),
    order("CR", at=ago(hours=2)),
    order("CR", status="CANC"),
    order("DEIRC", day=date(2025, 11, 4), booking="b2"),
)


def logged(*claims: Claim) -> Log:
    """A log that tells these of one prisoner."""
    log = Log(step=1)
    for claim in claims:
        log.fact(claim)
    log.mark(seconds(0))
    return log


def shown(width: int, *claims: Claim, terminal: bool = True, policy: int = 1) -> str:
    """What is printed in a console of this width."""
    status = status_of(claims)
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None, highlight=False)
    show(console, status, derive(status, at=NOW, policy=POLICIES[policy]), Contacts.read(EXAMPLE))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().replace("\x1b[1m", "").replace("\x1b[1;4m", "").replace("\x1b[0m", "")


def folded(text: str) -> str:
    """The words, whatever lines they are on."""
    return " ".join(text.split())


@pytest.mark.parametrize("width", [80, 120, 200])
def test_everything_is_there_at_every_width(width: int) -> None:
    """Grounds, whom to ring, orders, checks and records: wrapped and never cut, and no wider than the terminal."""
    text = shown(width, *TOLD)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    assert "…" not in text
    assert width >= 120 or not any(line.endswith(" ") for line in text.splitlines())
    words = folded(text)
    for part in (
        "A1234BC: held.",
        "release policy 1.",
        "Remanded in custody (REMAND)",
        "Remanded in custody by [bold]Example Magistrates' Court[/bold] on 3 Nov 2025",
        "Ask: Birmingham Example Crown Court, list office, 0121 496 0101",
        "Ask: Home Office immigration enforcement, prisons desk, 020 7946 0105 ext 12",
        "Bars extradition, transfer to immigration detention, release, removal from the country, temporary release.",
        "Query id ",
        "Release on 3 Nov 2025 (CR): no longer good The prison withdrew its order (e1); the prison's offender management unit can make a new order.",
        "on 4 Nov 2025 (DEIRC): missing: The order is for booking b2, but the person is held under booking b1",
        "(IDENTITY_CONFIRMED)",
        "Signed by reception, no older than 12 hours.",
        "Signed by 2 different people: offender management unit or sentence calculation",
        "Not by anybody who signed OTHER_HOLDS_FIRST_LOOK.",
        "Said by COURT about court/offence/d1/o2 in upstream[0]@",
        "CourtSnapshot",
    ):
        assert part in words, part


def test_running_text_is_not_wider_than_people_read() -> None:
    """On a wide terminal the text keeps its measure, and only the table of facts uses the room."""
    text, _, facts = shown(200, *TOLD).partition("Facts")
    assert max(len(line.rstrip()) for line in text.splitlines()) <= MEASURE
    assert max(len(line.rstrip()) for line in facts.splitlines()) > MEASURE


def test_records_are_whole_on_a_narrow_terminal() -> None:
    """At 80 columns each fact has lines of its own, in which its record can be copied."""
    text = shown(80, *TOLD)
    for claim in TOLD[:5]:
        assert str(claim.source) in text


def test_grounds_of_one_name_stand_together() -> None:
    """One heading for both remands."""
    assert shown(120, *TOLD).count("Remanded in custody (REMAND)") == 1
    assert folded(shown(120, *TOLD)).count("Remanded in custody by") == 2


def test_what_is_not_there_is_said() -> None:
    """Nothing in force, no order, no checks."""
    words = folded(shown(80, received(), policy=0))
    assert "A1234BC: nothing in force." in words
    assert "The prison has ordered nothing for today or later." in words
    assert "Release policy 0 asks for none here." in words
    assert "Grounds" not in words


def test_a_ground_that_this_version_does_not_know_is_shown() -> None:
    """A newer hub wrote the notice: the name alone is its heading."""
    status = status_of([alert("XNR")])
    notice = derive(status, at=NOW)
    strange = replace(notice, grounds=(replace(notice.grounds[0], ground="CURFEW", ask="parole"),))
    console = Console(file=io.StringIO(), width=80)
    show(console, status, strange, Contacts())
    assert isinstance(console.file, io.StringIO)
    assert "\n  CURFEW\n" in console.file.getvalue()
    assert "Ask: the Holdfast control room" in console.file.getvalue()


# --- the command -----------------------------------------------------------------------------------------------------------------


def test_the_command_says_whom_to_ring(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """In words without a directory; a name and a number with one, from the command line or the environment."""
    cluster.facts = logged(*TOLD).records
    assert "Ask: the court B01BH00" in cluster.command("explain", NUMBER).stdout
    assert "0121 496 0101" in cluster.command("explain", NUMBER, "--contacts", str(EXAMPLE)).stdout
    monkeypatch.setenv("HOLDFAST_CONTACTS", str(EXAMPLE))
    assert "0121 496 0101" in cluster.command("explain", NUMBER).stdout
    monkeypatch.setenv("HOLDFAST_CONTACTS", "")
    unset = cluster.command("explain", NUMBER)
    assert ("Ask: the court B01BH00" in unset.stdout, unset.stderr) == (True, "")


def test_machines_are_told_too(cluster: Cluster) -> None:
    """`contact` of each ground, beside everything that was there before."""
    cluster.facts = logged(*TOLD).records
    _, told = cluster.told("explain", NUMBER, "--contacts", str(EXAMPLE))
    assert set(told) == {"notice", "facts"}
    remand = told["notice"]["grounds"][0]
    assert (remand["ground"], remand["ask"], remand["contact"]["telephone"]) == ("REMAND", "court/B01BH00", "0121 496 0101")
    assert len(told["facts"]) == len(TOLD) - 1  # the order was withdrawn in a newer word


def test_a_broken_directory_is_said_and_the_rest_is_shown(cluster: Cluster, tmp_path: Path) -> None:
    """What is wrong goes beside the answer, on the other stream."""
    broken = tmp_path / "contacts.json"
    broken.write_text("{")
    cluster.facts = logged(*TOLD).records
    result_ = cluster.command("explain", NUMBER, "--contacts", str(broken))
    assert (result_.exit_code, "Ask: the court B01BH00" in result_.stdout) == (0, True)
    assert "no telephone numbers" in result_.stderr
    assert "not JSON" in result_.stderr


def test_a_directory_can_be_checked(cluster: Cluster, tmp_path: Path) -> None:
    """The example is right; one with a fault is not, and says which."""
    done = cluster.command("contacts", "check", str(EXAMPLE))
    assert (done.exit_code, "6 entries, nothing wrong" in done.stdout) == (0, True)
    wrong = tmp_path / "contacts.json"
    wrong.write_text(json.dumps({"hub": {"name": "Room"}}))
    failed = cluster.command("contacts", "check", str(wrong))
    assert failed.exit_code == 1
    assert "'hub': has no telephone; add it" in str(failed.exception)


def test_a_directory_can_be_compared_with_the_notices(cluster: Cluster, tmp_path: Path) -> None:
    """Whom the notices of now name and it does not know; the newest notice of each prisoner counts."""
    cluster.facts = logged(*TOLD).records
    done = cluster.command("contacts", "check", str(EXAMPLE), "--notices")
    assert (done.exit_code, "has a number (3)" in done.stdout) == (0, True)
    room = {"name": "Room", "telephone": "020 7946 0106"}
    some = tmp_path / "contacts.json"
    some.write_text(json.dumps({"hub": room, "court": room}))
    failed = cluster.command("contacts", "check", str(some), "--notices")
    assert failed.exit_code == 1
    assert "1 have the number of their kind: court/B01BH00." in failed.stdout
    assert "immigration: Home Office immigration enforcement" in str(failed.exception)
    assert "court/B01BH00" not in str(failed.exception)
    cluster.facts = logged(immigration("IS91", at=ago(hours=2)), immigration("NO_LONGER_OF_INTEREST")).records
    assert cluster.command("contacts", "check", str(some), "--notices").exit_code == 0
