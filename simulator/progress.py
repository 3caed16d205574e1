"""Say what is being waited for, once the wait is long enough to be noticed."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

NOTICED_AFTER_S = 2.0

console = Console(stderr=True)  # stdout belongs to what a command prints


@asynccontextmanager
async def waiting(what: str, *, noticed_after_s: float = NOTICED_AFTER_S) -> AsyncGenerator[None]:
    """Show `what` (a spinner; one line when nobody watches) while the body takes longer than `noticed_after_s`."""
    task = asyncio.create_task(_show(what, noticed_after_s))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _show(what: str, noticed_after_s: float) -> None:
    await asyncio.sleep(noticed_after_s)
    if not console.is_terminal:
        console.print(f"{what} …")
        return
    with console.status(what):
        await asyncio.Event().wait()
