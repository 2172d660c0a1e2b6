"""Preview, estimate and try, as pages and as the parts that htmx swaps."""

from __future__ import annotations

import pytest

from annotation.models import Labeler, Run, RunPurpose
from annotation.workflow.enlisting import add_labeler
from tests.cast import SCRIPTED, Cast
from tests.runs import work
from tests.views.data import HTMX, page, signed_in

SETTINGS = {"name": "", "kind": "prompted", "llm": "local", "instructions": "Mind the <tone>.", "guidelines": "on"}


@pytest.fixture
def labeler(cast: Cast) -> Labeler:
    cast.add(*(f"message {number} <b>bold</b>" for number in range(12)))
    return add_labeler(cast.project, name="Robot", kind="prompted", config=SCRIPTED, user=cast.lead)


def test_the_preview_shows_real_items_in_the_words_of_the_form(cast: Cast, labeler: Labeler) -> None:
    client = signed_in(cast.lead)
    part = client.post(page("labeler_preview", cast), {**SETTINGS, "pick": "first"}, **HTMX).content.decode()
    assert "Mind the &lt;tone&gt;." in part
    assert part.count("&lt;b&gt;bold") == 3
    assert "<html" not in part
    whole = client.post(page("labeler_preview", cast), SETTINGS).content.decode()
    assert "<html" in whole
    assert "Mind the &lt;tone&gt;." in whole
    assert Labeler.objects.filter(project=cast.project).count() == 2, "nothing is saved"


def test_the_preview_takes_the_items_one_asks_for_and_no_others(cast: Cast, labeler: Labeler) -> None:
    client = signed_in(cast.lead)
    last = cast.project.items.order_by("pk").last()
    assert last is not None
    asked = {**SETTINGS, "pick": "ids", "ids": str(last.pk)}
    response = client.post(page("labeler_preview", cast), asked, **HTMX)
    assert [each["item"] for each in response.context["prompts"]] == [last]
    [theirs] = cast.foreign.add("a secret of theirs")
    refused = client.post(page("labeler_preview", cast), {**asked, "ids": str(theirs.pk)}, **HTMX)
    assert refused.context["prompts"] == []
    assert f"no item {theirs.pk}" in refused.content.decode()
    assert "secret" not in refused.content.decode()


@pytest.mark.parametrize("bad", [{"kind": "telepathic"}, {"llm": "elsewhere"}, {"pick": "ids", "ids": "1; DROP"}])
def test_settings_that_do_not_fit_are_told_in_the_preview(cast: Cast, labeler: Labeler, bad: dict[str, str]) -> None:
    response = signed_in(cast.lead).post(page("labeler_preview", cast), {**SETTINGS, **bad}, **HTMX)
    assert response.status_code == 200
    assert "There is nothing to show yet" in response.content.decode()


def test_the_estimate_counts_what_a_run_would_ask(cast: Cast, labeler: Labeler) -> None:
    response = signed_in(cast.lead).get(page("labeler_estimate", cast, labeler.pk), **HTMX)
    assert response.context["estimate"].items == 12
    assert not Run.objects.exists()


def test_a_try_is_started_watched_and_compared(cast: Cast, labeler: Labeler) -> None:
    client, address = signed_in(cast.lead), page("labeler_try", cast, labeler.pk)
    assert "Not tried yet" in client.get(address).content.decode()
    response = client.post(address, {"pick": "first"})
    assert response["Location"] == address
    run = Run.objects.get()
    assert (run.purpose, run.total) == (RunPurpose.TRY, 10)
    assert "data-poll" in client.get(address, **HTMX).content.decode()
    cast.answer(cast.annotator, "refund")
    work(run)
    shown = client.get(address)
    assert "data-poll" not in client.get(address, **HTMX).content.decode()
    assert all(each["answers"] for each in shown.context["tried"])
    assert shown.context["compared"] == 1
    assert "message 1 &lt;b&gt;" in shown.content.decode()


def test_a_try_while_it_is_at_work_is_refused_in_words(cast: Cast, labeler: Labeler) -> None:
    client, address = signed_in(cast.lead), page("labeler_try", cast, labeler.pk)
    client.post(address, {"pick": "first"})
    again = client.post(address, {"pick": "first"}, follow=True)
    assert "at work already" in str(next(iter(again.context["messages"])))
    assert client.post(address, {"pick": "ids", "ids": "none"}).status_code == 422
