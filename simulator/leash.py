"""Become a command that dies with the process that asked for it.

Run as `python -I -S leash.py PARENT COMMAND...`, where PARENT is the pid of the asking process. The command replaces
this program, so that its pid is the one that the parent knows.

On Linux the kernel kills the command the moment its parent ends, however hard (PR_SET_PDEATHSIG, prctl(2)). Strictly,
the moment the *thread* that started it ends: start children from a thread that lives as long as they should. Other
systems promise nothing of the kind: there, what a killed parent leaves running is ended by `holdfast down`, or by the
next start.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
# What is ignored stays ignored across exec: this interpreter ignores the first, a shell's background job the others.
INHERITED = (signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(parent: int, command: list[str]) -> None:
    """Tie this process to `parent`, then become `command`.

    Raises OSError when the command cannot be run.
    """
    if sys.platform == "linux":
        # SIGKILL and no gentler signal: when it comes, nobody is left to see whether a gentler one was heeded.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it ended before the tie was made
            sys.exit(1)
    for number in INHERITED:
        signal.signal(number, signal.SIG_DFL)
    os.execvp(command[0], command)  # noqa: S606  # there is no shell to want


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
