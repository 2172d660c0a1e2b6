"""Entity tags: what has not changed is not sent again, and what has changed is not overwritten (RFC 9110 §13)."""

from __future__ import annotations

from hashlib import sha256

from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response


class PreconditionFailed(APIException):
    """412: it is not what the client looked at."""

    status_code = 412
    kind = "changed-since"
    default_detail = "This has changed since you looked at it. Get it again, and decide anew."


def tag_of(content: bytes) -> str:
    return f'"{sha256(content).hexdigest()[:32]}"'


def tag(response: HttpResponseBase) -> None:
    """Give a rendered response its ETag, unless it brings one."""
    if response.status_code == 200 and isinstance(response, Response) and "ETag" not in response:
        response["ETag"] = tag_of(response.content)


def is_known(request: Request, response: HttpResponseBase) -> bool:
    """Whether the client has this very response already. Only its own tags count: a cache in between may say `*`."""
    asked = request.headers.get("If-None-Match", "")
    return bool(asked) and "ETag" in response and _plain(response["ETag"]) in map(_plain, parse_etags(asked))


def check_match(request: Request, current: str) -> None:
    """Raise PreconditionFailed unless If-Match names the current tag. `*` fits whatever there is."""
    asked = parse_etags(request.headers.get("If-Match", ""))
    if asked != ["*"] and current not in asked:
        raise PreconditionFailed


def _plain(etag: str) -> str:
    """For GET a weak tag, as a compressing proxy makes it, is as good (§8.8.3.2)."""
    return etag.removeprefix("W/")
