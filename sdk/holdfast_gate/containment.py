"""The only place that catches whatever goes wrong: a gate must answer, and never with ALLOW, even when it has a defect."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


def contained(work: Callable[[], T], otherwise: Callable[[Exception], T]) -> T:
    """The result of `work`, or of `otherwise` when that fails. Cancellation and interrupts pass through."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - see above
        return otherwise(error)


async def contained_async(work: Callable[[], Awaitable[None]]) -> Exception | None:
    """Await `work`; what it failed with, or None. Cancellation and interrupts pass through."""
    try:
        await work()
    except Exception as error:  # noqa: BLE001 - see above
        return error
    return None
