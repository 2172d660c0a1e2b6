"""Keep a view of the item list under a name, for oneself or for everybody who may see the list."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotation.models import Membership, SavedView

from .errors import Refused

NAME_LENGTH = 100
MOST = 200


def save_view(membership: Membership, *, name: str, query: str, shared: bool = False) -> SavedView:
    """`query` is an address's query whose filters were checked. Raises Refused."""
    name = _clean_name(name)
    if SavedView.objects.filter(project=membership.project, owner=membership.user).count() >= MOST:
        raise Refused(_("You have %(most)s views here; delete one first.") % {"most": MOST}, "name")
    try:
        with transaction.atomic():
            return SavedView.objects.create(
                project=membership.project, owner=membership.user, name=name, query=query, shared=shared
            )
    except IntegrityError as error:
        raise Refused(_("You have a view “%(name)s” already.") % {"name": name}, "name") from error


def change_view(
    membership: Membership, view: SavedView, *, name: str, shared: bool, query: str | None = None
) -> SavedView:
    """Rename, share or take back; a `query`, checked, replaces what it showed.

    Raises Refused; PermissionDenied where the view is somebody else's.
    """
    if view.owner_id != membership.user_id:
        raise PermissionDenied(_("Only whoever saved this view can change it."))
    view.name, view.shared = _clean_name(name), shared
    if query is not None:
        view.query = query
    try:
        with transaction.atomic():
            view.save(update_fields=["name", "shared", "query"])
    except IntegrityError as error:
        raise Refused(_("You have a view “%(name)s” already.") % {"name": view.name}, "name") from error
    return view


def delete_view(membership: Membership, view: SavedView) -> None:
    """One's own; managers may delete shared ones too. Raises PermissionDenied."""
    if view.owner_id != membership.user_id and not membership.may_manage:
        raise PermissionDenied(_("Only whoever saved this view, or a manager, can delete it."))
    view.delete()


def _clean_name(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not name or len(name) > NAME_LENGTH:
        raise Refused(_("A view has a name of 1 to %(name_length)s characters.") % {"name_length": NAME_LENGTH}, "name")
    return name
