"""What can go wrong while the machinery around the hub is brought up.

SimulatorError
├── JavaMissingError      no Java that Kafka can run on
├── DownloadError         a jar could not be had, or is not the one that the lock names
├── DirectoryInUseError   another process runs a broker on the same directory
├── PortInUseError        the port asked for is taken
├── ChildDiedError        a process ended that should be running; carries the end of its log
└── NotReadyError         a process runs but did not become ready in time; carries the end of its log
"""

from __future__ import annotations


class SimulatorError(Exception):
    """The root of the tree; its text is fit to be shown to a developer as it stands."""


class JavaMissingError(SimulatorError):
    """No Java that Kafka can run on."""


class DownloadError(SimulatorError):
    """A jar could not be had, or is not the one that the lock names."""


class DirectoryInUseError(SimulatorError):
    """Another process runs a broker on the same directory."""


class PortInUseError(SimulatorError):
    """The port asked for is taken."""


class ChildDiedError(SimulatorError):
    """A process ended that should be running."""

    def __init__(self, name: str, exit_status: int, log_tail: str) -> None:
        """Say which process ended, how, and what it said last."""
        self.name = name
        self.exit_status = exit_status
        self.log_tail = log_tail
        how = f"was killed by signal {-exit_status}" if exit_status < 0 else f"ended with status {exit_status}"
        super().__init__(f"{name} {how}; its log ends:\n{log_tail}")


class NotReadyError(SimulatorError):
    """A process runs but did not become ready in time."""

    def __init__(self, name: str, within_s: float, log_tail: str) -> None:
        """Say which process was waited for, how long, and what it said last."""
        self.name = name
        self.within_s = within_s
        super().__init__(f"{name} was not ready within {within_s:g} s; its log ends:\n{log_tail}")
