"""Erase a person: the account, and the name wherever the site wrote it. What they answered stays, under no name."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from annotation.models import (
    Annotator,
    ImportLoss,
    Measurement,
    Membership,
    Project,
    Resolution,
    Snapshot,
    Upload,
    User,
    Verb,
)

from .assembling import pseudonym_of
from .erasing import check_erasable, finished_snapshots
from .errors import Conflict, Refused
from .people import remove_member
from .recording import record
from .refreezing import Record, Unseen, refreeze
from .searching_texts import replace_mentions
from .uploading import forget

# JSON in which verbs write names. Whatever else is said there in the very words of the name is renamed with it.
WRITTEN = (
    ("annotation_event", "data", "jsonb", "project_id = ANY (%(projects)s)"),
    ("annotation_bulkchange", "details", "jsonb", "project_id = ANY (%(projects)s)"),
    (
        "annotation_changeditem",
        "before",
        "jsonb",
        "change_id IN (SELECT id FROM annotation_bulkchange WHERE project_id = ANY (%(projects)s))",
    ),
    ("annotation_notification", "data", "jsonb", "project_id = ANY (%(projects)s)"),
    ("annotation_delivery", "body", "text", "project_id = ANY (%(projects)s)"),
)


def names_of(username: str) -> set[str]:
    """What texts may call a person: user name, full name, e-mail address. Raises Refused where nobody has this name."""
    user = _called(username)
    return {name for name in (user.get_username(), user.get_full_name().strip(), user.email) if name}


def erase_person(username: str, *, texts: bool = False) -> int:
    """Erase an account for good; answers how many snapshots it was taken out of.

    Snapshots come first: killed on the way, the account is still there, and erasing it again ends it. What people
    wrote themselves (comments, rationales, guidelines) is searched for the name with `texts` alone, and not in
    snapshots; items and answers never are. Raises Conflict for the only manager of a project, the only administrator,
    and while a snapshot is being written that may name them; Refused where nobody has this name.
    """
    user = _called(username)
    projects = list(_projects(user))
    for project in projects:
        check_erasable(project)
    _check_dispensable(user)
    called = f"erased-{hmac.new(settings.SECRET_KEY.encode(), b'erased:%d' % user.pk, hashlib.sha256).hexdigest()[:10]}"
    names = {project.pk: dict.fromkeys(_names(user, project), called) for project in projects}
    rewritten = sum(_leave_snapshots(project, names[project.pk]) for project in projects)
    _forget(user, projects, called, names_of(username) if texts else set())
    # Of those that were begun meanwhile.
    return rewritten + sum(_leave_snapshots(project, names[project.pk]) for project in projects)


def _called(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise Refused(_("There is nobody called “%(username)s” on this site.") % {"username": username[:150]})
    return user


def _projects(user: User) -> list[Project]:
    decided = Resolution.objects.filter(reviewer=user).values("project")
    answers = Annotator.objects.filter(user=user).values("project")
    return list(Project.objects.filter(Q(pk__in=decided) | Q(pk__in=answers)).order_by("pk"))


def _names(user: User, project: Project) -> set[str]:
    return {user.get_username(), *Annotator.objects.filter(user=user, project=project).values_list("name", flat=True)}


def _check_dispensable(user: User) -> None:
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    if user.is_superuser and not others.exists():
        raise Conflict(_("A site keeps at least one administrator; make somebody else one first."))
    with transaction.atomic():
        # Asked of the verb itself: what it would refuse is refused before anything is changed.
        for membership in Membership.objects.filter(user=user):
            remove_member(membership, by=user)
        transaction.set_rollback(True)


@transaction.atomic
def _forget(user: User, projects: list[Project], called: str, mentioned: set[str]) -> None:
    for membership in Membership.objects.filter(user=user).select_related("project", "user"):
        remove_member(membership, by=user)
    keys = [project.pk for project in projects]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synthweb.erase = 'on'")
        for project in projects:
            for name in _names(user, project):
                _rename(cursor, name, called, [project.pk])
        if mentioned:
            replace_mentions(cursor, mentioned, called)
        cursor.execute("UPDATE annotation_event SET user_id = NULL WHERE user_id = %s", [user.pk])
        cursor.execute("SET LOCAL synthweb.erase = 'off'")
    named = Q(reviewer=user) | Q(project__in=keys, reviewer_name=user.get_username())
    Resolution.objects.filter(named).update(reviewer=None, reviewer_name=called)
    Annotator.objects.filter(user=user).update(user=None, name=called)
    ImportLoss.objects.filter(job__project__in=keys).update(examples=[])
    Measurement.objects.filter(project__in=keys).delete()
    for kept in Upload.objects.filter(created_by=user):
        forget(kept)
    for key in keys:
        record(key, Verb.ERASED, what="person", name=called)
    user.delete()


def _rename(cursor: object, name: str, called: str, projects: list[int]) -> None:
    """Also inside JSON that is kept as text inside JSON, where its quotes are escaped."""
    spelled = json.dumps(name)[1:-1], json.dumps(name, ensure_ascii=False)[1:-1]
    for each in dict.fromkeys(spelled):
        for before, after in ((f'"{each}"', f'"{called}"'), (f'\\"{each}\\"', f'\\"{called}\\"')):
            told = {"before": before, "after": after, "projects": projects}
            for table, column, kind, within in WRITTEN:
                cursor.execute(  # type: ignore[attr-defined]
                    f"UPDATE {table} SET {column} = replace({column}::text, %(before)s, %(after)s)::{kind} "
                    f"WHERE {within} AND strpos({column}::text, %(before)s) > 0",
                    told,
                )


def _leave_snapshots(project: Project, names: Mapping[str, str]) -> int:
    """In how many a name was replaced."""
    pseudonyms = {pseudonym_of(name, project): pseudonym_of(called, project) for name, called in names.items()}
    renamed = {**names, **pseudonyms}
    steps = Unseen(Snapshot.objects.all(), 0)
    rewritten = 0
    for snapshot in finished_snapshots(project):
        rewritten += refreeze(snapshot, lambda item: _renamed(item, renamed), steps, what="names", names=renamed)
    return rewritten


def _renamed(item: Record, names: Mapping[str, str]) -> Record:
    """The same object where nobody in it is one of `names`."""
    labels = {
        question: {**label, "by": [names.get(name, name) for name in label["by"]]}
        for question, label in item["labels"].items()
    }
    annotations = [
        {**each, "annotator": names.get(each["annotator"], each["annotator"])} if each["kind"] == "human" else each
        for each in item["annotations"]
    ]
    renamed = {**item, "labels": labels, "annotations": annotations}
    if "decision" in item:
        by = item["decision"]["by"]
        renamed["decision"] = {**item["decision"], "by": names.get(by, by)}
    return item if renamed == item else renamed
