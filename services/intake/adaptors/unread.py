"""Dialects that are known by their shape and not read yet, or not here: better refused by name than as garbage.

Source of each shape: an example from the public repository of the system that writes it; for the Confluent wire format its documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from services.intake.adaptors.opened import Opened, as_object, opened
from services.intake.adaptors.port import Refused, Upstream

Shape = Callable[[Opened], bool]

_CONFLUENT_HEADER_BYTES = 5


def _objects_with(*keys: str) -> Shape:
    """One object with all of `keys`, or a list of such and nothing else."""

    def shape(found: Opened) -> bool:
        listed = cast("list[Any]", found.content) if isinstance(found.content, list) else [found.content]
        return bool(listed) and all((each := as_object(item)) is not None and each.keys() >= set(keys) for item in listed)

    return shape


#: Each dialect: its shape, and what to send in its place.
_DIALECTS: Mapping[str, tuple[Shape, str]] = {
    "event-grid-pointer": (
        _objects_with("eventType", "eventTime", "data"),
        "have the bridge fetch the hearing and send that, with this record's place in the header holdfast-redrive-of",
    ),
}


def unread(record: Upstream) -> Refused | None:
    """The refusal of a record whose dialect is known and not read; None when it is not one of those."""
    if record.value.startswith(b"\0") and len(record.value) > _CONFLUENT_HEADER_BYTES:
        instead = "name the registry in HOLDFAST_SCHEMA_REGISTRY_URL, or write Avro single-object encoding, as `schemas` does"
        return _refused(record, "confluent-wire-format", instead)
    found = opened(record.value)
    if found is None:
        return None
    for name, (shape, instead) in _DIALECTS.items():
        if shape(found):
            return _refused(record, name, instead)
    return None


def _refused(record: Upstream, name: str, instead: str) -> Refused:
    return Refused(reason="UNSUPPORTED_DIALECT", message=f"{record.about}: dialect {name} is not read; {instead}", dialect=name)
