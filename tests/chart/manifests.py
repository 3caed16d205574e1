"""Reading rendered manifests: what a test asks of them, in one word each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.runtime import config

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Manifest = dict[str, Any]


def of_kind(manifests: Iterable[Manifest], kind: str) -> list[Manifest]:
    """Those of one kind."""
    return [each for each in manifests if each["kind"] == kind]


def deployments(manifests: Iterable[Manifest]) -> dict[str, Manifest]:
    """The Deployments by the service that they run."""
    return {container(each)["name"]: each for each in of_kind(manifests, "Deployment")}


def workloads(manifests: Iterable[Manifest]) -> Iterator[Manifest]:
    """Whatever makes pods."""
    yield from (each for each in manifests if "template" in each.get("spec", {}))


def pod(workload: Manifest) -> Manifest:
    """What it says of its pods."""
    return workload["spec"]["template"]["spec"]


def container(workload: Manifest) -> Manifest:
    """The one container of its pods."""
    (only,) = pod(workload)["containers"]
    return only


def environment(workload: Manifest) -> dict[str, Manifest]:
    """Its container's variables by name; a name that stands twice is refused."""
    entries = container(workload)["env"]
    found = {entry["name"]: entry for entry in entries}
    assert len(found) == len(entries), entries
    return found


def settings() -> dict[str, Any]:
    """Every variable that a service reads, with its pydantic field."""
    kinds = [
        each for each in vars(config).values() if isinstance(each, type) and issubclass(each, config.BaseSettings) and each is not config.BaseSettings
    ]
    return {
        field.alias or f"{kind.model_config.get('env_prefix', '')}{name}".upper(): field
        for kind in kinds
        for name, field in kind.model_fields.items()
    }
