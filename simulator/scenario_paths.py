"""Overrides: a value put into a JSON value at a dotted path, such as `hearing.prosecutionCases.0.id`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.scenario_yaml import nearest

if TYPE_CHECKING:
    from simulator.scenario_yaml import Plain


class NoSuchPathError(ValueError):
    """The path does not lead anywhere; `hint` says where it could."""

    def __init__(self, what: str, hint: str) -> None:
        """Carry both sentences."""
        self.hint = hint
        super().__init__(what)


def assign(value: Plain, path: str, new: Plain) -> None:
    """Put `new` into `value` (changed in place) at `path`: a list index in every list, a key in every mapping.

    The last key may be new, and the last index one past the end. Raises NoSuchPathError.
    """
    *parents, last = path.split(".")
    at = value
    for depth, part in enumerate(parents):
        so_far = ".".join(parents[: depth + 1])
        match at:
            case dict():
                at = at[_key(at, part, so_far)]
            case list():
                at = at[_index(at, part, so_far, extra=0)]
            case _:
                raise _no_parent(so_far)
    match at:
        case dict():
            at[last] = new
        case list():
            index = _index(at, last, path, extra=1)
            at[index : index + 1] = [new]
        case _:
            raise _no_parent(path)


def _key(mapping: dict[str, Plain], key: str, path: str) -> str:
    if key not in mapping:
        message = f"there is nothing at {path}"
        raise NoSuchPathError(message, nearest(key, mapping))
    return key


def _index(items: list[Plain], text: str, path: str, *, extra: int) -> int:
    room = len(items) + extra
    if not (text.isascii() and text.isdigit() and int(text) < room):
        message = f"there is nothing at {path}"
        raise NoSuchPathError(message, f"a list of {len(items)} is there; give an index from 0 to {room - 1}")
    return int(text)


def _no_parent(path: str) -> NoSuchPathError:
    return NoSuchPathError(f"there is nothing at {path}", "what is above it is neither a mapping nor a list")
