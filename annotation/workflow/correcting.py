"""Correct what is written beside an item; its text stays, which people have answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.exchange.canonical import canonical_json
from annotation.models import Item, User, Verb
from annotation.questions.speech import number

from .errors import Refused
from .recording import record

EXTERNAL_ID_LENGTH = 200
METADATA_BYTES = 100_000


@transaction.atomic
def correct_item(
    item: Item, *, metadata: Mapping[str, Any] | None = None, external_id: str | None = None, user: User
) -> Item:
    """Set these keys of the metadata (None removes one) and the external id; what is left out stays.

    Raises Refused, naming the field.
    """
    locked = Item.objects.select_for_update(no_key=True, of=("self",)).get(pk=item.pk)
    changed: dict[str, Any] = {}
    if metadata is not None:
        merged = {key: value for key, value in {**locked.metadata, **metadata}.items() if value is not None}
        if len(canonical_json(merged)) > METADATA_BYTES:
            raise Refused(_("Metadata has at most %(most)s bytes.") % {"most": number(METADATA_BYTES)}, "metadata")
        if merged != locked.metadata:
            changed["metadata"] = sorted(key for key in metadata if locked.metadata.get(key) != metadata[key])
            locked.metadata = merged
    if external_id is not None and external_id != locked.external_id:
        if len(external_id) > EXTERNAL_ID_LENGTH:
            raise Refused(
                _("An external id has at most %(most)s characters.") % {"most": EXTERNAL_ID_LENGTH}, "external_id"
            )
        changed["external_id"] = [locked.external_id, external_id]
        locked.external_id = external_id
    if changed:
        locked.save(update_fields=["metadata", "external_id"])
        record(locked.project_id, Verb.ITEM_CORRECTED, user=user, item=locked.pk, **changed)
    return locked
