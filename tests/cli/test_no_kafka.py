"""What a person reads who forgot to start Kafka, or to say where it is."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from services.__main__ import holdfast
from services.runtime.ports import BrokerError


@pytest.mark.parametrize("words", [("queue",), ("explain", "A1234BC"), ("topics", "apply")])
def test_no_kafka_is_said_with_what_to_look_at(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    """The setting that names it comes first; the client's name for the error comes once."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    trouble = CliRunner().invoke(holdfast, words).exception
    assert isinstance(trouble, BrokerError)
    assert str(trouble).startswith("no Kafka answers: is one running, and does KAFKA_BOOTSTRAP_SERVERS name it? (KafkaConnectionError: Unable to")
    assert "127.0.0.1" in str(trouble)
