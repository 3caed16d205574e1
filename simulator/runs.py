"""A note of what runs, kept in a file, so that another terminal, or the next run, can end what a run left behind."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from simulator.children import STOP_WITHIN_S, Identity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """A process and the children that it started, the first started first."""

    supervisor: Identity
    children: Mapping[str, Identity]
    port: int | None = None  # where the run can be reached, when there is one such place

    @classmethod
    def here(cls, children: Mapping[str, Identity], *, port: int | None = None) -> Self:
        """The run whose supervisor is this process."""
        return cls(supervisor=Identity.of(os.getpid()), children=children, port=port)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The run noted in the file; None when there is no such file, or nothing to be understood in it."""
        try:
            noted = json.loads(path.read_text(encoding="utf-8"))
            children = {name: Identity(**identity) for name, identity in noted["children"].items()}
            return cls(supervisor=Identity(**noted["supervisor"]), children=children, port=noted["port"])
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def write(self, path: Path) -> None:
        """Note the run in the file: a reader finds the old note or the new one, never half."""
        draft = path.with_name(f"{path.name}.draft")
        draft.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        draft.replace(path)

    async def stop(self) -> bool:
        """Stop the supervisor, which stops its children, then what it left; whether anything ran.

        A process that merely has the pid of one that was noted is left alone.
        """
        was_running = any(process.find() for process in (self.supervisor, *self.children.values()))
        await self.supervisor.stop(within_s=STOP_WITHIN_S * (len(self.children) + 1))  # it stops them one by one
        await self.stop_children()
        return was_running

    async def stop_children(self) -> None:
        """Stop the children that still run, the last started first."""
        for child in reversed([*self.children.values()]):
            await child.stop()


async def down(path: Path) -> bool:
    """Stop the run noted in the file; whether anything ran."""
    run = Run.read(path)
    return run is not None and await run.stop()
