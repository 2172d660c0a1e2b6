"""Servers without a parent are buried, so that nothing takes them for running; our own children are left alone."""

from __future__ import annotations

import subprocess
import sys

# Starts a grandchild whose parent is gone, and one child of its own; kills both; says what became of them.
STORY = """
import os, signal, subprocess, sys, time
from synthweb.orphans import adopt, bury

adopt()
left = subprocess.run(["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"], capture_output=True, text=True)
orphan = int(left.stdout)
ours = subprocess.Popen([sys.executable, "-c", "raise SystemExit(7)"])
os.waitid(os.P_PID, ours.pid, os.WEXITED | os.WNOWAIT)
os.kill(orphan, signal.SIGKILL)
os.waitid(os.P_PID, orphan, os.WEXITED | os.WNOWAIT)
first = bury({ours.pid})
code = ours.wait()
print(orphan in first + bury(set()), code, os.path.exists(f"/proc/{orphan}"))
"""


def test_orphans_are_reaped_and_our_own_childrens_exit_codes_kept() -> None:
    done = subprocess.run([sys.executable, "-c", STORY], capture_output=True, text=True, timeout=60)
    assert done.stdout == "True 7 False\n", done.stderr


def test_there_may_be_nobody_to_bury() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from synthweb.orphans import bury; print(bury(set()))"], capture_output=True, text=True
    )
    assert done.stdout == "[]\n", done.stderr
