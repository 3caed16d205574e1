"""The status service signs what it seals, or writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from holdfast_gate.model import SEAL_KEY, Seal
from holdfast_gate.signing import KeyFileError
from schemas.wire import decode_as
from services.cli.run import service
from services.runtime.config import ConfigError, SealSettings, ServiceSettings
from services.runtime.ports import Outgoing
from services.runtime.signing import KeySigner, SignerError, signer_of
from services.status.app import StatusStage
from simulator.keys import KEY, RING
from tests.core.telling import NUMBER, received
from tests.status.told import TICK, Log, seconds


def outputs_of(stage: StatusStage) -> Sequence[Outgoing]:
    """What a stage writes of one prisoner and a mark."""
    log = Log()
    log.fact(received(), NUMBER)
    log.mark(seconds(0))
    return stage.step(log.records, TICK)


async def test_every_seal_is_signed_and_nothing_else_is_changed() -> None:
    """Gates that have the ring take it; notices and statuses go as they are."""
    stage = StatusStage(0, KeySigner(KEY))
    outputs = outputs_of(stage)
    finished = await stage.finished(outputs)
    assert [each for each in finished if each.key != SEAL_KEY] == [each for each in outputs if each.key != SEAL_KEY]
    (seal,) = (decode_as(Seal, each.value or b"") for each in finished if each.key == SEAL_KEY)
    assert (RING.fault(seal), len(seal.signature)) == ("", 64)


class _Silent(KeySigner):
    async def sign(self, message: bytes) -> bytes:
        await asyncio.Event().wait()
        return await super().sign(message)


async def test_whoever_signs_and_does_not_answer_stops_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The partition starts again; no seal goes out unsigned."""
    monkeypatch.setattr("services.status.app.SIGN_WITHIN_S", 0.05)
    stage = StatusStage(0, _Silent(KEY))
    with pytest.raises(SignerError, match="partition 0"):
        await stage.finished(outputs_of(stage))


def test_a_key_comes_from_a_file_or_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And without any the service does not start, and says how to mend it."""
    (tmp_path / "key.json").write_text(KEY.as_json())
    assert signer_of(SealSettings(key_file=tmp_path / "key.json")).key_id == KEY.key_id
    monkeypatch.setenv("HOLDFAST_SEAL_KEY", KEY.as_json())
    assert signer_of(SealSettings()).environment == KEY.environment
    monkeypatch.setenv("HOLDFAST_SEAL_KEY_FILE", str(tmp_path / "key.json"))
    with pytest.raises(ConfigError, match="not both"):
        service("status", ServiceSettings())
    monkeypatch.delenv("HOLDFAST_SEAL_KEY")
    (tmp_path / "key.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"key\.json: this is not a private key"):
        service("status", ServiceSettings())
    monkeypatch.delenv("HOLDFAST_SEAL_KEY_FILE")
    with pytest.raises(ConfigError, match="holdfast keys new"):
        service("status", ServiceSettings())
    with pytest.raises(KeyFileError):
        signer_of(SealSettings())
