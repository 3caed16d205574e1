"""Whom to ring: a directory of contacts, what is wrong with one, and that it never stands between a gate and its answer."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast_gate import Contact, Contacts, ContactsError, GateConfig
from holdfast_gate.contacts import BYTES_MAX, ENTRIES_MAX, whom
from tests.gate.feeds import Hub, ground
from tests.gate.scene import WHO
from tests.gate.test_command_line import hub as hub  # noqa: PLC0414 - a fixture
from tests.gate.test_command_line import main

EXAMPLE = Path(__file__).parents[2] / "docs" / "contacts.example.json"
ROOM = {"name": "Control room", "telephone": "020 7946 0106"}


def written(directory: Path, found: Any) -> Path:
    """A file that holds this, as JSON, or as it is."""
    path = directory / "contacts.json"
    path.write_bytes(found if isinstance(found, bytes) else json.dumps(found).encode())
    return path


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ("court/B01BH00", "the court B01BH00"),
        ("court", "the court"),
        ("prison/WWI", "the prison WWI"),
        ("prison", "the prison"),
        ("immigration", "Home Office immigration enforcement"),
        ("hub", "the Holdfast control room"),
        ("", "the Holdfast control room"),
        ("parole/7", "the Holdfast control room"),
    ],
)
def test_without_a_directory_people_are_told_whom_in_words(ask: str, words: str) -> None:
    """Nobody is left without a name to ask for, even where this version does not know the word."""
    assert whom(ask) == Contacts().ring(ask) == words
    assert Contacts().as_json(ask) == {"whom": words, "name": None, "telephone": None, "email": None, "hours": None}


def test_the_example_knows_everybody() -> None:
    """An entry of its own goes before that of its kind, which says whom it is about; upper and lower case are one."""
    contacts = Contacts.read(EXAMPLE)
    assert contacts.ring("court/b01BH00") == (
        "Birmingham Example Crown Court, list office, 0121 496 0101, lists@court.example, Monday to Friday, 9am to 5pm"
    )
    assert contacts.ring("court/C05LE00") == "Courts, out of hours, 020 7946 0102, about the court C05LE00"
    assert contacts.ring("court") == "Courts, out of hours, 020 7946 0102"
    assert contacts.ring("prison/LEI") == "Prisons, duty officer, 020 7946 0104, about the prison LEI"
    assert contacts.ring("immigration").startswith("Home Office immigration enforcement, prisons desk, 020 7946 0105 ext 12")
    assert contacts.ring("") == contacts.ring("hub")
    assert contacts.as_json("prison/LEI") == {
        "whom": "the prison LEI",
        "name": "Prisons, duty officer",
        "telephone": "020 7946 0104",
        "email": None,
        "hours": None,
    }


def test_an_entry_of_another_court_is_nobodys() -> None:
    """Without an entry for its kind a court that is not listed has no number, and never another court's."""
    contacts = Contacts(entries={"court/b01bh00": Contact(name="Lists", telephone="0121 496 0101")})
    assert contacts.ring("court/C05LE00") == "the court C05LE00"
    assert contacts.of("court") is None


FAULTS: dict[str, tuple[Any, str]] = {
    "no JSON": (b"{", "not JSON"),
    "not UTF-8": (b'{"hub": "\xff"}', "not JSON"),
    "a list": ([], "holds no entries"),
    "nothing": ({}, "holds no entries"),
    "too deep": (b"[" * 100_000, "not JSON"),
    "too large": (b" " * (BYTES_MAX + 1), "larger than 1000000 bytes"),
    "too many": ({f"prison/{n}": ROOM for n in range(ENTRIES_MAX + 1)}, "5001 entries, where 5000 is the most"),
    "the same key twice": (b'{"hub": {}, "hub": {}}', "'hub' is written twice; keep one"),
    "the same field twice": (b'{"hub": {"name": "a", "name": "b"}}', "'name' is written twice; keep one"),
    "the same in other letters": ({"prison/WWI": ROOM, "PRISON/wwi": ROOM}, "'PRISON/wwi': is written twice, in other letters; keep one"),
    "nobody": ({"police": ROOM}, "'police': names nobody; write court/<code>"),
    "an office of the hub": ({"hub/1": ROOM}, "'hub/1': names nobody"),
    "no object": ({"hub": "020 7946 0106"}, "'hub': is no object"),
    "no name": ({"hub": {"telephone": "020 7946 0106"}}, "'hub': has no name; add it"),
    "no telephone": ({"hub": {"name": "Control room"}}, "'hub': has no telephone; add it"),
    "a blank name": ({"hub": {**ROOM, "name": " "}}, "name must be one line of text, of 200 characters at most"),
    "a long name": ({"hub": {**ROOM, "name": "x" * 201}}, "name must be one line of text"),
    "two lines": ({"hub": {**ROOM, "hours": "always\nand ever"}}, "hours must be one line of text"),
    "what moves a cursor": ({"hub": {**ROOM, "name": "\x1b[2Jroom"}}, "name must be one line of text"),
    "a number": ({"hub": {**ROOM, "telephone": 2079460106}}, "telephone must be one line of text"),
    "words for a number": ({"hub": {**ROOM, "telephone": "ask at the desk"}}, "telephone 'ask at the desk' cannot be rung; write digits"),
    "too few digits": ({"hub": {**ROOM, "telephone": "12 (-)"}}, "cannot be rung"),
    "no address": ({"hub": {**ROOM, "email": "room"}}, "email 'room' is no address"),
    "a field of another name": ({"hub": {**ROOM, "fax": "1"}}, "'fax' is no field; write name, telephone, email, hours"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_with_a_directory(tmp_path: Path, fault: str) -> None:
    """The file, the entry and how to mend it, whatever the file holds."""
    found, message = FAULTS[fault]
    path = written(tmp_path, found)
    with pytest.raises(ContactsError) as error:
        Contacts.read(path)
    assert message in str(error.value)
    assert str(path) in str(error.value)


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Up to a number that a person reads; then how many more there are."""
    with pytest.raises(ContactsError) as error:
        Contacts.read(written(tmp_path, {f"prison/{n}": {"name": "x"} for n in range(22)}))
    assert "22 faults in the contacts" in str(error.value)
    assert str(error.value).count("has no telephone") == 20
    assert "and 2 more" in str(error.value)


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    """The message says which file, and where its name came from."""
    with pytest.raises(ContactsError, match="name a JSON file in HOLDFAST_CONTACTS or --contacts"):
        Contacts.read(tmp_path / "none.json")


@given(st.binary(max_size=60))
def test_any_bytes_are_a_directory_or_an_error(tmp_path_factory: pytest.TempPathFactory, found: bytes) -> None:
    """Nothing else is raised."""
    with contextlib.suppress(ContactsError):
        Contacts.read(written(tmp_path_factory.mktemp("bytes"), found))


@pytest.mark.parametrize(
    "telephone", ["020 7946 0106", "+44 20 7946 0106", "(0121) 496 0101", "999", "0121-496-0101 ext 12", "020 7946 0106 extension 7"]
)
def test_numbers_that_can_be_rung(tmp_path: Path, telephone: str) -> None:
    """As people write them."""
    assert Contacts.read(written(tmp_path, {"hub": {**ROOM, "telephone": f" {telephone} "}})).ring("hub") == f"Control room, {telephone}"


# --- at the gate -----------------------------------------------------------------------------------------------------------------


def asked_about(hub: Hub) -> None:
    """A remand, and whom to ask about it."""
    hub.say(WHO, replace(ground("release"), ask="court/B01BH00"))


def test_decide_says_whom_to_ring(hub: Hub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the ground: in words without a directory; with one, from the environment or the command line, a name and a number."""
    asked_about(hub)
    assert main(["decide", WHO, "--exit", "release"]) == 4
    assert "\n    Ask: the court B01BH00\n" in capsys.readouterr().out
    assert main(["decide", WHO, "--exit", "release", "--contacts", str(EXAMPLE)]) == 4
    named = "\n    Ask: Birmingham Example Crown Court, list office, 0121 496 0101"
    assert named in capsys.readouterr().out
    monkeypatch.setenv("HOLDFAST_CONTACTS", str(EXAMPLE))
    main(["decide", WHO, "--exit", "release"])
    assert named in capsys.readouterr().out


def test_machines_are_told_too(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    """`contact` of each ground beside its `ask`."""
    asked_about(hub)
    main(["decide", WHO, "--exit", "release", "--json", "--contacts", str(EXAMPLE)])
    (told,) = json.loads(capsys.readouterr().out)["grounds"]
    assert told["ask"] == "court/B01BH00"
    assert told["contact"]["telephone"] == "0121 496 0101"


def test_a_broken_directory_does_not_stop_an_answer(hub: Hub, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The answer was made: it is given with whom in words, and what is wrong with the file is said beside it."""
    asked_about(hub)
    assert main(["decide", WHO, "--exit", "release", "--contacts", str(written(tmp_path, b"{"))]) == 4
    shown = capsys.readouterr()
    assert "Ask: the court B01BH00" in shown.out
    assert "no telephone numbers" in shown.err
    assert "contacts.json: not JSON" in shown.err


def test_the_command_line_goes_before_the_environment() -> None:
    """As with every other setting."""
    given = GateConfig.from_environment({"HOLDFAST_CONTACTS": "a.json"}, gate_id="g", key_ring="r.json", contacts="b.json")
    assert given.contacts == Path("b.json")
    assert GateConfig.from_environment({"HOLDFAST_CONTACTS": "a.json"}, gate_id="g", key_ring="r.json").contacts == Path("a.json")
    assert GateConfig.from_environment({}, gate_id="g", key_ring="r.json").contacts is None
