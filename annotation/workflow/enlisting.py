"""Add and retire model annotators."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.labelers import KINDS, InvalidConfig, check_config
from annotation.models import Annotator, AnnotatorKind, ConnectionKind, Labeler, Project, User, Verb

from .connecting import check_llm
from .errors import Refused
from .recording import record


@transaction.atomic
def add_labeler(project: Project, *, name: str, kind: str, config: dict[str, Any], user: User | None = None) -> Labeler:
    """A new model annotator, or a new version of the one with this name (which retires the old version).

    Raises Refused, naming `name` or `config`, where they do not fit.
    """
    name = name.strip()
    if not name or len(name) > 100 or "\0" in name:
        raise Refused(_("A model annotator needs a name of at most 100 characters."), "name")
    try:
        check_config(kind, config, project.question_list)
    except InvalidConfig as error:
        raise Refused(str(error), "config") from error
    check_llm(config, ConnectionKind.ML_BACKEND if kind == ConnectionKind.ML_BACKEND else ConnectionKind.OPENAI)
    # Held to the end: two leads adding a version at once get consecutive numbers.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    earlier = Labeler.objects.filter(project=project, name=name).order_by("-version").first()
    Labeler.objects.filter(project=project, name=name).update(active=False)
    labeler = Labeler.objects.create(
        project=project, name=name, version=earlier.version + 1 if earlier else 1, kind=kind, config=config
    )
    Annotator.objects.create(project=project, kind=AnnotatorKind.MODEL, name=str(labeler), labeler=labeler)
    record(project, Verb.LABELER_ADDED, user=user, labeler=str(labeler), kind=kind)
    return labeler


@transaction.atomic
def retire_labeler(labeler: Labeler, *, user: User | None = None) -> None:
    """No more work for this version; its votes stay."""
    Labeler.objects.filter(pk=labeler.pk).update(active=False)
    record(labeler.project_id, Verb.LABELER_RETIRED, user=user, labeler=str(labeler))


@transaction.atomic
def activate_labeler(labeler: Labeler, *, user: User | None = None) -> None:
    """Put a retired version back to work in place of the one of its name that is at work now.

    Raises Refused for a kind that nobody can run, such as votes that came with items.
    """
    if labeler.kind not in KINDS:
        raise Refused(_("%(labeler)s came with the items; there is no model behind it.") % {"labeler": labeler})
    # Held to the end, as when a version is added: one version of a name is at work.
    Project.objects.select_for_update(no_key=True).get(pk=labeler.project_id)
    Labeler.objects.filter(project=labeler.project_id, name=labeler.name).update(active=False)
    Labeler.objects.filter(pk=labeler.pk).update(active=True)
    record(labeler.project_id, Verb.LABELER_ACTIVATED, user=user, labeler=str(labeler))
