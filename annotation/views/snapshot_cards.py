"""How the pages of a snapshot want its manifest, its files, and what it differs by."""

from __future__ import annotations

from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from annotation.models import DecidedBy, Project, Snapshot, SnapshotFile, Source, Stage
from annotation.questions import Question, parse_questions, type_of
from annotation.reports.dataset_card import LEFT_OUT, WITHHELD, dataset_card, label_counts, split_counts
from annotation.workflow.planning import title_of

from .jobs import job_card

LABELS = 30
MOVES = 30
FRONT_MATTER = "---\n"


def snapshot_card(shown: Snapshot) -> dict[str, Any]:
    """What is in a finished snapshot; empty before that. One from before records were kept has less to say."""
    manifest = shown.manifest
    return {
        "taken_at": parse_datetime(manifest.get("taken_at", "")),
        "decided_by": _counted(manifest, "decided_by", {each.value: str(each.label) for each in DecidedBy}),
        "stages": _counted(manifest, "stages", {each.value: str(each.label) for each in Stage}),
        "sources": _counted(manifest, "sources", {each.value: str(each.label) for each in Source}),
        "split_rows": _counted(manifest, "split_rows", {name: name or _("none") for name in split_counts(manifest)}),
        "labels": [_labels(each, manifest) for each in parse_questions(manifest["questions"])] if shown.records else [],
        "kept_back": _kept_back(manifest),
        "erasures": [{**each, "at": parse_datetime(each["at"])} for each in manifest.get("erasures", [])],
        "losses": sorted(manifest.get("losses", {}).items()),
        "card": dataset_card(manifest).rpartition(FRONT_MATTER)[2] if shown.records else "",
    }


def file_rows(shown: Snapshot) -> list[dict[str, Any]]:
    """Every file that was made of the snapshot, the one that was asked for first."""
    files = list(shown.files.select_related("base__project").order_by("pk"))
    for made in files:
        made.snapshot = shown
    return [
        {"file": made, "title": file_title(made), "job": job_card(made) if made.is_active else None} for made in files
    ]


def file_title(made: SnapshotFile) -> str:
    if made.base:
        return _("Difference from No. %(number)s") % {"number": made.base.number}
    chosen = ", ".join(f"{name}: {value}" for name, value in made.settings.items())
    return f"{title_of(made.format)} ({chosen})" if chosen else title_of(made.format)


def difference_card(made: SnapshotFile) -> dict[str, Any]:
    """What a finished difference comes to; empty before that."""
    summary = made.summary
    counts = summary.get("counts", {})
    questions = {each.name: each for each in made.project.question_list}
    return {
        "counts": {name: counts.get(name, 0) for name in ("added", "removed", "changed")},
        "hows": [
            {"title": title, "count": counts[name]}
            for name, title in (
                ("relabelled", _("labelled otherwise")),
                ("decided_otherwise", _("decided by somebody else, label unchanged")),
                ("text", _("another text")),
                ("rest", _("other answers, metadata or stage")),
            )
            if name in counts
        ],
        "moves": _moves(summary.get("moves", {}), questions),
        "deciders": _deciders(summary.get("deciders", {}), questions),
        "first": [_item(made.project, each, questions) for each in summary.get("first", [])],
    }


def _labels(question: Question, manifest: dict[str, Any]) -> dict[str, Any]:
    found = manifest["labels"][question.name]
    total = found["items"] or 1
    rows = [
        {"title": question.option_title(name), "count": count, "percent": min(100.0, 100 * count / total)}
        for name, count in list(label_counts(question, manifest).items())[:LABELS]
    ]
    figures = manifest["figures"].get(question.name, {})
    return {
        "question": question,
        "items": found["items"],
        "ambiguous": found["ambiguous"],
        "rows": rows,
        "more": max(0, len(found["counts"]) - LABELS),
        "alpha": figures.get("agreement", {}).get("alpha"),
        "accuracy": figures.get("accuracy", {}),
    }


def _counted(manifest: dict[str, Any], key: str, titles: dict[str, str]) -> list[dict[str, object]]:
    """Counts of a finished snapshot's manifest in the order of `titles`; none before it is finished."""
    counts = manifest.get(key, {})
    total = sum(counts.values()) or 1
    return [
        {"name": name, "title": title, "count": counts[name], "percent": 100 * counts[name] / total}
        for name, title in titles.items()
        if name in counts
    ]


def _kept_back(manifest: dict[str, Any]) -> list[dict[str, object]]:
    """What did not leave, and why."""
    withheld = [
        {"title": _("items that %(reason)s") % {"reason": _(WITHHELD.get(name, name))}, "count": count}
        for name, count in manifest.get("withheld", {}).items()
    ]
    return withheld + [
        {"title": _(LEFT_OUT.get(name, name)), "count": count} for name, count in manifest.get("left_out", {}).items()
    ]


def _moves(moves: dict[str, Any], questions: dict[str, Question]) -> list[dict[str, Any]]:
    return [
        {
            "title": questions[name].title if name in questions else name,
            "rows": [
                {
                    "before": _key_title(questions.get(name), each["before"]),
                    "after": _key_title(questions.get(name), each["after"]),
                    "count": each["items"],
                }
                for each in listed[:MOVES]
            ],
            "more": max(0, len(listed) - MOVES),
        }
        for name, listed in moves.items()
    ]


def _deciders(deciders: dict[str, Any], questions: dict[str, Question]) -> list[dict[str, Any]]:
    titles = {each.value: str(each.label) for each in DecidedBy}
    return [
        {
            "title": questions[name].title if name in questions else name,
            "before": titles.get(each["before"], each["before"]),
            "after": titles.get(each["after"], each["after"]),
            "count": each["items"],
        }
        for name, listed in deciders.items()
        for each in listed
    ]


def _key_title(question: Question | None, value: str) -> str:
    if not value:
        return _("no label")
    return question.option_title(value) if question else value


def _item(project: Project, record: dict[str, Any], questions: dict[str, Question]) -> dict[str, Any]:
    labels = [
        {
            "title": questions[name].title if name in questions else name,
            "before": _shown(questions.get(name), pair["before"]),
            "after": _shown(questions.get(name), pair["after"]),
        }
        for name, pair in record["labels"].items()
    ]
    what = {"added": _("added"), "removed": _("removed"), "changed": _("changed")}[record["change"]]
    return {"id": record["id"], "external_id": record["external_id"], "what": what, "labels": labels}


def _shown(question: Question | None, value: Any) -> str:
    if value is None:
        return _("no label")
    try:
        return type_of(question).display(question, value) if question else str(value)
    except (TypeError, KeyError, ValueError, IndexError):
        # The question has changed since, and its old answers are of another form.
        return str(value)
