"""The data folder and the installation's secret."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

from synthweb.home import home, secret


def test_the_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = secret(tmp_path / "new")
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "new" / "secret").stat().st_mode) == 0o600
    assert secret(tmp_path / "new") == first
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret"]


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    assert secret(tmp_path / "a") != secret(tmp_path / "b")


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    program = "import pathlib, sys; from synthweb.home import secret; print(secret(pathlib.Path(sys.argv[1])))"
    started = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(8)
    ]
    assert len({process.communicate()[0] for process in started}) == 1


def test_the_environment_names_the_folder(tmp_path: Path) -> None:
    assert home({"SYNTHWEB_HOME": str(tmp_path)}) == tmp_path.resolve()
    assert home({}).name == "synthweb"
