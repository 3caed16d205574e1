"""What a command says when it cannot do what was asked."""

from __future__ import annotations


class TroubleError(Exception):
    """Something a person can mend; the message says what, where and how."""
