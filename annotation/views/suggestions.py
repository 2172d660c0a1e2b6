"""A model's vote in words: before the answer as a suggestion, after it as a comparison."""

from __future__ import annotations

from typing import Any

from annotation.models import Assignment, Project
from annotation.questions import Answers
from annotation.reports import revealed_for

from .cards import answer_titles, share_titles


def suggestion_card(project: Project, vote: dict[str, Any]) -> dict[str, Any]:
    """The surest model's vote. Its answer is named for the first question; the options carry the shares of all."""
    first = project.question_list[0]
    answer = vote["answers"].get(first.name, "")
    distribution = vote["distribution"].get(first.name, {})
    # Votes that were imported say how sure they are by their distribution alone.
    confidence = vote["confidence"] if vote["confidence"] is not None else distribution.get(answer)
    return {
        "annotator": vote["annotator"],
        "value": answer_titles(project, {first.name: answer})[0]["value"],
        "confidence": None if confidence is None else 100 * confidence,
        "rationale": vote["rationale"],
        "distribution": share_titles(first, distribution),
    }


def comparison(lease: Assignment, answers: Answers) -> dict[str, str] | None:
    """Where suggestions come after the answer: what the surest model said of the item just answered."""
    votes = revealed_for(lease)
    if not votes:
        return None
    vote = votes[0]
    if vote["answers"] == answers:
        return notice_of(f"You and {vote['annotator']} agree.", level="success")
    said = "; ".join(answer["value"] for answer in answer_titles(lease.project, vote["answers"]))
    return notice_of(f"{vote['annotator']} differs: “{said}”.", "Go back to the item to change your answer.", level="")


def notice_of(title: str, text: str = "", *, level: str = "warning") -> dict[str, str]:
    return {"level": level, "title": title, "text": text}
