"""`holdfast keys`: make a key, put it into a ring, change it for another, revoke it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from holdfast_gate.model import Seal
from holdfast_gate.signing import KeyRing, signed
from services.cli.errors import TroubleError
from services.cli.keys import keys
from services.runtime.signing import read_key

SEAL = Seal(0, 1, datetime(2026, 11, 24, tzinfo=UTC), b"\0" * 2048, (), 1, 0)


def run(*words: object) -> str:
    """What the command prints. Raises what it raises."""
    done = CliRunner().invoke(keys, [str(word) for word in words], catch_exceptions=False, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def test_one_key_gives_way_to_another(tmp_path: Path) -> None:
    """The way that the page describes, and what a gate makes of seals on it."""
    ring, old, new = tmp_path / "ring.json", tmp_path / "old.json", tmp_path / "new.json"
    run("new", "--environment", "production", "--key-id", "2026-10", old)
    assert old.stat().st_mode & 0o777 == 0o600
    run("add", ring, old)
    run("new", "--environment", "production", "--key-id", "2026-11", new)
    run("add", ring, new, "--from", "2026-11-01T00:00:00Z")

    def good() -> list[bool]:
        return [KeyRing.read(ring).fault(signed(SEAL, read_key(file))) == "" for file in (old, new)]

    assert good() == [True, True]
    run("retire", ring, "2026-10", "--at", "2026-11-20T00:00:00Z")
    assert good() == [False, True]
    run("revoke", ring, "2026-11")
    assert good() == [False, False]
    shown = run("show", ring)
    assert all(word in shown for word in ("production", "2026-10", "2026-11-20", "revoked"))
    assert [key["revoked"] for key in json.loads(run("show", ring, "--json"))["keys"]] == [False, True]
    assert "private" not in ring.read_text()


def test_what_would_be_a_mistake_is_refused(tmp_path: Path) -> None:
    """A key overwritten, a key twice, another environment's, one that is not there, a file that is none."""
    ring, key, other = tmp_path / "ring.json", tmp_path / "key.json", tmp_path / "other.json"
    run("new", "--environment", "production", "--key-id", "k", key)
    before = key.read_text()
    with pytest.raises(TroubleError, match="never overwritten"):
        run("new", "--environment", "production", "--key-id", "k", key)
    assert key.read_text() == before
    run("add", ring, key)
    with pytest.raises(TroubleError, match="already"):
        run("add", ring, key)
    run("new", "--environment", "staging", "--key-id", "k2", other)
    with pytest.raises(TroubleError, match=r"'production'.*'staging'"):
        run("add", ring, other)
    with pytest.raises(TroubleError, match="no key 'x'; it has k"):
        run("revoke", ring, "x")
    with pytest.raises(TroubleError, match="not a private key"):
        run("add", ring, ring)
    with pytest.raises(TroubleError, match=r"none\.json"):
        run("show", tmp_path / "none.json")
    with pytest.raises(TroubleError, match="'key_id' must be"):
        run("new", "--environment", "production", "--key-id", " ", tmp_path / "blank.json")
    assert not (tmp_path / "blank.json").exists()
