from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from synthweb_client import BrokenDownload, Conflict, Snapshot
from synthweb_client.speaking import Speaker
from tests.endpoints import Answer, Asked, Behaviour, Server

Serve = Callable[[Behaviour], Server]
CONTENT = bytes(range(256)) * 4_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def snapshot(server: Server, *, retries: int = 3) -> Snapshot:
    speaker = Speaker(server.url.removesuffix("/v1"), "abc", timeout=5.0, retries=retries, patience=10.0)
    row = {"id": 1, "state": "done", "sha256": SHA256}
    return Snapshot(speaker, "projects/p/snapshots/1/", row)


def part_of(asked: Asked, upto: int, content: bytes = CONTENT) -> Answer:
    """From where it is asked, and no further than `upto`, although all of it is announced."""
    begin = int(asked.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
    headers = {"ETag": f'"{SHA256}"', "X-Checksum-SHA256": SHA256, "Content-Length": str(len(content) - begin)}
    return Answer(iter([content[begin:upto]]), 206 if begin else 200, headers)


def test_a_download_goes_on_where_it_broke_off_even_in_another_process(serve: Serve, tmp_path: Path) -> None:
    ends = [300_000, 500_000, 700_000, len(CONTENT)]
    server = serve(lambda asked: part_of(asked, ends[asked.number]))
    target = tmp_path / "dataset.jsonl"
    # No further try: as if the process had been killed. What has come stays.
    with pytest.raises(Exception, match="broke off"):
        snapshot(server, retries=0).download(target)
    assert not target.exists()
    seen: list[tuple[int, int]] = []
    assert snapshot(server).download(target, progress=lambda done, total: seen.append((done, total))) == target
    assert target.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    begins = [int(asked.headers.get("Range", "bytes=0-")[6:-1]) for asked in server.asked]
    assert begins[0] == 0
    assert begins[1:] == sorted(begins[1:])
    assert begins[1] > 0, "it began anew"
    assert all(asked.headers.get("If-Range", f'"{SHA256}"') == f'"{SHA256}"' for asked in server.asked)
    assert list(tmp_path.iterdir()) == [target]


def test_what_arrives_otherwise_than_it_is_leaves_no_file(serve: Serve, tmp_path: Path) -> None:
    other = b"x" * len(CONTENT)
    server = serve(lambda asked: part_of(asked, len(other), other))
    with pytest.raises(BrokenDownload, match=SHA256):
        snapshot(server).download(tmp_path / "dataset.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_is_a_problem_in_words(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda asked: Answer([b'{"detail": "This snapshot is not finished."}'], 409))
    with pytest.raises(Conflict, match="not finished"):
        snapshot(server).download(tmp_path / "dataset.jsonl")
    assert list(tmp_path.iterdir()) == []
