"""The chart as the real helm renders it, once a session for each set of values."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.chart import built

if TYPE_CHECKING:
    from collections.abc import Callable

CHART = Path(__file__).parents[2] / "helm" / "holdfast"
VALUES = Path(__file__).with_name("values")


@pytest.fixture(scope="session")
def tools(request: pytest.FixtureRequest) -> built.Tools:
    """Helm and kubeconform. The one skip of the suite: they are Go's, and where there is no Go there is nothing to make them with."""
    go = built.go()
    if go is None:
        pytest.skip("Go is not installed, so helm and kubeconform cannot be built: the chart was not rendered")
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(line: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{line}", flush=True)  # noqa: T201  minutes of silence would look like a hang

    return built.ensure(go, say)


@pytest.fixture(scope="session")
def template(tools: built.Tools) -> Callable[..., str]:
    """`helm template` with one of the files of values (or none), and single values besides: the manifests as text."""

    @cache
    def render(values: str = "", *sets: str) -> str:
        files = ["--values", str(VALUES / f"{values}.yaml")] if values else []
        singles = [word for each in sets for word in ("--set-json", each)]
        done = built.run(tools.helm, "template", "hub", CHART, "--namespace", "custody", *files, *singles)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return render


@pytest.fixture(scope="session")
def rendered(template: Callable[..., str]) -> Callable[..., list[dict]]:
    """The manifests, parsed."""

    def parsed(values: str = "", *sets: str) -> list[dict]:
        return [each for each in yaml.safe_load_all(template(values, *sets)) if each]

    return parsed
