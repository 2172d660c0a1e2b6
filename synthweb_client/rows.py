"""What the API answers with, as far as programs usually look. Rows are plain dictionaries and may hold more."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

State = Literal["pending", "running", "done", "failed", "cancelled"]
Answers = dict[str, Any]
"""{question: value}"""


class ConsensusRow(TypedDict):
    value: Any
    posterior: float
    method: str
    votes: int
    decided_by: str


class ItemRow(TypedDict):
    id: int
    external_id: str
    fields: dict[str, str]
    metadata: dict[str, Any]
    stage: str
    priority: float
    split: str
    version: int
    consensus: dict[str, ConsensusRow]
    created_at: str
    settled_at: str | None


class AnnotationRow(TypedDict):
    id: int
    item: int
    assignment: int | None
    annotator: str
    kind: str
    answers: Answers
    seconds: float | None
    suggestion_seen: bool
    created_at: str


class ClaimedItem(TypedDict):
    id: int
    external_id: str
    fields: dict[str, Any]


class SuggestionRow(TypedDict):
    annotator: str
    answers: Answers
    distribution: dict[str, Any]
    confidence: float | None
    rationale: str


class ClaimRow(TypedDict):
    assignment: int
    expires_at: str
    item: ClaimedItem
    suggestions: list[SuggestionRow]
    draft: Answers
    shown: dict[str, list[str]]


class SubmittedRow(AnnotationRow):
    check: NotRequired[dict[str, Any]]
    next: NotRequired[ClaimRow | None]


class LabelerRow(TypedDict):
    id: int
    name: str
    version: int
    kind: str
    config: dict[str, Any]
    active: bool
    created_at: str


class ReviewRow(TypedDict):
    item: dict[str, Any]
    version: int
    votes: list[dict[str, Any]]
    reason: str


class ProjectRow(TypedDict):
    slug: str
    name: str
    lifecycle: str
    guidelines: str
    guidelines_version: int
    fields: list[dict[str, Any]]
    questions: list[dict[str, Any]]
    schema_version: int
    policy: dict[str, Any]
    licensed: bool
    role: str
    created_at: str


class MemberRow(TypedDict):
    id: int
    username: str
    role: str
    created_at: str


class NewItem(TypedDict):
    """An item to add."""

    fields: dict[str, Any]
    external_id: NotRequired[str]
    metadata: NotRequired[dict[str, Any]]
    gold: NotRequired[Answers]
    annotations: NotRequired[list[dict[str, Any]]]
