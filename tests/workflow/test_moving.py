"""A project taken along in each format that can be read again: found out by what it holds, not by what it is called."""

from __future__ import annotations

import io

import pytest

from annotation.exchange import FORMATS
from annotation.models import Item, JobState
from annotation.workflow.assembling import shape_of
from annotation.workflow.importing import import_file
from annotation.workflow.uploading import import_upload
from tests.cast import Cast
from tests.exchange.files import record

pytestmark = pytest.mark.django_db(transaction=True)

# Written for training or for reading: they name no format of their own, or hold no texts to bring back.
ONE_WAY = {"text", "paragraphs", "consensus_table", "soft_labels", "label_studio_config"}
# They need a response, a conversation or a ranking, which this project has not.
OF_RESPONSES = {"chat", "alpaca", "sharegpt", "preference"}
# They are about spans.
OF_SPANS = {"conll", "docbin"}
BOTH_WAYS = {name for name, kind in FORMATS.items() if kind.writes and kind.reads} - ONE_WAY - OF_RESPONSES - OF_SPANS


@pytest.mark.parametrize("name", sorted(BOTH_WAYS))
def test_an_upload_without_a_name_is_read_back_in_the_format_it_was_written_in(cast: Cast, name: str) -> None:
    records = [
        record(number, fields={"text": f"Message {number} about money"}, stage="settled") for number in (1, 2, 3)
    ]
    for each in records:
        each["labels"]["intent"]["value"] = "refund"
    target = io.BytesIO()
    FORMATS[name].write(records, target, shape_of(cast.project), {})
    job = import_upload(cast.project, io.BytesIO(target.getvalue()), "upload", user=cast.lead)
    assert job.format == name
    import_file(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error, job.created, job.rejected) == (JobState.DONE, "", 3, 0)
    assert {item.fields["text"] for item in Item.objects.filter(project=cast.project)} == {
        each["fields"]["text"] for each in records
    }
