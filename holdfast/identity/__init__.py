"""Whose fact is this? From identifiers, names and birthdays to prisoner numbers; nothing is guessed."""

from holdfast.identity.resolve import Entry, Identity

__all__ = ["Entry", "Identity"]
