"""Whom imported votes and decisions are by: who is here under that name already, or somebody new."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Q

from annotation.models import Annotator, AnnotatorKind, Labeler, Membership, Project, Role

# A kind of labeler that votes nowhere: its answers came in a file.
IMPORTED = "imported"


class Known(NamedTuple):
    """What counting needs of an annotator. `labeler`: None of a person."""

    pk: int
    is_human: bool
    weight: float
    labeler: int | None


def annotators_named(project: Project, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """By (kind, name); whoever is missing is made: people without an account, models without a version that votes.

    A model's name is its version's, or its labeler's: then its newest version is meant. The caller holds the project.
    """
    found = _found(project, names)
    missing = [each for each in sorted(names) if each not in found]
    if not missing:
        return found
    models = [name for kind, name in missing if kind == AnnotatorKind.MODEL]
    labelers = Labeler.objects.bulk_create(
        Labeler(project=project, name=name, version=1, kind=IMPORTED, active=False) for name in models
    )
    new = [Annotator(project=project, kind=AnnotatorKind.MODEL, name=each.name, labeler=each) for each in labelers]
    new += [Annotator(project=project, kind=kind, name=name) for kind, name in missing if kind == AnnotatorKind.HUMAN]
    # Somebody of this name may join the project this very moment.
    Annotator.objects.bulk_create(new, ignore_conflicts=True)
    return _found(project, names)


def reviewers_named(project: Project, names: Collection[str]) -> dict[str, int]:
    """User names of those among `names` who decide in this project → their accounts."""
    if not names:
        return {}
    members = Membership.objects.filter(
        project=project, user__username__in=names, role__in=(Role.REVIEWER, Role.MANAGER)
    )
    return dict(members.values_list("user__username", "user"))


def _found(project: Project, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    wanted = [name for _kind, name in names]
    rows = Annotator.objects.filter(Q(name__in=wanted) | Q(labeler__name__in=wanted), project=project).order_by("pk")
    found: dict[tuple[str, str], Known] = {}
    for pk, kind, name, weight, labeler, called in rows.values_list(
        "pk", "kind", "name", "weight", "labeler", "labeler__name"
    ):
        for each in (called, name):
            if each is not None and (kind, each) in names:
                found[kind, each] = Known(pk, kind == AnnotatorKind.HUMAN, weight, labeler)
    return found
