"""Upload, mapping, the job and what it refused."""

from __future__ import annotations

import csv
import io

import pytest
from django.conf import LazySettings, settings

from annotation.models import Event, ImportJob, Item, JobState, RejectedRow, Verb
from annotation.workflow.importing import import_file
from tests.cast import Cast
from tests.views.data import CSV, HTMX, page, signed_in, upload, uploaded

MAPPING = {
    "field_text": "1",
    "external_id": "0",
    "gold_intent": "2",
    "answers_intent": "",
    "annotator_column": "",
    "annotator": "imported",
    "split": "",
    "metadata": "rest",
}


@pytest.fixture
def job(cast: Cast) -> ImportJob:
    return uploaded(signed_in(cast.lead), cast)


def test_a_file_that_can_be_read_leads_to_its_mapping_and_imports_nothing_yet(cast: Cast) -> None:
    response = upload(signed_in(cast.lead), cast)
    job = ImportJob.objects.get()
    assert response["Location"] == page("import_detail", cast, job.pk)
    assert (job.state, job.mapping, job.created_by) == (JobState.PENDING, {}, cast.lead)
    assert not Item.objects.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04rest of a workbook", b"\x00\x01\x02"])
def test_a_file_that_cannot_be_read_says_what_it_is_and_is_not_kept(cast: Cast, content: bytes) -> None:
    response = upload(signed_in(cast.lead), cast, content, "book.xlsx")
    assert response.status_code == 422
    assert response.context["form"].errors["file"]
    assert not ImportJob.objects.exists()


def test_a_form_without_a_file_asks_for_one(cast: Cast) -> None:
    response = signed_in(cast.lead).post(page("imports", cast))
    assert response.status_code == 422
    assert "required" in response.content.decode()


def test_a_file_over_the_limit_answers_413_and_says_the_limit(cast: Cast, settings: LazySettings) -> None:
    settings.SYNTHWEB_MAX_UPLOAD_MB = 1
    response = upload(signed_in(cast.lead), cast, b"text\n" + b"x" * (1 << 20))
    assert response.status_code == 413
    assert "1.0\xa0MB" in response.content.decode()


def test_a_body_far_over_the_limit_is_refused_unread(cast: Cast, settings: LazySettings) -> None:
    settings.SYNTHWEB_MAX_UPLOAD_MB = 1
    response = upload(signed_in(cast.lead), cast, b"text\n" + b"x" * (3 << 20))
    assert response.status_code == 413
    assert response.templates[0].name == "413.html"


def test_the_mapping_page_is_prefilled_with_the_guess(cast: Cast, job: ImportJob) -> None:
    response = signed_in(cast.lead).get(page("import_detail", cast, job.pk))
    form = response.context["form"]
    assert {name: field.initial for name, field in form.fields.items()} == MAPPING
    shown = [row.cells[1] for row in response.context["rehearsed"].rows]
    assert shown == ["Where is my parcel?", "I want my money back"]


def test_a_changed_select_shows_what_would_become_of_the_rows(cast: Cast, job: ImportJob) -> None:
    asked = {**MAPPING, "gold_intent": "3"}
    response = signed_in(cast.lead).get(page("import_detail", cast, job.pk), asked, **HTMX)
    assert next(template.name for template in response.templates) == "imports/preview.html"
    assert response.context["rehearsed"].rejected == 2
    assert "mail" in response.content.decode()


def test_starting_fixes_the_mapping_and_queues_the_job(cast: Cast, job: ImportJob) -> None:
    response = signed_in(cast.lead).post(page("import_start", cast, job.pk), MAPPING)
    job.refresh_from_db()
    assert response["Location"] == page("import_detail", cast, job.pk)
    given = {key: value for key, value in job.mapping.items() if value}
    assert given == {"fields": {"text": "text"}, "external_id": "id", "gold": {"intent": "label"}}
    assert Event.objects.get(verb=Verb.IMPORT_STARTED).user == cast.lead


def test_metadata_can_be_left_behind(cast: Cast, job: ImportJob) -> None:
    signed_in(cast.lead).post(page("import_start", cast, job.pk), {**MAPPING, "metadata": "none"})
    import_file(job.pk)
    assert Item.objects.filter(metadata={}).count() == 2


@pytest.mark.parametrize("bad", [{"field_text": ""}, {"field_text": "9"}, {"metadata": "all"}, {"gold_intent": "text"}])
def test_a_mapping_that_does_not_fit_says_where_and_starts_nothing(
    cast: Cast, job: ImportJob, bad: dict[str, str]
) -> None:
    response = signed_in(cast.lead).post(page("import_start", cast, job.pk), {**MAPPING, **bad})
    job.refresh_from_db()
    assert response.status_code == 422
    assert list(response.context["form"].errors) == list(bad)
    assert job.mapping == {}


def test_a_second_start_goes_to_the_running_job(cast: Cast, job: ImportJob) -> None:
    client = signed_in(cast.lead)
    client.post(page("import_start", cast, job.pk), MAPPING)
    response = client.post(page("import_start", cast, job.pk), {**MAPPING, "metadata": "none"})
    job.refresh_from_db()
    assert response.status_code == 302
    assert job.mapping["metadata"] is None


def test_the_job_page_polls_while_it_runs_and_says_what_is_next_when_done(cast: Cast, job: ImportJob) -> None:
    client = signed_in(cast.lead)
    client.post(page("import_start", cast, job.pk), MAPPING)
    address = page("import_detail", cast, job.pk)
    assert "data-poll" in client.get(address, **HTMX).content.decode()
    import_file(job.pk)
    finished = client.get(address, **HTMX).content.decode()
    assert "data-poll" not in finished
    assert "2 new items" in finished
    assert "<html" not in finished


def test_cancelling_stops_an_import_once(cast: Cast, job: ImportJob) -> None:
    client = signed_in(cast.lead)
    response = client.post(page("import_cancel", cast, job.pk), follow=True)
    assert [str(message) for message in response.context["messages"]] == ["“messages.csv” is discarded."]
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    response = client.post(page("import_cancel", cast, job.pk), follow=True)
    assert [str(message) for message in response.context["messages"]] == ["This import is over already."]


def test_rejected_rows_are_shown_and_can_be_opened_in_a_spreadsheet(cast: Cast) -> None:
    client = signed_in(cast.lead)
    job = uploaded(client, cast, CSV + '3,Hello,=cmd|calc,mail\n"=1+1","",other,x\n')
    client.post(page("import_start", cast, job.pk), MAPPING)
    import_file(job.pk)
    shown = client.get(page("import_detail", cast, job.pk)).context["rejected"]
    assert [row.line for row in shown] == [4, 5]
    RejectedRow.objects.filter(line=5).update(excerpt="=1+1")
    response = client.get(page("import_rejected", cast, job.pk))
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(b"".join(response).decode())))
    assert [row[0] for row in rows] == ["line", "4", "5"]
    assert rows[2][2] == "'=1+1"


def test_a_file_name_is_shown_literally(cast: Cast) -> None:
    client = signed_in(cast.lead)
    uploaded(client, cast, name="<img src=x onerror=alert(1)>.csv")
    shown = client.get(page("imports", cast)).content.decode()
    assert "<img src=x" not in shown
    assert "&lt;img src=x" in shown


def test_a_file_that_vanished_from_the_disk_leads_back_to_the_upload(cast: Cast, job: ImportJob) -> None:
    (settings.SYNTHWEB_FILES / job.file).unlink()
    response = signed_in(cast.lead).get(page("import_detail", cast, job.pk), follow=True)
    assert response.redirect_chain == [(page("imports", cast), 302)]
    assert "upload it again" in str(next(iter(response.context["messages"])))
