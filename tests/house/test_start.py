"""What a process does before it does anything: it reads its settings, and refuses what it cannot stand on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.runtime.config import ConfigError, KafkaSettings, ServiceSettings, load
from services.runtime.supervise import contained

REPOSITORY = Path(__file__).parents[2]


def _run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], env={**os.environ, **environment}, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False
    )


def test_every_wrong_variable_is_named_at_once() -> None:
    """Three mistakes, three lines, status 1; nothing is started."""
    wrong = {"HOLDFAST_HTTP_PORT": "99999", "LOG_LEVEL": "LOUD", "HOLDFAST_DRAIN_TIMEOUT_S": "-1"}
    done = _run("-m", "services", "run", "status", **wrong)
    assert done.returncode == 1
    assert all(name in done.stderr for name in wrong)


def test_sasl_without_a_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a login is no login, and the message says which half."""
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("KAFKA_SASL_USERNAME", "hub")
    with pytest.raises(ConfigError, match="KAFKA_SASL_PASSWORD"):
        load(KafkaSettings)


def test_end_offset_sources_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list in an environment variable is written with commas."""
    monkeypatch.setenv("HOLDFAST_END_OFFSET_SOURCES", "resolutions, court")
    assert load(ServiceSettings)[0].end_offset_sources == ("resolutions", "court")


def test_python_without_asserts_is_refused() -> None:
    """Under -O the client would accept any order of transactions: the service says so and does not start."""
    done = _run("-O", "-m", "services", "run", "status", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert done.returncode == 1
    assert "-O" in done.stderr


def test_logs_are_json_and_name_nobody() -> None:
    """One object a line on standard output, with the service's name."""
    program = (
        "from services.runtime.config import ServiceSettings; from services.runtime.log import configure; import structlog;"
        "configure(ServiceSettings(), 'status'); structlog.get_logger().info('started', http_port=1)"
    )
    [line] = _run("-c", program).stdout.splitlines()
    told = json.loads(line)
    assert (told["message"], told["level"], told["service"]) == ("started", "info", "status")
    assert told["timestamp"].endswith("Z")


def test_a_defect_in_reading_is_contained() -> None:
    """What an adaptor of ours raises comes back as a value, for intake to keep the record; cancellation and exits do not."""
    assert isinstance(contained(lambda: 1 / 0), ZeroDivisionError)
    with pytest.raises(KeyboardInterrupt):
        contained(_interrupt)


def _interrupt() -> None:
    raise KeyboardInterrupt
