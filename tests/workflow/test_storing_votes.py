"""Items with what annotators said of them: the quick way and the ordinary one come to the same, and nothing doubles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model

from annotation.exchange import ImportedItem, ImportedVote, content_hash
from annotation.exchange.canonical import records_hash
from annotation.models import Annotation, Consensus, Event, Item, JobState, Project, Resolution, Stage
from annotation.workflow.assembling import Terms, assemble, items_to_export
from annotation.workflow.importing import import_file
from annotation.workflow.projects import Definition, create_project
from annotation.workflow.reshaping import change_questions
from annotation.workflow.reviewing import resolve
from annotation.workflow.storing import store_items
from annotation.workflow.storing_votes import store_with_votes
from annotation.workflow.uploading import preview, receive, start_import
from tests.cast import SCRIPTED, Cast

OPTIONS = ["a", "b", "c"]
QUESTIONS: list[dict[str, Any]] = [
    {"name": "kind", "type": "choice", "options": OPTIONS},
    {"name": "stars", "type": "rating", "min": 1, "max": 5, "required": False},
    {"name": "names", "type": "spans", "options": ["per", "loc"], "required": False},
]
POLICY = {"overlap": 3, "min_human": 2, "audit_share": 0.2, "review_share": 0.5, "accept_threshold": 0.8}


def project(cast: Cast, name: str, **policy: Any) -> Project:
    fields = [{"name": "text", "type": "text"}]
    definition = Definition(name, fields, QUESTIONS, policy={**POLICY, **policy})
    return create_project(definition, user=cast.lead, judge=SCRIPTED)


def vote(dice: Random, name: str, kind: str) -> ImportedVote:
    chosen = dice.choice(OPTIONS)
    answers: dict[str, Any] = {"kind": chosen}
    if dice.random() < 0.5:
        answers["stars"] = dice.randint(1, 5)
    if dice.random() < 0.5:
        answers["names"] = [{"start": 0, "end": 4, "label": dice.choice(["per", "loc"]), "text": "Text"}]
    shares = {"kind": {chosen: 0.75, OPTIONS[OPTIONS.index(chosen) - 1]: 0.25}} if kind == "model" else {}
    return ImportedVote(name, kind, answers, shares, 0.75 if shares else None, "why", 2.5, "2026-01-02T03:04:05+00:00")


def items(count: int, seed: int) -> list[ImportedItem]:
    dice = Random(seed)
    made = []
    for number in range(count):
        fields = {"text": f"Text {number}"}
        votes = [vote(dice, name, "human") for name in ("ann", "bob", "cy", "dee") if dice.random() < 0.4]
        votes += [vote(dice, name, "model") for name in ("gpt", "llama") if dice.random() < 0.5]
        votes += [vote(dice, "judy", "judge")] if dice.random() < 0.2 else []
        votes += [vote(dice, "lead" if dice.random() < 0.5 else "rita", "reviewer")] if dice.random() < 0.1 else []
        gold = {"kind": "a"} if number % 10 == 0 else {}
        made.append(ImportedItem(number, fields, str(number), {"n": number}, gold, content_hash(fields), tuple(votes)))
    return made


def rows(project: Project) -> dict[str, list[Any]]:
    """All that is written about a project's items, without the numbers that the database gave."""
    of: dict[str, tuple[type[Model], Sequence[str]]] = {
        "items": (
            Item,
            (
                "external_id", "fields", "metadata", "stage", "priority", "gold", "audit", "sampled", "version",
                "slots", "taken", "sureness", "disagreement", "facets", "review_reason",
            ),
        ),
        "answers": (
            Annotation,
            (
                "item__external_id", "annotator__kind", "annotator__name", "answers", "distribution", "confidence",
                "rationale", "seconds", "advice", "created_at", "schema_version", "shown", "raw_reply",
            ),
        ),
        "consensus": (
            Consensus,
            ("item__external_id", "question", "value", "posterior", "distribution", "method", "votes", "decided_by"),
        ),
        "decisions": (
            Resolution,
            ("item__external_id", "reviewer__username", "reviewer_name", "answers", "ambiguous", "version"),
        ),
    }  # fmt: skip
    found = {
        name: sorted(
            (list(row) for row in model._default_manager.filter(project=project).values_list(*columns)), key=repr
        )
        for name, (model, columns) in of.items()
    }
    moves = Event.objects.filter(project=project, verb="moved").select_related("item")
    found["moves"] = sorted(([event.item.external_id if event.item else "", event.data] for event in moves), key=repr)
    return found


@pytest.mark.parametrize("policy", [{}, {"overlap": 1, "min_human": 1, "review_share": 0}], ids=str)
def test_items_that_come_with_votes_are_as_if_the_votes_had_come_afterwards(cast: Cast, policy: dict[str, Any]) -> None:
    at_once, one_by_one = project(cast, "At once", **policy), project(cast, "One by one", **policy)
    brought = items(120, seed=len(policy))
    stored = store_with_votes(at_once, brought)
    store_items(one_by_one, brought)
    with transaction.atomic():
        later = store_with_votes(one_by_one, brought)
    assert (len(stored.created), len(later.created)) == (120, 0)
    assert stored.answers == later.answers == Annotation.objects.filter(project=at_once).count() > 200
    assert stored.losses == later.losses == []
    quick, ordinary = rows(at_once), rows(one_by_one)
    for name in quick:
        assert quick[name] == ordinary[name], name
    assert len({row[3] for row in quick["items"]}) >= 3, "stages of several kinds"
    assert not Item.objects.filter(stage=Stage.SETTLED, settled_at__isnull=True).exists()


def test_what_comes_again_adds_nothing_and_says_so(cast: Cast) -> None:
    here = project(cast, "Again")
    brought = items(30, seed=7)
    store_with_votes(here, brought)
    before = rows(here)
    again = store_with_votes(here, brought)
    assert (again.created, again.answers) == ({}, 0)
    decisions = sum(each.kind == "reviewer" for item in brought for each in item.votes)
    assert len(again.losses) == sum(len(item.votes) for item in brought)
    assert sum("decided here already" in loss.sentence for _, loss in again.losses) == decisions
    assert rows(here) == before


def test_votes_that_were_checked_before_the_questions_changed_follow_the_change(cast: Cast) -> None:
    here = project(cast, "Renamed", overlap=1, min_human=1, review_share=0)
    held = Project.objects.get(pk=here.pk)
    renamed = [{"was": "a", "value": "A1"}, "b", "c"]
    change_questions(here, {"kind": "edit_options", "question": "kind", "options": renamed}, user=cast.lead)
    fields = {"text": "Text late"}
    votes = (ImportedVote("ann", "human", {"kind": "a"}),)
    store_with_votes(held, [ImportedItem(1, fields, "x", {}, {"kind": "a"}, content_hash(fields), votes)])
    item = Item.objects.get(project=here)
    assert item.gold == {"kind": "A1"}
    assert item.annotations.get().answers == {"kind": "A1"}
    assert (item.stage, item.taken) == (Stage.SETTLED, 1)


@pytest.mark.django_db(transaction=True)
def test_export_import_export_is_the_same_dataset(cast: Cast, settings: Any, tmp_path: Path) -> None:
    """E5, for our own JSON Lines: people, models, judges, decisions, gold, times, splits and all."""
    settings.SYNTHWEB_FILES = tmp_path
    here, there = project(cast, "Here"), project(cast, "There")
    store_with_votes(here, items(80, seed=3))
    waiting = Item.objects.filter(project=here, stage=Stage.DISPUTED).order_by("pk").first()
    assert waiting is not None
    resolve(item=waiting, reviewer=cast.lead, answers={"kind": "b"}, version=waiting.version, comment="clear 🙂")
    unclear = Item.objects.filter(project=here, stage=Stage.DISPUTED).order_by("pk").last()
    assert unclear is not None
    resolve(
        item=unclear, reviewer=cast.lead, answers={}, version=unclear.version, ambiguous=True,
        distribution={"kind": {"a": 0.5, "b": 0.5}},
    )  # fmt: skip
    Item.objects.filter(project=here, external_id="5").update(split="test")
    first = exported(here)
    assert {each["stage"] for each in first} >= {"settled", "human", "disputed"}
    file = tmp_path / "here.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in first))
    with file.open("rb") as data:
        job = receive(there, data, "here.jsonl", user=cast.lead)
    _rows, guessed = preview(job)
    assert set(guessed.answers) == {"kind", "stars", "names"}
    import_file(start_import(job).pk)
    job.refresh_from_db()
    assert (job.state, job.created, job.rejected, job.lost) == (JobState.DONE, 80, 0, 0), list(job.losses.values())
    second = exported(there)
    strange = [pair for pair in zip(first, second, strict=True) if records_hash([pair[0]]) != records_hash([pair[1]])]
    assert not strange
    assert records_hash(first) == records_hash(second)
    assert Item.objects.get(project=there, external_id="0").gold == {"kind": "a"}


def exported(project: Project) -> list[dict[str, Any]]:
    with transaction.atomic():
        pages = assemble(project, items_to_export(project, {}), Terms(gold=True))
        return [each.record for page in pages for each in page]
