"""Put a generated text right before people answer it; what the recipe wrote stays beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.exchange import BadRow, Row, to_item
from annotation.exchange import Mapping as Columns
from annotation.models import Annotation, Item, Source, User, Verb

from .advancing import advance
from .errors import Conflict, Refused
from .recording import record
from .storing import hold


@transaction.atomic
def rewrite_item(item: Item, fields: Mapping[str, Any], *, user: User) -> Item:
    """Give a generated item these values of its fields; those left out stay. The candidate keeps what was there first.

    Models' votes on the old text are withdrawn. Raises Refused where it is not generated, where people have begun it,
    or where the project has an item with the new content already.
    """
    project = item.project
    unknown = [str(name)[:80] for name in fields if name not in project.field_names]
    if unknown:
        raise Refused(_("Items of this project have no field “%(name)s”.") % {"name": unknown[0]}, "fields")
    # First, as everybody does who brings texts in: none of them may be this one's new content meanwhile.
    hold(project)
    locked = Item.objects.select_for_update(no_key=True, of=("self",)).get(pk=item.pk)
    if locked.source != Source.RECIPE:
        raise Conflict(_("Only generated items are rewritten; what was imported stays as it came."))
    if (
        locked.taken
        or locked.resolutions.exists()
        or locked.annotations.current().filter(annotator__kind="human").exists()
    ):
        raise Conflict(_("People have begun to answer this text, or have decided on it; it stays as they saw it."))
    values = {**locked.fields, **fields}
    read = to_item(
        Row(0, {f"fields.{name}": value for name, value in values.items()}),
        Columns(fields={name: f"fields.{name}" for name in values}),
        project.fields,
        project.question_list,
    )
    if isinstance(read, BadRow):
        raise Refused(read.reason, "fields")
    if read.fields == locked.fields:
        return locked
    if Item.objects.filter(project=project, content_hash=read.content_hash).exclude(pk=locked.pk).exists():
        raise Conflict(_("An item of this project has this content already."))
    before = locked.fields
    locked.fields, locked.content_hash, locked.embedding = read.fields, read.content_hash, None
    locked.save(update_fields=["fields", "content_hash", "embedding"])
    Annotation.objects.current().filter(item=locked).update(superseded_at=Now())
    record(project, Verb.ITEM_REWRITTEN, user=user, item=locked.pk, before=before, after=read.fields)
    advance(project, [locked.pk], user=user)
    locked.refresh_from_db()
    return locked
