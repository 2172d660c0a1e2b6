from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotation.models import ImportJob, Item, JobState
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("body,no,says\nwhere is it,1,Delivery\nwhere is it,2,telepathy\n,3,\n")
    return path


def test_a_file_is_imported_here_and_now(cast: Cast, file: Path) -> None:
    out, err = io.StringIO(), io.StringIO()
    mapping = json.dumps({"fields": {"text": "body"}, "external_id": "no", "answers": {"intent": "says"}})
    with pytest.raises(SystemExit) as ended:
        call_command("import_items", cast.project.slug, file, "--mapping", mapping, stdout=out, stderr=err)
    assert ended.value.code == 3, "some rows were rejected"
    assert out.getvalue() == "3 rows read: 1 created, 1 duplicates, 1 rejected, 1 answers\n"
    assert "line 4: " in err.getvalue()
    assert "lost: 1×: Answers to “Intent” that do not fit it. First in line 3" in err.getvalue()
    assert Item.objects.get(project=cast.project).external_id == "1"
    file.write_text("body\nall of it\n")
    call_command("import_items", cast.project.slug, file, stdout=io.StringIO(), stderr=err)


def test_what_cannot_be_imported_is_one_sentence(cast: Cast, file: Path) -> None:
    slug = cast.project.slug
    file.with_suffix(".bin").write_bytes(b"%PDF-1.7 rest")
    for arguments, sentence in (
        (("nowhere", file), "There is no project"),
        ((slug, file.with_suffix(".none")), "cannot be read"),
        ((slug, file.with_suffix(".bin")), "a PDF"),
        ((slug, file, "--format", "exe"), "not a known format"),
        ((slug, file, "--mapping", "{"), "not JSON"),
        ((slug, file, "--mapping", '{"fields": {"text": "nothing"}}'), "no column"),
    ):
        with pytest.raises(CommandError, match=sentence):
            call_command("import_items", *arguments)
    assert not ImportJob.objects.filter(state__in=JobState.active()).exists()
    assert not Item.objects.exists()
