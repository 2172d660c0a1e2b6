from __future__ import annotations

import gzip
import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from annotation.exchange import Row, UnreadableFile, detect, preview_file, read_file, unpack
from annotation.exchange.archives import remove, size_of


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "unpacked"


def packed(path: Path, members: dict[str, bytes], **attributes: int) -> Path:
    """A zip with these members; `attributes` are set on every entry."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            for key, value in attributes.items():
                setattr(entry, key, value)
            archive.writestr(entry, content)
    return path


def test_what_is_no_archive_stays_where_it_is(tmp_path: Path, target: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text\n1,a\n")
    assert unpack(path, "a.csv", target) == (path, "a.csv")
    assert not target.exists()


def test_a_gzip_of_any_format_is_read_like_the_file_in_it(tmp_path: Path, target: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(gzip.compress(b'{"text": "a"}\n'))
    found = unpack(path, "data.jsonl.gz", target)
    assert found == (target, "data.jsonl")
    assert detect(*found).name == "jsonl"
    assert path.exists()


def test_files_of_a_zip_are_one_dataset_and_a_bad_row_says_where_it_stands(tmp_path: Path, target: Path) -> None:
    members = {
        "set/b.csv": b"id,text\n3,c\n4,d,e\n",
        "set/a.csv": b"id,text\n1,a\n2,b\n",
        "set/README.md": b"# What this is",
        "set/.DS_Store": b"\0",
        "__MACOSX/set/._a.csv": b"\0",
    }
    found = unpack(packed(tmp_path / "set.zip", members), "set.zip", target)
    assert sorted(each.name for each in target.iterdir()) == ["README.md", "a.csv", "b.csv"]
    kind = detect(*found)
    verdicts = list(reading := read_file(kind, found.path))
    assert [(each.line, each.values["text"]) for each in verdicts if isinstance(each, Row)] == [
        (2, "a"), (3, "b"), (5, "c"),
    ]  # fmt: skip
    assert [each.reason for each in verdicts if not isinstance(each, Row)] == [
        "b.csv, line 3: The row has 3 cells, the header has 2."
    ]
    assert reading.position == reading.size == size_of(target)
    # Killed after any row, it goes on with the next.
    for done in range(4):
        again = list(read_file(kind, found.path, start_after=verdicts[done].line))
        assert again == verdicts[done + 1 :]
    preview = preview_file(kind, found.path, 2)
    assert (preview.columns, len(preview.rows)) == (["id", "text"], 2)
    assert "README.md" in preview.losses[0]
    remove(target)
    assert not target.exists()


def test_a_zip_of_one_file_is_that_file_and_of_several_kinds_is_refused(tmp_path: Path, target: Path) -> None:
    found = unpack(packed(tmp_path / "one.zip", {"deep/er/data.csv": b"id,text\n1,a\n"}), "one.zip", target)
    assert found == (target, "data.csv")
    remove(target)
    mixed = packed(tmp_path / "mixed.zip", {"a.csv": b"id,text\n1,a\n", "b.jsonl": b'{"text": "a"}\n'})
    with pytest.raises(UnreadableFile, match=r"several kinds: a\.csv \(CSV\), b\.jsonl \(JSON Lines\)"):
        detect(*unpack(mixed, "mixed.zip", target))


@pytest.mark.parametrize(
    ("name", "attributes", "message"),
    [
        ("../evil.csv", {}, "no name that a file can be unpacked to"),
        ("a/../../evil.csv", {}, "no name that a file can be unpacked to"),
        ("/etc/passwd", {}, "no name that a file can be unpacked to"),
        ("..\\evil.csv", {}, "no name that a file can be unpacked to"),
        ("C:/evil.csv", {}, "no name that a file can be unpacked to"),
        ("x" * 400, {}, "no name that a file can be unpacked to"),
        ("link.csv", {"external_attr": 0o120777 << 16}, "is a link"),
    ],
)
def test_a_member_that_would_leave_the_folder_is_refused(
    tmp_path: Path, target: Path, name: str, attributes: dict[str, int], message: str
) -> None:
    """U5."""
    path = packed(tmp_path / "evil.zip", {"fine.csv": b"id,text\n1,a\n"} | {name: b"/etc/passwd"}, **attributes)
    with pytest.raises(UnreadableFile, match=message):
        unpack(path, "evil.zip", target)
    assert not target.exists()
    assert not (tmp_path / "evil.csv").exists()


def test_a_hundred_thousand_members_are_refused_before_they_are_listed(tmp_path: Path, target: Path) -> None:
    """U5, whether the archive's own count of them is true or a lie."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0) + b"n" * 200
    directory = entry * 100_000
    for count in (65_535, 1):
        path = tmp_path / f"{count}.zip"
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), 4, 0)
        path.write_bytes(b"PK\x03\x04" + directory + end)
        tracemalloc.start()
        with pytest.raises(UnreadableFile, match="10,000 files"):
            unpack(path, "many.zip", target)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
        tracemalloc.stop()


def test_what_bursts_is_refused_and_nothing_of_it_stays(tmp_path: Path, target: Path) -> None:
    """U2: a gzip and a zip that hold a thousand times their size."""
    zeros = io.BytesIO()
    with gzip.GzipFile(fileobj=zeros, mode="wb") as file:
        for _ in range(64):
            file.write(b"\0" * (1 << 20))
    path = tmp_path / "bomb"
    path.write_bytes(zeros.getvalue())
    with pytest.raises(UnreadableFile, match="250 times its size"):
        unpack(path, "bomb.csv.gz", target)
    assert not target.exists()
    bomb = packed(tmp_path / "bomb.zip", {"a.csv": b"\0" * (40 << 20), "b.csv": b"x"})
    with pytest.raises(UnreadableFile, match="250 times its size"):
        unpack(bomb, "bomb.zip", target)
    with pytest.raises(UnreadableFile, match="more than 1 MB"):
        unpack(packed(tmp_path / "big.zip", {"a": bytes(range(256)) * 8_192}), "big.zip", target, limit=1 << 20)
    assert not target.exists()


@pytest.mark.parametrize("cut", [8, 30, 60, 100])
def test_a_damaged_archive_is_refused_in_a_sentence(tmp_path: Path, target: Path, cut: int) -> None:
    whole = packed(tmp_path / "whole.zip", {"a.csv": b"id,text\n1,a\n" * 50, "b.csv": b"id,text\n"}).read_bytes()
    path = tmp_path / "cut"
    for content in (whole[:cut], gzip.compress(whole)[: cut // 2], whole[:40] + b"\xff" * 20 + whole[60:]):
        path.write_bytes(content)
        with pytest.raises(UnreadableFile, match="archive"):
            unpack(path, "cut.zip", target)
        assert not target.exists()


def test_an_encrypted_archive_and_an_archive_in_an_archive_are_refused(tmp_path: Path, target: Path) -> None:
    path = packed(tmp_path / "a.zip", {"a.csv": b"id\n1\n"})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="encrypted"):
        unpack(path, "a.zip", target)
    path.write_bytes(gzip.compress(gzip.compress(b"id,text\n1,a\n")))
    with pytest.raises(UnreadableFile, match="another archive"):
        unpack(path, "a.csv.gz.gz", target)
