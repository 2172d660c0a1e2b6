"""What `up` refuses before it starts anything, each in one sentence."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest

from synthweb import preflight
from synthweb.preflight import Refused


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=f"^Port {port} is taken by another program; choose another with --port.$"):
            preflight.check_port("127.0.0.1", port)
    preflight.check_port("127.0.0.1", port)


@pytest.mark.parametrize("host, port", [("203.0.113.1", 8000), ("no.such.host.invalid", 8000), ("127.0.0.1", 99999)])
def test_an_address_that_is_not_ours_is_refused(host: str, port: int) -> None:
    with pytest.raises(Refused, match=r"^Cannot listen on "):
        preflight.check_port(host, port)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Refused, match=r"cannot be written .*; choose another with --data"):
        preflight.check_folder(tmp_path / "file" / "home")


def test_a_disk_that_is_nearly_full_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # More than any disk has, instead of filling this one.
    monkeypatch.setattr(preflight, "LEAST_FREE", shutil.disk_usage(tmp_path).total + (1 << 20))
    with pytest.raises(Refused, match=r"nearly full: [0-9]+ MB free, [0-9]+ MB needed"):
        preflight.check_folder(tmp_path)


def test_a_second_claim_says_who_holds_the_folder(tmp_path: Path) -> None:
    claim = preflight.claim(tmp_path, "http://127.0.0.1:8000")
    with pytest.raises(Refused, match=f"process {os.getpid()}, http://127.0.0.1:8000"):
        preflight.claim(tmp_path, "http://127.0.0.1:9000")
    claim.close()
    preflight.claim(tmp_path, "http://127.0.0.1:9000").close()
