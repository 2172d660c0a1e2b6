"""Label Studio's ML back ends, from the administrator's connection to votes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from annotation.forms.labelers import LabelerForm
from annotation.models import Annotation, ConnectionKind, User
from annotation.workflow.connecting import Settings, add_connection, change_connection
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.errors import Refused
from annotation.workflow.estimating import estimate_run
from annotation.workflow.people import create_user
from annotation.workflow.running import start_run
from tests.cast import Cast
from tests.endpoints import Behaviour, Server
from tests.labelers.test_ml_backend import choice, predicting
from tests.runs import finish

BACK_END = Settings(name="team-ml", base_url="http://127.0.0.1:9", kind=ConnectionKind.ML_BACKEND)
CONFIG = {"llm": "team-ml"}


@pytest.fixture
def root(db: None) -> User:
    return create_user("root", admin=True)


def test_a_run_collects_its_votes_and_goes_on_after_what_is_none(
    cast: Cast, root: User, serve: Callable[[Behaviour], Server]
) -> None:
    server = serve(predicting(lambda task: {"result": [choice(task["data"]["text"])], "score": 0.9}))
    add_connection(replace(BACK_END, base_url=server.url), by=root)
    cast.add("refund", "delivery", "telepathy")
    labeler = add_labeler(cast.project, name="ML", kind="ml_backend", config=CONFIG, user=cast.lead)
    assert estimate_run(labeler).cost == 0
    run = finish(start_run(labeler, user=cast.lead))
    assert (run.done, run.failed) == (2, 1)
    votes = Annotation.objects.filter(annotator__labeler=labeler)
    assert {vote.item.fields["text"]: vote.answers for vote in votes} == {
        "refund": {"intent": "refund"},
        "delivery": {"intent": "delivery"},
    }


def test_only_what_fits_is_offered_and_taken(cast: Cast, root: User) -> None:
    assert "ml_backend" not in dict(LabelerForm().fields["kind"].choices)  # type: ignore[attr-defined]
    made = add_connection(BACK_END, by=root)
    vllm = Settings(name="vllm", base_url="http://127.0.0.1:9", model="m")
    add_connection(vllm, by=root)
    form = LabelerForm()
    assert "ml_backend" in dict(form.fields["kind"].choices)  # type: ignore[attr-defined]
    assert "team-ml" in str(form["llm"])
    for kind, llm in (("ml_backend", "vllm"), ("ml_backend", "nobody"), ("prompted", "team-ml"), ("judge", "team-ml")):
        with pytest.raises(Refused) as refused:
            add_labeler(cast.project, name="X", kind=kind, config={"llm": llm})
        assert refused.value.field == "config"
    with pytest.raises(Refused, match="keeps its kind"):
        change_connection(made, replace(BACK_END, kind=ConnectionKind.OPENAI, model="m"), by=root)
    with pytest.raises(Refused) as unnamed:
        add_connection(replace(vllm, name="another", model=""), by=root)
    assert unnamed.value.field == "model"
