"""The file of routes: what it may say, and what is said to whoever writes it wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrichment.routes import Route, load, split
from services.runtime.config import ConfigError, EnrichmentSettings
from services.runtime.config import load as load_settings

GOOD = """
prisoner:
  url: https://prisoners.example/prisoner/{key}
  dialect: prison-api-offender
immigration:
  url: https://borders.example:8443/detained?number={key}&apiKey=s3cret
  dialect: contract
  timeout_s: 3
  token_file: /run/secrets/borders
"""


def load_text(path: Path, text: str) -> dict[str, Route]:
    """Load `text` as a file."""
    (path / "routes.yaml").write_text(text)
    return dict(load(path / "routes.yaml"))


def test_a_route_says_where_and_in_which_dialect(tmp_path: Path) -> None:
    """Everything but URL and dialect has a default, and the published URL is without what a query may hide."""
    routes = load_text(tmp_path, GOOD)
    assert (routes["prisoner"].timeout_s, routes["prisoner"].send_token, routes["prisoner"].host) == (10, True, "prisoners.example")
    asked = routes["immigration"]
    assert asked.request_url("A1234BC") == "https://borders.example:8443/detained?number=A1234BC&apiKey=s3cret"
    assert asked.published_url("A1234BC") == "https://borders.example:8443/detained"
    assert (asked.host, asked.timeout_s, str(asked.token_file)) == ("borders.example:8443", 3, "/run/secrets/borders")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("url: http://prisoners.example/{key}", "must begin with https://"),
        ("url: ftp://127.0.0.1/{key}", "must begin with https://"),
        ("url: https:///{key}", "and a host"),
        ("url: https://{key}.example/", "once, in its path or its query"),
        ("url: https://prisoners.example/all", "must hold {key} once"),
        ("url: https://prisoners.example/{key}/{key}", "must hold {key} once"),
        ("url: https://prisoners.example/{key}/{id}", "must hold {key} once"),
        ("url: https://prisoners.example/{key}#top", "must hold {key} once"),
        ("url: https://hub:pass@prisoners.example/{key}", "must hold no name and no password"),
        ("url: https://prisoners.example:99999999/{key}", "is no URL"),
        ("url: https://prisoners.example/{key}\n  timeout_s: 0", "prisoner.timeout_s"),
        ("url: https://prisoners.example/{key}\n  timeout_s: 61", "prisoner.timeout_s"),
        ("url: https://prisoners.example/{key}\n  colour: blue", "prisoner.colour"),
        ("dialect: Not A Dialect", "prisoner.dialect"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, line: str, message: str) -> None:
    """No request goes where nobody meant it to go, and nothing secret can be published, because the service does not start."""
    key = line.partition(":")[0]
    lines = {"url": "url: https://prisoners.example/{key}", "dialect": "dialect: contract", key: line}
    with pytest.raises(ConfigError) as caught:
        load_text(tmp_path, "prisoner:\n  " + "\n  ".join(lines.values()))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- [", "is not YAML"),
        ("", "the file"),
        ("{}", "no route is given"),
        (GOOD.replace("prisoner:", "prisoners:"), "nothing is asked of prisoners"),
    ],
)
def test_a_file_that_is_no_list_of_routes_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """A route that is misspelt would leave people held for ever."""
    with pytest.raises(ConfigError, match=message):
        load_text(tmp_path, text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The message says which variable to mend."""
    with pytest.raises(ConfigError, match="HOLDFAST_ENRICHMENT_ROUTES"):
        load(tmp_path / "none.yaml")


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost", "[::1]:8080"])
def test_plain_http_is_for_this_machine_alone(host: str) -> None:
    """A test may serve without certificates; a token never leaves the machine in clear."""
    Route.model_validate({"url": f"http://{host}/{{key}}", "dialect": "contract"})


@given(st.text(max_size=30))
def test_a_key_leads_nowhere_else(key: str) -> None:
    """Whatever stands in an event, the request goes to the path that is configured, or is not sent."""
    route, _ = split(f"court-document/{key}")
    if route == "court-document":
        url = Route.model_validate({"url": "https://court.example/d/{key}/file", "dialect": "contract"}).request_url(key)
        assert url.split("/") == ["https:", "", "court.example", "d", key, "file"]
        assert key not in {".", ".."}
        assert not set(key) & set("?#%\\")


@pytest.mark.parametrize("about", ["court-document/..", "court-document/a/b", "court-document/", "nonsense/A1234BC", "prisoner", "", "prisoner/A%2f"])
def test_what_nobody_can_ask(about: str) -> None:
    """Counted as unknown, and never sent."""
    assert split(about)[0] == "unknown"


def test_two_tokens_are_refused_and_neither_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log of a failed start gives nothing away."""
    monkeypatch.setenv("HOLDFAST_ENRICHMENT_TOKEN", "s3cret")
    monkeypatch.setenv("HOLDFAST_ENRICHMENT_TOKEN_FILE", "/run/secrets/token")
    with pytest.raises(ConfigError, match="not both") as caught:
        load_settings(EnrichmentSettings)
    assert "s3cret" not in str(caught.value)


def test_a_token_is_not_in_the_settings_that_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor in those of a start that succeeded."""
    monkeypatch.setenv("HOLDFAST_ENRICHMENT_TOKEN", "s3cret")
    assert "s3cret" not in repr(load_settings(EnrichmentSettings))
