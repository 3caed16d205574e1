"""Writes the JSON schemas that the rendered chart is held against: the kinds that it uses, and what they rest on, without a word of explanation.

    .tools/bin/uv run --no-project --with kubernetes-validate==1.37.0 python tests/chart/kubernetes_schemas.py

The PyPI package kubernetes-validate (Apache-2.0) carries the schemas of each release, made from Kubernetes' own OpenAPI document; its strict ones
know no field that Kubernetes does not. Every file written says with `$comment` which release it is of. Written are the newest release and the oldest
that `Chart.yaml` admits.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

DIRECTORY = Path(__file__).with_name("schemas")
RELEASES = ("1.31.0", "1.37.0")
KINDS = {
    "configmap-v1": "io.k8s.api.core.v1.ConfigMap",
    "deployment-apps-v1": "io.k8s.api.apps.v1.Deployment",
    "job-batch-v1": "io.k8s.api.batch.v1.Job",
    "networkpolicy-networking-v1": "io.k8s.api.networking.v1.NetworkPolicy",
    "poddisruptionbudget-policy-v1": "io.k8s.api.policy.v1.PodDisruptionBudget",
    "serviceaccount-v1": "io.k8s.api.core.v1.ServiceAccount",
}
SHARED = "definitions.json"
_TALK = ("description", "$id", "$schema", "example")


def bare(schema: Any) -> Any:
    """The schema without prose and without what only Kubernetes reads; references name the shared file."""
    if isinstance(schema, list):
        return [bare(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(target := schema.get("$ref"), str):
        return {"$ref": f"{SHARED}#/$defs/{target.rpartition('/')[2]}"}
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":  # its keys are names of fields, and a field may be called description
            found[key] = {name: bare(each) for name, each in value.items()}
        elif key not in _TALK and not key.startswith("x-kubernetes-"):
            found[key] = bare(value)
    return found


def reached(roots: list[str], definitions: dict[str, Any]) -> dict[str, Any]:
    """The definitions that those lead to, by name, without prose."""
    found: dict[str, Any] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = bare(definitions[name])
            waiting += re.findall(r"#/\$defs/([^\"]+)", json.dumps(found[name]))
    return dict(sorted(found.items()))


def write(release: str) -> None:
    """Write the schemas of one release of Kubernetes, one definition a line."""
    source = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{release}-local-strict"
    definitions = json.loads((source / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
    directory = DIRECTORY / f"v{release}-standalone-strict"
    directory.mkdir(parents=True, exist_ok=True)
    lines = [f"{json.dumps(name)}: {json.dumps(each)}" for name, each in reached(list(KINDS.values()), definitions).items()]
    body = ",\n".join(lines)
    comment = f'"$comment": "Kubernetes {release}"'
    (directory / SHARED).write_text(f'{{{comment}, "$defs": {{\n{body}\n}}}}\n', encoding="utf-8")
    for file, name in KINDS.items():
        (directory / f"{file}.json").write_text(f'{{{comment}, "$ref": "{SHARED}#/$defs/{name}"}}\n', encoding="utf-8")


if __name__ == "__main__":
    for each in sys.argv[1:] or RELEASES:
        write(each)
