"""The chart held against the real helm, and what it renders against the real kubeconform with schemas that lie in the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chart import built
from tests.chart.conftest import CHART, VALUES
from tests.chart.kubernetes_schemas import DIRECTORY, RELEASES

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]  # the first build on a machine takes minutes
ALL = ["", "minimal", "full"]


def conform(tools: built.Tools, manifests: str, release: str = RELEASES[-1]) -> subprocess.CompletedProcess[str]:
    """What kubeconform makes of them; nothing is fetched, and a kind without a schema is an error."""
    location = (
        f"{DIRECTORY}/{{{{ .NormalizedKubernetesVersion }}}}-standalone{{{{ .StrictSuffix }}}}/{{{{ .ResourceKind }}}}{{{{ .KindSuffix }}}}.json"
    )
    return built.run(tools.kubeconform, "-strict", "-summary", "-kubernetes-version", release, "-schema-location", location, stdin=manifests)


@pytest.mark.parametrize("values", ALL)
def test_lint_has_nothing_to_say(tools: built.Tools, values: str) -> None:
    """`helm lint --strict` passes: no error and no warning, with default, few and all values."""
    files = ["--values", str(VALUES / f"{values}.yaml")] if values else []
    done = built.run(tools.helm, "lint", "--strict", CHART, *files)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("values", ALL)
def test_what_is_rendered_is_what_kubernetes_knows(tools: built.Tools, template: Callable[..., str], values: str, release: str) -> None:
    """Every manifest is valid, strictly, for the oldest Kubernetes that the chart admits and for the newest."""
    done = conform(tools, template(values), release)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Invalid: 0, Errors: 0, Skipped: 0" in done.stdout


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("replicas: 2", "replicaz: 2", "replicaz"),
        ("replicas: 2", "replicas: two", "replicas"),
        ("        readinessProbe:", "        readynessProbe:", "readynessProbe"),
        ("kind: PodDisruptionBudget", "kind: PodDestructionBudget", "could not find schema"),
    ],
)
def test_a_broken_manifest_is_noticed(tools: built.Tools, template: Callable[..., str], before: str, after: str, complaint: str) -> None:
    """One wrong word and kubeconform fails: so its passing means something."""
    text = template()
    assert before in text
    done = conform(tools, text.replace(before, after, 1))
    assert done.returncode != 0
    assert complaint in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ('kafka.bootstrapServer="kafka:9092"', "bootstrapServer"),
        ('kafka.bootstrapServers="kafka"', "bootstrapServers"),
        ('kafka.securityProtocol="SASL"', "securityProtocol"),
        ('kafka.sasl.secretName=""', "secretName"),
        ('kafka.sasl.password="hunter2"', "password"),
        ("services.intake.replica=3", "replica"),
        ("services.inatke={}", "inatke"),
        ("services.identity.replicas=3", "replicas"),
        ("settings.drainTimeoutSeconds=11", "drainTimeoutSeconds"),
        ('sealKey.secretName=""', "secretName"),
        ('sealKey.privateKey="MC4C"', "privateKey"),
        ('enrichment.tokens.key="token"', "secretName"),
        ('image.digest="latest"', "digest"),
        ("netwokPolicy={}", "netwokPolicy"),
    ],
)
def test_wrong_values_are_refused(tools: built.Tools, given: str, complaint: str) -> None:
    """A typo, a secret written into values, a limit of the hub's exceeded: nothing is rendered, and helm says which value."""
    done = built.run(tools.helm, "template", "hub", CHART, "--set-json", given)
    assert done.returncode != 0
    assert complaint in done.stderr
    assert not done.stdout


def test_the_notes_say_what_to_look_at_and_warn_of_plain_text(tools: built.Tools) -> None:
    """After an installation without encryption the notes say so, and which commands show whether the hub has caught up."""
    done = built.run(tools.helm, "install", "hub", CHART, "--dry-run=client", "--values", VALUES / "minimal.yaml")
    assert done.returncode == 0, done.stderr
    notes = done.stdout.partition("NOTES:")[2]
    assert "WARNING: kafka.securityProtocol is PLAINTEXT" in notes
    assert "rollout status deployment hub-holdfast-status" in notes
    assert "topics.apply is off" in notes
    assert "Enrichment does not run" in notes
