"""The agent's log: one line per event on stderr, and nothing about anybody.

What a defect says of itself may quote what it choked on, a notice or a number; so of an exception that a record carries, only its
kind and its place are written.
"""

from __future__ import annotations

import logging
import sys
import traceback


def log_to_stderr() -> None:
    """Send the process's log to stderr: the gate's own from INFO, everybody else's from WARNING."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("holdfast_gate").setLevel(logging.INFO)


class OneLine(logging.Formatter):
    """Time, level, who, what; line breaks become spaces."""

    def format(self, record: logging.LogRecord) -> str:
        """The one line."""
        error = record.exc_info[1] if record.exc_info else None
        said = record.getMessage() if error is None else f"defect: {_place(error)}: report this"
        return f"{self.formatTime(record)} {record.levelname} {record.name} {' '.join(said.split())}"


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-3:]]
    return f"{type(error).__name__} in {' < '.join(reversed(places)) or 'an unknown place'}"
