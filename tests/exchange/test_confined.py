from __future__ import annotations

from pathlib import Path

import psutil
import pyarrow
import pytest
from pyarrow import parquet

from annotation.exchange.confined import ConfinedReading


def test_a_reading_that_is_given_up_leaves_no_process_and_knew_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pipe is full long before so many rows are read, so the process is still at it when it is looked at."""
    monkeypatch.setenv("SECRET_KEY", "the site's own")
    path = tmp_path / "upload.parquet"
    parquet.write_table(pyarrow.table({"text": ["x" * 100] * 50_000}), path)
    reading = ConfinedReading("parquet", path)
    assert next(reading).line == 1
    (process,) = (each for each in psutil.Process().children() if "annotation.exchange.confined" in each.cmdline())
    assert "SECRET_KEY" not in process.environ()
    assert process.rlimit(psutil.RLIMIT_DATA) == (384 << 20, 384 << 20)
    reading.close()
    assert not process.is_running()
