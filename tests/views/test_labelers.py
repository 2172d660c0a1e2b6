"""Model annotators: list, add, version, run, retire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings

from annotation.models import Checkpoint, Event, JobState, Labeler, Run, Verb
from annotation.workflow.calibrating import calibrate
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.labeling import label_chunk
from annotation.workflow.running import start_run
from tests.cast import SCRIPTED, Cast
from tests.measuring import SAID, measured_labeler
from tests.runs import work
from tests.views.data import HTMX, page, signed_in

NEW = {"name": "Bundled", "kind": "prompted", "llm": "local", "instructions": "Be strict.", "guidelines": "on"}


@pytest.fixture
def labeler(cast: Cast) -> Labeler:
    return add_labeler(cast.project, name="Robot", kind="prompted", config=SCRIPTED, user=cast.lead)


def rows(response: Any) -> dict[str, Any]:
    return {str(row["labeler"]): row for row in response.context["rows"]}


def test_a_model_can_be_kept_from_the_guidelines_and_given_its_own_sentence(cast: Cast) -> None:
    without = {key: value for key, value in NEW.items() if key != "guidelines"}
    signed_in(cast.lead).post(page("labelers", cast), {**without, "instructions": "", "lead": "This is about"})
    config = {"llm": "local", "guidelines": False, "lead": "This is about"}
    assert Labeler.objects.get(name="Bundled").config == config


def test_adding_a_model_makes_a_version_and_opens_it(cast: Cast) -> None:
    response = signed_in(cast.lead).post(page("labelers", cast), NEW)
    added = Labeler.objects.get(name="Bundled")
    assert response["Location"] == page("labeler", cast, added.pk)
    assert (added.version, added.config) == (1, {"llm": "local", "instructions": "Be strict."})
    assert Event.objects.filter(verb=Verb.LABELER_ADDED, user=cast.lead, data__labeler="Bundled v1").exists()


def test_settings_of_other_kinds_are_left_out(cast: Cast) -> None:
    client = signed_in(cast.lead)
    client.post(page("labelers", cast), {**NEW, "kind": "trained", "examples": "4"})
    client.post(page("labelers", cast), {**NEW, "name": "Judge", "kind": "judge", "examples": "4"})
    assert Labeler.objects.get(name="Bundled").config == {}
    assert Labeler.objects.filter(name="Judge").latest("version").config == {
        "llm": "local",
        "instructions": "Be strict.",
    }


def test_the_same_name_makes_the_next_version_and_retires_the_one_before(cast: Cast) -> None:
    client = signed_in(cast.lead)
    client.post(page("labelers", cast), NEW)
    client.post(page("labelers", cast), {**NEW, "instructions": ""})
    versions = Labeler.objects.filter(name="Bundled").order_by("version").values_list("version", "active")
    assert list(versions) == [(1, False), (2, True)]


@pytest.mark.parametrize(
    "bad",
    [{"name": " "}, {"kind": "telepathic"}, {"llm": "https://example.org"}, {"llm": "scripted"}, {"name": "a\0b"}],
)
def test_settings_that_do_not_fit_are_refused_where_they_stand(cast: Cast, bad: dict[str, str]) -> None:
    before = Labeler.objects.count()
    response = signed_in(cast.lead).post(page("labelers", cast), {**NEW, **bad})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == list(bad)
    assert Labeler.objects.count() == before


def test_scripted_answers_are_offered_while_developing_only(cast: Cast, settings: LazySettings) -> None:
    client = signed_in(cast.lead)
    assert "scripted" not in client.get(page("labelers", cast)).content.decode()
    settings.DEBUG = True
    assert "scripted" in client.get(page("labelers", cast)).content.decode()


def test_the_list_counts_votes_what_is_left_and_the_agreement_with_people(cast: Cast, labeler: Labeler) -> None:
    cast.policy(overlap=2, min_human=2)
    cast.add("one", "two", "three")
    client = signed_in(cast.lead)
    assert rows(client.get(page("labelers", cast)))["Robot v1"]["left"] == 3
    client.post(page("labeler_run", cast, labeler.pk))
    label_chunk(Run.objects.get().pk)
    vote = labeler.annotator.annotations.order_by("item__pk").first()
    cast.claim(cast.annotator)
    cast.answer(cast.second, "refund")
    row = rows(client.get(page("labelers", cast)))["Robot v1"]
    assert (row["votes"], row["left"]) == (3, 0)
    assert vote is not None
    assert [each["items"] for each in row["agreement"]] == [1]


def test_running_starts_one_run_and_a_second_click_says_it_is_at_work(cast: Cast, labeler: Labeler) -> None:
    cast.add("one")
    client = signed_in(cast.lead)
    response = client.post(page("labeler_run", cast, labeler.pk))
    run = Run.objects.get()
    assert response["Location"] == page("run", cast, run.pk)
    again = client.post(page("labeler_run", cast, labeler.pk), follow=True)
    assert "at work already" in str(next(iter(again.context["messages"])))
    assert Run.objects.count() == 1


def test_a_retired_version_gets_no_more_work_and_keeps_its_page(cast: Cast, labeler: Labeler) -> None:
    client = signed_in(cast.lead)
    client.post(page("labeler_retire", cast, labeler.pk))
    labeler.refresh_from_db()
    assert not labeler.active
    client.post(page("labeler_run", cast, labeler.pk))
    assert not Run.objects.exists()
    shown = client.get(page("labeler", cast, labeler.pk))
    assert shown.status_code == 200
    assert not shown.context["row"]["can_run"]


def test_the_version_page_polls_while_it_runs(cast: Cast, labeler: Labeler) -> None:
    cast.add("one")
    client = signed_in(cast.lead)
    address = page("labeler", cast, labeler.pk)
    assert "data-poll" not in client.get(address, **HTMX).content.decode()
    client.post(page("labeler_run", cast, labeler.pk))
    assert "data-poll" in client.get(address, **HTMX).content.decode()
    assert "data-poll" in client.get(page("labelers", cast), **HTMX).content.decode()


def test_versions_stand_side_by_side_and_say_what_is_not_measured(cast: Cast) -> None:
    measured = measured_labeler(cast)
    add_labeler(cast.project, name="Robot", kind="prompted", config=SCRIPTED)
    client = signed_in(cast.lead)
    for address in (page("labelers", cast), page("labeler", cast, measured.pk)):
        response = client.get(address)
        [table] = response.context["comparison"]
        shown = {str(row["labeler"]): row for row in table["rows"]}
        assert (shown["Robot v1"]["percent"], shown["Robot v1"]["interval"]) == (pytest.approx(70), "40–89 %")
        assert shown["Robot v2"]["percent"] is None
        assert "Not measured yet: it has not voted on any item." in response.content.decode()


def test_audits_have_a_figure_of_their_own_because_chance_chose_them(cast: Cast) -> None:
    labeler = measured_labeler(cast)
    right = [item for item, said in zip(cast.project.items.order_by("pk"), SAID, strict=True) if said[0] == said[1]]
    cast.project.items.filter(pk__in=[item.pk for item in right[:4]]).update(audit=True)
    client = signed_in(cast.lead)
    shown = client.get(page("labelers", cast)).content.decode()
    assert "Audits: <strong>100 %</strong>" in shown
    assert "of 4</span>" in shown
    reported = cast.api(cast.lead).get(cast.url("labelers", "report")).json()["results"]
    audited = next(each for each in reported if each["id"] == labeler.pk)["questions"]["intent"]["audited"]
    assert (audited["answers"], audited["accuracy"]) == (4, 1.0)


def test_each_number_of_the_confusion_leads_to_its_items(cast: Cast) -> None:
    labeler = measured_labeler(cast)
    client = signed_in(cast.lead)
    [table] = client.get(page("labeler", cast, labeler.pk)).context["confusions"]
    for row in table["rows"]:
        for cell in row["cells"]:
            assert bool(cell["url"]) == bool(cell["count"])
            if cell["url"]:
                assert len(client.get(cell["url"]).context["rows"]) == cell["count"]


def test_the_reliability_diagram_is_drawn_before_and_after_with_its_table(cast: Cast) -> None:
    labeler = measured_labeler(cast, SAID * 3)
    client, address = signed_in(cast.lead), page("labeler", cast, labeler.pk)
    [before] = client.get(address).context["trust"]
    assert [line["name"] for line in before["series"]] == ["before"]
    while calibrate(labeler.pk):
        pass
    response = client.get(address)
    [after] = response.context["trust"]
    assert [line["name"] for line in after["series"]] == ["before", "after"]
    assert (after["method"], after["answers"]) == ("Platt scaling", 30)
    shown = response.content.decode()
    assert "<polyline" in shown
    assert all(f"{each['right']:.1f} %" in shown for each in after["series"][1]["bins"])


def test_a_labeler_that_learns_shows_what_it_has_learned(cast: Cast, labeler: Labeler) -> None:
    for number, (answers, accuracy) in enumerate([(0, None), (16, 0.6), (40, 0.75)], 1):
        metrics = {"intent": {"accuracy": accuracy}} if accuracy else {}
        made = {"number": number, "answers": answers, "metrics": metrics, "weights": b"", "digest": "x"}
        Checkpoint.objects.create(labeler=labeler, **made)
    [curve] = signed_in(cast.lead).get(page("labeler", cast, labeler.pk)).context["curves"]
    assert [lesson["percent"] for lesson in curve["lessons"]] == [75, 60, None]
    assert len(curve["series"][0]["points"]) == 2


def test_a_retired_version_is_put_back_to_work_and_the_other_one_retires(cast: Cast, labeler: Labeler) -> None:
    newer = add_labeler(cast.project, name="Robot", kind="prompted", config=SCRIPTED)
    client = signed_in(cast.lead)
    assert "Robot v2 retires." in client.get(page("labeler", cast, labeler.pk)).content.decode()
    client.post(page("labeler_activate", cast, labeler.pk))
    assert list(Labeler.objects.filter(name="Robot", active=True)) == [labeler]
    assert newer != labeler
    assert Event.objects.filter(verb=Verb.LABELER_ACTIVATED, user=cast.lead, data__labeler="Robot v1").exists()


def test_what_failed_is_listed_with_a_retry(cast: Cast) -> None:
    cast.add("fine", "broken")
    script = {"rules": [{"contains": "broken", "fault": "refusal", "times": 1}], "default": {"answer": "refund"}}
    config = {"llm": "scripted", "script": script}
    labeler = add_labeler(cast.project, name="Shaky", kind="prompted", config=config, user=cast.lead)
    run = start_run(labeler)
    client = signed_in(cast.lead)
    work(run)
    shown = client.get(page("labeler", cast, labeler.pk))
    assert [failure.item.fields["text"] for failure in shown.context["failures"]] == ["broken"]
    assert page("run_resume", cast, run.pk) in shown.content.decode()
    client.post(page("run_resume", cast, run.pk))
    work(run)
    assert (run.state, run.done, run.failed) == (JobState.DONE, 2, 0)
    assert client.get(page("labeler", cast, labeler.pk)).context["failures"] == []


def test_the_next_version_starts_from_the_settings_of_this_one(cast: Cast) -> None:
    config = {"llm": "local", "guidelines": False, "lead": "This is about", "instructions": "Be strict."}
    labeler = add_labeler(cast.project, name="Robot", kind="prompted", config=config)
    response = signed_in(cast.lead).get(page("labeler", cast, labeler.pk))
    initial = response.context["form"].initial
    assert initial == {**config, "name": "Robot", "kind": "prompted"}
    assert ("Sentence that the options complete", "This is about") in response.context["settings"]


@pytest.mark.parametrize(("budget", "kept"), [("", None), ("2.5", Decimal("2.5"))])
def test_a_run_may_have_a_budget(cast: Cast, labeler: Labeler, budget: str, kept: Decimal | None) -> None:
    cast.add("one")
    signed_in(cast.lead).post(page("labeler_run", cast, labeler.pk), {"budget": budget})
    assert Run.objects.get().budget == kept


def test_a_budget_that_is_none_starts_nothing(cast: Cast, labeler: Labeler) -> None:
    cast.add("one")
    for budget in ("much", "-1", "NaN"):
        signed_in(cast.lead).post(page("labeler_run", cast, labeler.pk), {"budget": budget})
    assert not Run.objects.exists()
