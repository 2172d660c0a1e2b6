"""`manage.py` as scripts call it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"


def test_whoever_has_read_enough_of_a_table_sees_no_traceback(tmp_path: Path) -> None:
    votes = tmp_path / "votes.csv"
    votes.write_text("item_id,annotator,label\n" + "".join(f"{item},ann,{item % 2}\n" for item in range(5_000)))
    command = [sys.executable, str(MANAGE), "aggregate", str(votes), "--method", "majority"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert running.stderr
        assert running.stdout.readline().startswith("item_id,label")
        running.stdout.close()
        said = running.stderr.read()
    assert running.returncode == 141
    assert "Traceback" not in said
    assert "BrokenPipe" not in said
