"""A model's vote in words: before the answer as a suggestion, after it as a comparison."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from annotation.models import Assignment, Project
from annotation.questions import Answers, type_of
from annotation.reports import revealed_for

from .cards import answer_titles


def suggestion_card(project: Project, vote: dict[str, Any]) -> dict[str, Any]:
    """The surest model's vote: what it would answer to each question, how sure it is, and why."""
    confidence = vote["confidence"]
    if confidence is None:
        # Votes that were imported say how sure they are by their distribution alone.
        confidence = _least_share(project, vote)
    return {
        "annotator": vote["annotator"],
        "answers": answer_titles(project, vote["answers"]),
        "confidence": None if confidence is None else 100 * confidence,
        "rationale": vote["rationale"],
    }


def comparison(lease: Assignment, answers: Answers) -> dict[str, str] | None:
    """Where suggestions come after the answer: what the surest model said of the item just answered."""
    votes = revealed_for(lease)
    if not votes:
        return None
    vote = votes[0]
    differing = _differing(lease.project, answers, vote["answers"])
    if not differing:
        return notice_of(_("You and %(name)s agree.") % {"name": vote["annotator"]}, level="success")
    said = "; ".join(answer["value"] for answer in answer_titles(lease.project, differing))
    title = _("%(name)s differs: “%(answer)s”.") % {"name": vote["annotator"], "answer": said}
    return notice_of(title, _("Go back to the item to change your answer."), level="")


def notice_of(title: str, text: str = "", *, level: str = "warning") -> dict[str, str]:
    return {"level": level, "title": title, "text": text}


def _differing(project: Project, answers: Answers, said: Answers) -> Answers:
    """What the model answered otherwise than the person, of the questions that both answered."""
    return {
        question.name: said[question.name]
        for question in project.question_list
        if question.name in answers
        and question.name in said
        and type_of(question).distance(question, answers[question.name], said[question.name]) > 0
    }


def _least_share(project: Project, vote: dict[str, Any]) -> float | None:
    """The share of the least sure answer, of the questions whose distribution names answers."""
    shares = []
    for question in project.question_list:
        distribution = vote["distribution"].get(question.name, {})
        if type_of(question).exclusive and question.name in vote["answers"]:
            keys = type_of(question).vote(question, vote["answers"][question.name], None)
            shares += [distribution[key] for key in keys if key in distribution]
    return min(shares, default=None)
