"""What the rendered chart means: held against the settings, the health page and the command line of the code that it starts."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from pydantic import SecretStr

from services.__main__ import holdfast
from services.cli.run import ENRICHMENT, SERVICES
from services.enrichment import routes
from services.runtime.config import EnrichmentSettings, KafkaSettings, SealSettings, ServiceSettings, load
from services.runtime.health import Health, application
from tests.chart.manifests import Manifest, container, deployments, environment, of_kind, pod, settings, workloads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Rendered = Callable[..., list[Manifest]]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]  # the first build on a machine takes minutes
ALL = ["", "minimal", "full"]
DRAIN_LONGEST_S = 10
CLOSING_LONGEST_S = 10


def test_each_service_is_one_deployment_and_enrichment_only_where_it_is_told_whom_to_ask(rendered: Rendered) -> None:
    """Every service of the command line runs, each with its own argument; enrichment where there are routes."""
    assert set(deployments(rendered())) == set(SERVICES)
    assert not of_kind(rendered(), "ConfigMap")
    full = deployments(rendered("full"))
    assert set(full) == {*SERVICES, ENRICHMENT}
    assert {name: container(each)["args"] for name, each in full.items()} == {name: ["run", name] for name in full}
    assert {name: each["spec"]["replicas"] for name, each in full.items()} == {"intake": 3, "identity": 1, "status": 5, "watch": 1, "enrichment": 1}


@pytest.mark.parametrize("values", ALL)
def test_every_command_exists(rendered: Rendered, values: str) -> None:
    """What containers are told to run, the command line knows, options included."""
    for each in workloads(rendered(values)):
        done = CliRunner().invoke(holdfast, [*container(each)["args"], "--help"])
        assert done.exit_code == 0, done.output


@pytest.mark.parametrize("values", ALL)
def test_every_variable_is_one_that_services_read(rendered: Rendered, values: str) -> None:
    """No container is given a variable that no setting has: it would be ignored in silence."""
    for each in workloads(rendered(values)):
        assert set(environment(each)) <= set(settings())


@pytest.mark.parametrize("values", ALL)
def test_what_is_set_makes_a_configuration(rendered: Rendered, values: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the services accept the environment of every container as it is, numbers above a million included."""
    for workload in workloads(rendered(values)):
        with monkeypatch.context() as patch:
            for name in settings():
                patch.delenv(name, raising=False)
            for name, entry in environment(workload).items():
                patch.setenv(name, entry.get("value", "from a Secret"))
            kafka, service, enrichment, seal = *load(KafkaSettings), *load(ServiceSettings), *load(EnrichmentSettings), *load(SealSettings)
        assert (service.http_host, service.http_port) == ("0.0.0.0", 8080)  # noqa: S104  in a pod of its own
        if values == "full":
            assert kafka.bootstrap_servers == "kafka-0.example:9093,kafka-1.example:9093"
            assert (kafka.sasl_mechanism, kafka.topic_prefix) == ("SCRAM-SHA-256", "prod.")
            assert (service.drain_timeout_s, service.end_offset_sources) == (10, ("resolutions", "enrichments"))
            assert str(seal.key_file) == ("/etc/holdfast/seal/key.json" if container(workload)["name"] == "status" else "None")
            if container(workload)["name"] == ENRICHMENT:
                assert (enrichment.pending_max, enrichment.in_flight, enrichment.breaker_cool_s) == (1_000_000, 8, 60)


@pytest.mark.parametrize("values", ALL)
def test_secrets_come_by_reference_alone(rendered: Rendered, values: str) -> None:
    """The chart makes no Secret, and whatever a setting calls secret is read out of one that exists."""
    manifests = rendered(values)
    assert not of_kind(manifests, "Secret")
    for workload in workloads(manifests):
        for name, entry in environment(workload).items():
            if SecretStr in getattr(settings()[name].annotation, "__args__", ()) or name == "KAFKA_SASL_USERNAME":
                assert set(entry) == {"name", "valueFrom"}
                assert set(entry["valueFrom"]) == {"secretKeyRef"}


def test_each_service_may_be_another_user_of_kafka(rendered: Rendered) -> None:
    """A service with a Secret of its own reads that one, and the job that makes topics its own too."""
    users = {container(each)["name"]: environment(each)["KAFKA_SASL_USERNAME"]["valueFrom"]["secretKeyRef"] for each in workloads(rendered("full"))}
    own = {"topics": "kafka-admin"}
    assert users == {name: {"name": own.get(name, f"kafka-{name}"), "key": "user"} for name in [*SERVICES, ENRICHMENT, "topics"]}
    shared = {environment(each)["KAFKA_SASL_PASSWORD"]["valueFrom"]["secretKeyRef"]["name"] for each in workloads(rendered())}
    assert shared == {"holdfast-kafka"}


def test_the_seal_key_is_where_seals_are_signed_and_nowhere_else(rendered: Rendered) -> None:
    """Status has the file of the private key; no other pod, the topics job included, has the variable or the volume."""
    for each in workloads(rendered("full")):
        volumes = {volume["secret"]["secretName"] for volume in pod(each).get("volumes", []) if "secret" in volume}
        signs = container(each)["name"] == "status"
        assert ("HOLDFAST_SEAL_KEY_FILE" in environment(each)) == signs
        assert ("seal-2026" in volumes) == signs
        assert "HOLDFAST_SEAL_KEY" not in environment(each)


@pytest.mark.parametrize("values", ALL)
def test_every_file_that_a_variable_names_is_mounted_to_be_read(rendered: Rendered, values: str) -> None:
    """A path in the environment lies in a volume that the pod has, read-only, and that the hub's user may read."""
    for each in workloads(rendered(values)):
        volumes = {volume["name"]: volume for volume in pod(each).get("volumes", [])}
        mounts = {mount["mountPath"]: mount for mount in container(each).get("volumeMounts", [])}
        paths = [PurePosixPath(entry["value"]) for entry in environment(each).values() if entry.get("value", "").startswith("/")]
        assert {str(path.parent) for path in paths} <= set(mounts)
        assert all(mount["readOnly"] for mount in mounts.values())
        assert {mount["name"] for mount in mounts.values()} == set(volumes)
        assert all(volume["secret"]["defaultMode"] == 0o440 for volume in volumes.values() if "secret" in volume)


def test_tokens_of_routes_are_files_where_the_routes_say(rendered: Rendered, tmp_path: Path) -> None:
    """The routes are a file that enrichment reads as it stands, and every token file lies in the Secret that is mounted."""
    manifests = rendered("full")
    (configuration,) = of_kind(manifests, "ConfigMap")
    (key,) = configuration["data"]
    file = tmp_path / key
    file.write_text(configuration["data"][key], encoding="utf-8")
    assert len(routes.load(file)) == 2
    enrichment = deployments(manifests)[ENRICHMENT]
    assert environment(enrichment)["HOLDFAST_ENRICHMENT_ROUTES"]["value"] == f"/etc/holdfast/enrichment/{key}"
    assert environment(enrichment)["HOLDFAST_ENRICHMENT_TOKEN_FILE"]["value"] == "/etc/holdfast/tokens/default"
    said = [PurePosixPath(route["token_file"]) for route in yaml.safe_load(file.read_text(encoding="utf-8")).values() if "token_file" in route]
    assert {str(path.parent) for path in said} == {"/etc/holdfast/tokens"}
    assert {"name": "tokens", "mountPath": "/etc/holdfast/tokens", "readOnly": True} in container(enrichment)["volumeMounts"]


def test_other_routes_start_enrichment_again(rendered: Rendered) -> None:
    """Routes are read once, so a change of them changes the pods and no others."""

    def marks(*sets: str) -> dict[str, Any]:
        return {name: each["spec"]["template"]["metadata"]["annotations"] for name, each in deployments(rendered("full", *sets)).items()}

    before, after = marks(), marks("enrichment.routes.prisoner.timeout_s=7")
    assert [name for name in before if before[name] != after[name]] == [ENRICHMENT]


@pytest.mark.parametrize("values", ALL)
def test_probes_ask_what_the_health_page_answers(rendered: Rendered, values: str) -> None:
    """Liveness and start ask whether the loop answers, never whether it has caught up: a pod that restores must not be ended for it."""
    paths = {route.resource.canonical for route in application(Health("any")).router.routes() if route.resource is not None}
    for each in deployments(rendered(values)).values():
        probed = container(each)
        asked = {kind: probed[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
        assert asked == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}
        assert set(asked.values()) <= paths
        assert [(port["name"], port["containerPort"]) for port in probed["ports"]] == [("http", 8080)]
        annotations = each["spec"]["template"]["metadata"].get("annotations") or {}
        assert annotations.get("prometheus.io/path") in ({None} if values == "minimal" else {"/metrics"} & paths)


@pytest.mark.parametrize("values", ALL)
def test_a_pod_is_given_the_time_to_drain(rendered: Rendered, values: str) -> None:
    """SIGKILL comes after the drain deadline and ten seconds to close, not before; another owner stands ready before one goes."""
    for each in deployments(rendered(values)).values():
        drain_s = int(environment(each)["HOLDFAST_DRAIN_TIMEOUT_S"]["value"])
        assert drain_s <= DRAIN_LONGEST_S
        assert pod(each)["terminationGracePeriodSeconds"] >= drain_s + CLOSING_LONGEST_S
        assert each["spec"]["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


@pytest.mark.parametrize("values", ALL)
def test_pods_may_do_nothing_that_they_need_not(rendered: Rendered, values: str) -> None:
    """Not root, nothing written to the image, no capability, the runtime's seccomp profile, no token of the cluster's."""
    for each in workloads(rendered(values)):
        of_pod, of_container = pod(each), container(each)["securityContext"]
        assert of_pod["automountServiceAccountToken"] is False
        assert of_pod["securityContext"]["runAsNonRoot"] is True
        assert of_pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert of_container == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
        assert "hostNetwork" not in of_pod
    for account in of_kind(rendered(values), "ServiceAccount"):
        assert account["automountServiceAccountToken"] is False
        assert {pod(each)["serviceAccountName"] for each in deployments(rendered(values)).values()} == {account["metadata"]["name"]}


@pytest.mark.parametrize("values", ALL)
def test_selectors_choose_one_service_each(rendered: Rendered, values: str) -> None:
    """A Deployment and its budget choose the pods of their own service and nobody else's."""
    manifests = rendered(values)
    labels = {container(each)["name"]: each["spec"]["template"]["metadata"]["labels"] for each in workloads(manifests)}
    budgets = {each["metadata"]["name"]: each["spec"] for each in of_kind(manifests, "PodDisruptionBudget")}
    for name, each in deployments(manifests).items():
        for selector in (each["spec"]["selector"], budgets[each["metadata"]["name"]]["selector"]):
            assert [other for other, has in labels.items() if selector["matchLabels"].items() <= has.items()] == [name]
    assert {budget["maxUnavailable"] for budget in budgets.values()} == {1}


def test_topics_are_made_before_anything_runs(rendered: Rendered) -> None:
    """The job is a hook before installing and upgrading, needs nothing that the chart makes, and can be switched off."""
    (job,) = of_kind(rendered("full"), "Job")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert container(job)["args"] == ["topics", "apply", "--replication", "3", "--min-insync", "2"]
    assert "serviceAccountName" not in pod(job)
    (job,) = of_kind(rendered(), "Job")
    assert container(job)["args"] == ["topics", "apply"]
    assert not of_kind(rendered("minimal"), "Job")


def test_the_network_is_closed_where_that_is_asked_for(rendered: Rendered) -> None:
    """Off by default; on, every pod reaches Kafka and name servers, enrichment its routes besides, and only the named peers read metrics."""
    assert not of_kind(rendered(), "NetworkPolicy")
    hub, asking = of_kind(rendered("full"), "NetworkPolicy")
    assert hub["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert [[port["port"] for port in rule["ports"]] for rule in hub["spec"]["egress"]] == [[53, 53], [9093, 9094]]
    assert hub["spec"]["egress"][1]["to"] == [{"ipBlock": {"cidr": "192.0.2.0/24"}}]
    assert [port["port"] for port in asking["spec"]["egress"][0]["ports"]] == [443, 8443]
    chosen = {container(each)["name"] for each in workloads(rendered("full")) if _chosen(asking, each)}
    assert chosen == {ENRICHMENT}
    assert all(_chosen(hub, each) for each in workloads(rendered("full")))
    assert "ingress" not in next(iter(of_kind(rendered("", "networkPolicy.enabled=true"), "NetworkPolicy")))["spec"]


def _chosen(policy: Manifest, workload: Manifest) -> bool:
    return policy["spec"]["podSelector"]["matchLabels"].items() <= workload["spec"]["template"]["metadata"]["labels"].items()


def test_a_digest_says_which_code_decides(rendered: Rendered) -> None:
    """With a digest every container runs that image, whatever the tag; without, the chart's own version."""
    images = {container(each)["image"] for each in workloads(rendered("full"))}
    assert images == {"registry.example/holdfast@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}
    assert {container(each)["image"] for each in workloads(rendered())} == {"holdfast:0.1.0"}
