from __future__ import annotations

from pathlib import Path

import datasets
import pandas
import pytest

from annotation.models import Item, Stage
from annotation.workflow.deriving import make_file
from annotation.workflow.exporting import export_snapshot
from annotation.workflow.importing import import_file
from annotation.workflow.labeling import label_chunk
from annotation.workflow.tokens import make_token
from synthweb_client import (
    Import,
    Job,
    JobCancelled,
    NotFound,
    Project,
    Run,
    SynthWeb,
    SynthWebError,
    frames,
    huggingface,
)
from synthweb_client.jobs import draw
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def work(job: Job) -> None:
    """The worker's part, done whenever the client looks."""
    draw(job)
    if isinstance(job, Import):
        import_file(job.id)
    elif isinstance(job, Run):
        label_chunk(job.id)


@pytest.fixture
def web(live_site: str, cast: Cast) -> SynthWeb:
    return SynthWeb(live_site, make_token(cast.lead)[1], timeout=10.0)


@pytest.fixture
def project(web: SynthWeb, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr("synthweb_client.jobs.draw", work)
    return web.project(cast.project.slug)


def test_a_dataset_is_imported_answered_and_brought_home(
    web: SynthWeb, project: Project, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("text,no\nWhere is my parcel 📦?,7\n,8\nMoney back!,9\n", "utf-8")
    done = project.import_file(rows, mapping={"fields": {"text": "text"}, "external_id": "no"}).wait()
    assert (done.created, done.rejected, done.percent) == (2, 1, 100.0)
    assert "8" in done.rejected_rows(tmp_path / "rejected.csv").read_text("utf-8")
    added = project.add_items(({"fields": {"text": text}} for text in ("one", "", "two", "one")), batch=2)
    assert (added.created, added.duplicates, [place for place, _ in added.rejected]) == (2, 1, [1])
    assert {item["fields"]["text"] for item in project.items(order="newest")} == {
        "Where is my parcel 📦?", "Money back!", "one", "two",
    }  # fmt: skip

    claim = project.claim()
    assert claim is not None
    answered = project.submit(claim, {"intent": "refund"}, seconds=2.5, claim_next=True, key="once")
    again = project.submit(claim, {"intent": "refund"}, seconds=2.5, claim_next=True, key="once")
    assert (again["id"], answered["next"]) == (answered["id"], again["next"])
    assert answered["next"] is not None
    project.skip(answered["next"], "unclear")
    assert [each["id"] for each in project.annotations(mine=True)] == [answered["id"]]
    settled = project.item(claim["item"]["id"])
    assert settled["consensus"]["intent"]["value"] == "refund"

    labeler = project.add_labeler("Script", llm="scripted")
    run = project.run("Script").wait()
    assert run.counts == (3, 3)
    with pytest.raises(SynthWebError, match=r"has no active model annotator “Scripf”; it has: .*Script"):
        project.run("Scripf")
    assert labeler["id"] == run.row["labeler"]

    def freeze(job: Job) -> None:
        export_snapshot(job.id)

    snapshot = project.snapshot("jsonl", stage=["settled"]).wait(progress=freeze)
    assert snapshot.manifest["decided_by"] == {"people": 1}
    assert snapshot.download(tmp_path / "dataset.jsonl").read_text("utf-8").count("\n") == 1
    assert snapshot.card().startswith("---\n")
    table = snapshot.in_format("csv").wait(progress=lambda job: make_file(job.id))
    assert table.download(tmp_path / "dataset.csv").read_text("utf-8").count("\n") == 2
    assert [each.number for each in project.snapshots()] == [snapshot.number]
    assert project.report()["progress"]["stages"]["settled"] == 1
    assert project.change(policy={"overlap": 2})["policy"]["overlap"] == 2
    assert [each.slug for each in web.projects()] == [cast.project.slug]
    with pytest.raises(NotFound, match="items/99999999"):
        project.item(99_999_999)


def test_a_job_that_was_given_up_says_so(project: Project, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("text\na\n", "utf-8")
    job = project.import_file(rows)
    with pytest.raises(TimeoutError):
        job.wait(timeout=0.0, progress=lambda job: None)
    with pytest.raises(JobCancelled):
        job.cancel().wait()
    assert Item.objects.count() == 0


def test_frames_and_datasets_go_in_and_come_out(project: Project, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pandas.DataFrame(
        {"text": ["Wo? 📦", "nein"], "score": [1.5, None], "day": pandas.to_datetime(["2026-01-02"] * 2)}
    )
    mapping = {"fields": {"text": "text"}, "metadata": ["score", "day"]}
    assert frames.add(project, frame, mapping=mapping).wait().created == 2
    item = Item.objects.get(project=cast.project, fields__text="nein")
    assert item.metadata.get("score") is None
    classes = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["refund", "other"])}
    )
    data = datasets.Dataset.from_dict({"text": ["a", "b"], "label": [1, -1]}, features=classes)
    mapping = {"fields": {"text": "text"}, "gold": {"intent": "label"}, "metadata": []}
    assert huggingface.add(project, data, mapping=mapping).wait().created == 2
    assert Item.objects.get(project=cast.project, fields__text="a").gold == {"intent": "other"}

    cast.answer(cast.annotator, "refund")
    table = frames.items(project, stage=Stage.SETTLED.value)
    assert list(table["intent"]) == ["refund"]
    answers = frames.answers(project)
    assert (list(answers["value"]), list(answers["annotator"])) == (["refund"], ["annotator"])

    monkeypatch.setattr("synthweb_client.jobs.draw", lambda job: export_snapshot(job.id))
    assert set(frames.dataset(project)["text"]) == {"Wo? 📦", "nein", "a", "b"}
    found = huggingface.dataset(project, stage="settled")
    assert (len(found), found[0]["intent"]) == (1, "refund")
