"""Add and change connections, and reach what a model annotator's configuration names."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.llms import BACK_ENDS, Endpoint
from annotation.llms.endpoints import SAMPLES
from annotation.models import Connection, ConnectionKind, User

from .addresses import PLAIN, has_password, parts_of
from .errors import Refused, check_row
from .sealing import Unreadable, seal, unseal

logger = logging.getLogger(__name__)

# Printable and without spaces: anything else would break the header that carries it.
KEY = re.compile(r"[\x21-\x7e]{1,500}")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an administrator says about a connection, its key aside."""

    name: str
    base_url: str
    model: str = ""
    kind: str = ConnectionKind.OPENAI
    concurrency: int = 4
    deadline: int = 60
    price_in: Decimal = Decimal(0)
    price_out: Decimal = Decimal(0)
    active: bool = True


def add_connection(settings: Settings, *, key: str = "", by: User) -> Connection:
    """Raises Refused, naming the field, where a setting does not fit."""
    return _write(Connection(), settings, key, by)


def change_connection(connection: Connection, settings: Settings, *, key: str | None = None, by: User) -> Connection:
    """`key`: None keeps the one it has, as long as the address stays on its server; empty removes it.

    Where it is active no more, no model annotator gets an answer from it; runs that need it stop and say so.
    Raises Refused, naming the field, where a setting does not fit.
    """
    return _write(connection, settings, key, by)


def check_connection(connection: Connection | None, settings: Settings, *, key: str | None = None) -> None:
    """Raise Refused, naming the field, where a connection could not be added, or changed, to this."""
    if settings.name in BACK_ENDS:
        raise Refused(_("“%(name)s” is a model of our own; choose another name.") % {"name": settings.name}, "name")
    if key and not KEY.fullmatch(key.strip()):
        raise Refused(_("A key has at most 500 letters, digits and signs, and no spaces."), "key")
    address = check_address(settings.base_url)
    if settings.kind == ConnectionKind.OPENAI and not settings.model.strip():
        raise Refused(_("Say which model is meant: servers of language models offer several."), "model")
    if connection is None or not connection.pk:
        return
    if settings.name != connection.name:
        raise Refused(_("A connection keeps its name, because model annotators call it by that."), "name")
    if settings.kind != connection.kind:
        raise Refused(_("A connection keeps its kind; add another one for another kind of server."), "kind")
    # A key goes where its owner entered it for, and nowhere else.
    if key is None and connection.sealed_key and _origin(address) != _origin(connection.base_url):
        raise Refused(_("The address leads to another server: enter the key again, or remove it."), "key")


def check_llm(config: Mapping[str, Any], kind: str = ConnectionKind.OPENAI) -> None:
    """Raise Refused where the configuration's `llm` is neither a back end of our own nor an active connection.

    `kind`: what has to be spoken there; nobody but an ML back end's annotator speaks anything else than the default.
    """
    llm = config.get("llm")
    if not isinstance(llm, str):
        return
    own: Collection[str] = () if kind == ConnectionKind.ML_BACKEND else BACK_ENDS
    if llm not in own and not _active(llm).filter(kind=kind).exists():
        offered = Connection.objects.filter(active=True, kind=kind).values_list("name", flat=True)
        known = ", ".join([*own, *offered]) or _("none")
        if kind == ConnectionKind.ML_BACKEND:
            raise Refused(
                _("There is no ML back end “%(llm)s”; known: %(known)s.") % {"llm": llm[:50], "known": known}, "config"
            )
        raise Refused(
            _("There is no language model “%(llm)s”; known: %(known)s.") % {"llm": llm[:50], "known": known}, "config"
        )


def reachable(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with an Endpoint in place of a connection's name, as `labelers.build` takes it.

    Only this gives labelers an address: what a project's members write stays a name. Raises Refused where the
    connection is gone, inactive, or its key cannot be read. Of a bench, every judge's.
    """
    if "judges" in config:
        return {**config, "judges": [reachable(judge) for judge in config["judges"]]}
    llm = config.get("llm")
    if not isinstance(llm, str) or llm in BACK_ENDS:
        return dict(config)
    connection = _active(llm).first()
    if connection is None:
        raise Refused(
            _("The connection “%(llm)s” is not active; an administrator can change that.") % {"llm": llm[:50]}
        )
    return {**config, "llm": endpoint_of(connection, samples=config.get("samples") or SAMPLES)}


def endpoint_of(connection: Connection, *, samples: int = SAMPLES) -> Endpoint:
    """The connection with its key readable. Raises Refused where SECRET_KEY is not the one it was sealed with."""
    try:
        key = unseal(connection.sealed_key)
    except Unreadable:
        key = None
    if key is None:
        raise Refused(
            _(
                "The key of the connection “%(name)s” cannot be read, because the site's SECRET_KEY was changed "
                "since it was entered; an administrator has to enter the key again."
            )
            % {"name": connection.name}
        )
    return Endpoint(
        name=connection.name,
        base_url=connection.base_url,
        model=connection.model,
        key=key,
        concurrency=connection.concurrency,
        deadline=float(connection.deadline),
        price_in=connection.price_in,
        price_out=connection.price_out,
        samples=samples,
        kind=connection.kind,
    )


def check_address(url: str) -> str:
    """The address, without a slash at its end. Raises Refused."""
    url = url.strip()
    parts = parts_of(url)
    if parts is None:
        raise Refused(_("The address starts with http:// or https://, such as https://llm.example.org/v1."), "base_url")
    if has_password(parts):
        raise Refused(_("The address has no user name or password in it; the key has its own field."), "base_url")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise Refused(_("The address has no “?” and no “#” in it."), "base_url")
    if not PLAIN.fullmatch(url):
        raise Refused(_("The address has no spaces and no letters beyond ASCII."), "base_url")
    return url.rstrip("/")


@transaction.atomic
def _write(connection: Connection, settings: Settings, key: str | None, by: User) -> Connection:
    check_connection(connection, settings, key=key)
    key = key.strip() if key is not None else None
    for name in ("name", "kind", "model", "concurrency", "deadline", "price_in", "price_out", "active"):
        setattr(connection, name, getattr(settings, name))
    connection.base_url = check_address(settings.base_url)
    if key is not None:
        connection.sealed_key = seal(key)
    check_row(connection)
    connection.save()
    with_key = "; its key was entered" if key else "; its key was removed" if key == "" else ""
    logger.info("Connection %s was saved by %s, address %s%s", connection.name, by, connection.base_url, with_key)
    return connection


def _active(name: str) -> Any:
    return Connection.objects.filter(name=name, active=True)


def _origin(url: str) -> tuple[str, str] | None:
    parts = parts_of(url)
    return (parts.scheme, parts.netloc) if parts else None
