"""Create a project; change its guidelines and policy."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.text import slugify
from django.utils.translation import gettext as _

from annotation.models import POLICY, Annotator, Item, Lifecycle, Project, ProjectRevision, Role, Stage, User, Verb
from annotation.questions import InvalidQuestion, check_fields, dump_questions, parse_questions
from annotation.questions.speech import number

from .advancing import advance
from .enlisting import add_labeler
from .errors import Refused
from .fitting import refit
from .judging import route_rulings
from .people import add_member
from .recording import record

GUIDELINES_LENGTH = 100_000
# What in a policy is true or false, and what is a whole number; the rest are shares.
FLAGS = ("blind_first", "gold_feedback", "accept_by_class", "anonymous_review")
WHOLE = ("overlap", "min_human", "qualification_items", "debate_rounds")
# What is chosen by name.
NAMES = ("fusion", "trusted", "resolution", "judge_settles")
READVANCE = 1_000
SLOTS = 20_000
# The API has addresses of these names beside the projects'.
RESERVED = ("label-studio-config",)


@dataclass(frozen=True, slots=True)
class Definition:
    """What a project is made from; checked by `create_project`."""

    name: str
    fields: object
    questions: object
    guidelines: str = ""
    policy: Mapping[str, Any] | None = None
    lifecycle: str = Lifecycle.FINE_TUNING


@transaction.atomic
def create_project(definition: Definition, *, user: User, judge: Mapping[str, Any] | None = None) -> Project:
    """A new project that `user` manages, with a judge for its disputes (by default the bundled model).

    Raises Refused, naming the field, where the definition cannot be used.
    """
    name = _clean_text(definition.name, "name", 200).strip()
    if not name:
        raise Refused(_("A project needs a name."), "name")
    if definition.lifecycle not in Lifecycle.values:
        raise Refused(
            _("The lifecycle stage is one of %(names)s.") % {"names": ", ".join(Lifecycle.values)}, "lifecycle"
        )
    project = Project(
        name=name,
        slug=_free_slug(name),
        guidelines=_clean_text(definition.guidelines, "guidelines", GUIDELINES_LENGTH),
        lifecycle=definition.lifecycle,
        created_by=user,
        **_clean_schema(definition.fields, definition.questions),
    )
    _set_policy(project, definition.policy or {})
    project.save()
    keep_revision(project)
    record(project, Verb.PROJECT_CREATED, user=user, name=project.name)
    add_member(project, user, Role.MANAGER, by=user)
    add_labeler(project, name="Judge", kind="judge", config=dict(judge or {"llm": "local"}), user=user)
    return project


def get_project(slug: str) -> Project:
    """For the command line, which may see everything. Raises Refused when there is none."""
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        raise Refused(_("There is no project “%(slug)s”.") % {"slug": slug[:80]}, "project")
    return project


@transaction.atomic
def change_policy(project: Project, policy: Mapping[str, Any], *, user: User) -> Project:
    """Change how answers are routed, and route the open items anew. Raises Refused, naming the field."""
    project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    before = project.policy
    _set_policy(project, policy)
    changed: dict[str, Any] = {
        key: [before[key], value] for key, value in project.policy.items() if before[key] != value
    }
    if not changed:
        return project
    project.save()
    record(project, Verb.PROJECT_CHANGED, user=user, **changed)
    if "overlap" in changed:
        _change_slots(project)
    if changed.keys() & {"fusion", "trusted"}:
        refit(project, user=user)
    _route_anew(project)
    if changed.keys() & {"judge_settles", "accept_threshold"}:
        route_rulings(project)
    return project


@transaction.atomic
def change_guidelines(project: Project, guidelines: str, *, user: User) -> Project:
    """A new version of the guidelines; the old one is kept."""
    guidelines = _clean_text(guidelines, "guidelines", GUIDELINES_LENGTH)
    project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if guidelines == project.guidelines:
        return project
    project.guidelines = guidelines
    project.guidelines_version += 1
    project.save(update_fields=["guidelines", "guidelines_version"])
    keep_revision(project)
    record(project, Verb.PROJECT_CHANGED, user=user, guidelines_version=project.guidelines_version)
    return project


def _change_slots(project: Project) -> None:
    """As many places per item as the policy says; nobody who answered or holds a lease loses theirs."""
    items = Item.objects.filter(project=project)
    last = 0
    # Locked in id order first, as `advance` locks: an update in whatever order the table has would deadlock with a
    # chunk of votes being stored.
    locked = items.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)
    while batch := list(locked.filter(pk__gt=last)[:SLOTS]):
        # Those without a place wait for the sample of their group (gating).
        items.filter(pk__gt=last, pk__lte=batch[-1], slots__gt=0).update(
            slots=Greatest(F("taken"), F("wanted"), Value(project.overlap))
        )
        last = batch[-1]


def _route_anew(project: Project) -> None:
    """Only items that people have begun can move: a policy says nothing of untouched ones."""
    begun = Item.objects.filter(project=project, stage__in=(Stage.HUMAN, Stage.DISPUTED)).order_by("pk")
    last = 0
    while batch := list(begun.filter(pk__gt=last).values_list("pk", flat=True)[:READVANCE]):
        advance(project, batch)
        last = batch[-1]


def _set_policy(project: Project, policy: Mapping[str, Any]) -> None:
    for key, value in policy.items():
        if key not in POLICY:
            raise Refused(
                _("The policy has no “%(key)s”; it has %(names)s.") % {"key": key, "names": ", ".join(POLICY)},
                f"policy.{key}",
            )
        setattr(project, key, _clean_policy(key, value))
    # Everyone who is asked answers, unless the lead says that fewer suffice.
    if "overlap" in policy and "min_human" not in policy:
        project.min_human = project.overlap
    if project.min_human > project.overlap:
        raise Refused(_("min_human cannot exceed overlap: nobody else would be asked."), "policy.min_human")
    named = project.trusted if "trusted" in policy else ""
    if named and not Annotator.objects.filter(project=project.pk, name=named).exists():
        raise Refused(_("Nobody here is called “%(name)s”.") % {"name": named[:80]}, "policy.trusted")


def _clean_policy(key: str, value: Any) -> Any:
    field: Any = Project._meta.get_field(key)
    if key in NAMES:
        return _clean_name(field, key, value)
    # Strict JSON types: "yes" is not a boolean, and true is not the number 1.
    if (key in FLAGS) != isinstance(value, bool) or not isinstance(value, bool | int | float):
        expected = _("%(key)s must be true or false.") if key in FLAGS else _("%(key)s must be a number.")
        raise Refused(expected % {"key": key}, f"policy.{key}")
    if key in WHOLE and not isinstance(value, int):
        raise Refused(_("%(key)s must be a whole number.") % {"key": key}, f"policy.{key}")
    try:
        cleaned = field.clean(value, None)
    except ValidationError as error:
        raise Refused(f"{key}: {' '.join(error.messages)}", f"policy.{key}") from error
    except OverflowError as error:
        raise Refused(_("%(key)s is too large.") % {"key": key}, f"policy.{key}") from error
    # NaN passes every range check, because it compares false with everything.
    if not math.isfinite(cleaned):
        raise Refused(_("%(key)s must be a number.") % {"key": key}, f"policy.{key}")
    return cleaned


def _clean_name(field: Any, key: str, value: object) -> str:
    try:
        return str(field.clean(_clean_text(value, f"policy.{key}", field.max_length), None))
    except ValidationError as error:
        choices = [each for each, _title in field.choices or ()]
        message = _("%(key)s is one of %(names)s.") % {"key": key, "names": ", ".join(choices)}
        raise Refused(message if choices else f"{key}: {' '.join(error.messages)}", f"policy.{key}") from error


def _clean_schema(fields: object, questions: object) -> dict[str, Any]:
    try:
        checked = check_fields(fields)
    except InvalidQuestion as error:
        raise Refused(str(error), "fields") from error
    try:
        return {"fields": checked, "questions": dump_questions(parse_questions(questions, checked))}
    except InvalidQuestion as error:
        raise Refused(str(error), "questions") from error


def _clean_text(value: object, field: str, limit: int) -> str:
    if not isinstance(value, str) or "\0" in value or len(value) > limit:
        raise Refused(
            _("%(field)s must be text of at most %(limit)s characters.") % {"field": field, "limit": number(limit)},
            field,
        )
    return value


def _free_slug(name: str) -> str:
    slug = slugify(name)[:60] or "project"
    # A random tail rather than a counter: slugs say nothing about other people's projects.
    free = slug not in RESERVED and not Project.objects.filter(slug=slug).exists()
    return slug if free else f"{slug}-{secrets.token_hex(3)}"


def keep_revision(project: Project) -> None:
    """What the project shows, asks and tells its people as of now, for whoever reads its answers later."""
    ProjectRevision.objects.create(
        project=project,
        guidelines_version=project.guidelines_version,
        schema_version=project.schema_version,
        guidelines=project.guidelines,
        fields=project.fields,
        questions=project.questions,
    )
