"""What watch makes of statuses, of marks and of what gates report: how long vetoes take to reach every gate, and what went wrong.

`Watch` is the whole; each module beside it is one question. Nothing here writes: `ledger.py` says what has to be said.
"""

from holdfast.watch.limits import ExpectedGate, Limits
from holdfast.watch.watch import Watch

__all__ = ["ExpectedGate", "Limits", "Watch"]
