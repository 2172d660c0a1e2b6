"""Bury servers that were left without a parent.

A database that daemonises belongs to process 1. In a container that often never asks for the dead, and
PostgreSQL does not start while the process that its lock file names still exists, be it as a zombie. So `up` takes such
orphans itself. Linux only; elsewhere the system's first process does its duty.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Collection
from contextlib import suppress

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def adopt() -> None:
    """From here on, what our children leave behind when they end is ours."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def bury(ours: Collection[int]) -> list[int]:
    """Reap every dead child but `ours`, whose exit codes somebody else wants; the process ids that were."""
    buried: list[int] = []
    with suppress(ChildProcessError):
        # Looked at before it is reaped: waiting for any child would take the exit codes of ours.
        while dead := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if dead.si_pid in ours:
                break
            os.waitpid(dead.si_pid, os.WNOHANG)
            buried.append(dead.si_pid)
    return buried
