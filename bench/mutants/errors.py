"""What can go wrong around the mutants.

MutantsError
├── WorkerError        a worker could not start, died, or did not answer in time
├── FailingTestsError  the tests fail without any mutant, so that they can say nothing about one
├── EquivalentsError   the list of equivalents cannot be read, or no longer fits the code
└── ChangesError       git could not say which lines changed
"""

from __future__ import annotations


class MutantsError(Exception):
    """The mutants could not be judged; the message says what to mend."""


class WorkerError(MutantsError):
    """A worker could not start, died, or did not answer in time."""


class FailingTestsError(MutantsError):
    """The tests fail without any mutant."""


class EquivalentsError(MutantsError):
    """The list of equivalents cannot be read, or no longer fits the code."""


class ChangesError(MutantsError):
    """Git could not say which lines changed."""
