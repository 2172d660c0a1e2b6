"""The cast: a project with its people, a second one that knows nothing of it, and somebody who belongs nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rest_framework.test import APIClient

from annotation.models import Annotator, Assignment, Item, Project, Role, User
from annotation.workflow.adding import add_items
from annotation.workflow.annotating import submit
from annotation.workflow.people import add_member, create_user
from annotation.workflow.projects import Definition, change_policy, create_project
from annotation.workflow.queueing import claim
from annotation.workflow.tokens import make_token

OPTIONS = ["refund", "delivery", "other"]
SCRIPTED = {"llm": "scripted"}


@dataclass
class World:
    """A project that asks for one of three intents, and its four people."""

    project: Project
    lead: User
    reviewer: User
    annotator: User
    second: User

    def policy(self, **policy: Any) -> None:
        self.project = change_policy(self.project, policy, user=self.lead)

    def add(self, *texts: str, **entry: Any) -> list[Item]:
        """Items with these texts; `entry` is what else each of them brings (gold, annotations, metadata…)."""
        add_items(self.project, [{"fields": {"text": text}, **entry} for text in texts])
        found = {item.fields["text"]: item for item in Item.objects.filter(project=self.project)}
        return [found[text] for text in texts]

    def as_annotator(self, user: User) -> Annotator:
        return Annotator.objects.get(project=self.project, user=user)

    def claim(self, user: User) -> Assignment:
        lease = claim(self.as_annotator(user))
        assert lease is not None, "nothing is left to claim"
        return lease

    def answer(self, user: User, intent: str) -> Item:
        """Claim the next item and answer it."""
        lease = self.claim(user)
        submit(assignment=lease, answers={"intent": intent})
        return Item.objects.get(pk=lease.item_id)

    def answer_lease(self, lease: Assignment, intent: str) -> Item:
        """Answer what somebody holds."""
        submit(assignment=lease, answers={"intent": intent})
        return Item.objects.get(pk=lease.item_id)

    def dispute(self, *texts: str, **entry: Any) -> list[Item]:
        """Items on which the two annotators disagree, at the reviewer's door: no judge is asked."""
        if self.project.overlap != 2:
            self.policy(overlap=2)
        self.project.labelers.filter(kind="judge").update(active=False)
        items = self.add(*texts, **entry)
        for _ in texts:
            self.answer(self.annotator, "refund")
            self.answer(self.second, "delivery")
        return [Item.objects.get(pk=item.pk) for item in items]


@dataclass
class Cast(World):
    """`foreign` is another project's world; `stranger` has an account and no project."""

    stranger: User = field(kw_only=True)
    foreign: World = field(kw_only=True)

    def api(self, user: User | None) -> APIClient:
        """A client with a token of this person's; None for somebody who is not signed in."""
        client = APIClient()
        if user is not None:
            client.credentials(HTTP_AUTHORIZATION=f"Token {make_token(user)[1]}")
        return client

    def url(self, *parts: object, world: World | None = None) -> str:
        """`cast.url("items", 3)` → `/api/v1/projects/<slug>/items/3/`."""
        path = "".join(f"{part}/" for part in parts)
        return f"/api/v1/projects/{(world or self).project.slug}/{path}"


def _people(names: Sequence[str]) -> list[User]:
    return [create_user(name) for name in names]


def _project(name: str, lead: User, reviewer: User, *annotators: User) -> Project:
    project = create_project(
        Definition(
            name=name,
            fields=[{"name": "text", "type": "text"}],
            questions=[{"name": "intent", "type": "choice", "title": "Intent", "options": OPTIONS}],
            policy={"audit_share": 0},
        ),
        user=lead,
        judge=SCRIPTED,
    )
    add_member(project, reviewer, Role.REVIEWER, by=lead)
    for annotator in annotators:
        add_member(project, annotator, Role.ANNOTATOR, by=lead)
    return project


def make_cast() -> Cast:
    here = _people(["lead", "reviewer", "annotator", "second"])
    there = _people(["other-lead", "other-reviewer", "other-annotator", "other-second"])
    foreign = World(_project("Elsewhere", *there), *there)
    return Cast(_project("Support messages", *here), *here, stranger=create_user("stranger"), foreign=foreign)
