"""Reading JSON strictly: what PostgreSQL cannot hold, or two readers could understand differently, is refused."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

DEPTH_LIMIT = 64
DIGIT_LIMIT = 1_000
# NUL and half characters can only come as escapes: raw ones are not JSON, or not UTF-8.
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


class TooLarge(APIException):
    """413: the body is larger than the site takes."""

    status_code = 413
    default_detail = "The request is too large."
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """`application/json` in UTF-8. Raises ParseError with a sentence, TooLarge beyond the site's limit."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(f"A JSON body has at most {limit >> 20} MB; send larger data as an import.")
        try:
            return loads(body.decode())
        except UnicodeDecodeError as error:
            raise ParseError(f"The body is not valid UTF-8 (byte {error.start + 1}).") from error
        except ValueError as error:
            raise ParseError(str(error)) from error


def loads(text: str) -> Any:
    """The value that `text` means, or ValueError with a sentence that says where it goes wrong."""
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_decimal, parse_int=_integer
        )
    except RecursionError as error:
        raise ValueError(f"The JSON is nested more than {DEPTH_LIMIT} levels deep.") from error
    except json.JSONDecodeError as error:
        raise ValueError(
            f"This is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    _check(value, texts=bool(_SUSPECT.search(text)))
    return value


def _check(value: Any, *, texts: bool) -> None:
    """Walks without recursion, level by level; looks at texts only where one may be bad."""
    level = [value]
    for _ in range(DEPTH_LIMIT):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
                if texts:
                    inner += each.keys()
            elif isinstance(each, list):
                inner += each
            elif texts and isinstance(each, str):
                check_text(each)
        if not inner:
            return
        level = inner
    raise ValueError(f"The JSON is nested more than {DEPTH_LIMIT} levels deep.")


def check_text(text: str) -> None:
    """Raise ValueError for what PostgreSQL cannot store."""
    if "\0" in text:
        raise ValueError(f"The text “{_shown(text)}” contains a NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"The text “{_shown(text)}” contains half a character (a lone surrogate) at position {error.start + 1}."
        ) from error


def _shown(text: str) -> str:
    return text[:40].replace("\0", "\ufffd").encode("utf-8", "replace").decode() + ("…" if len(text) > 40 else "")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # RFC 8259 leaves duplicate keys open: two readers could understand two different things.
    value = dict(pairs)
    if len(value) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        repeated = next(key for key, count in counts.items() if count > 1)
        raise ValueError(f"The key “{_shown(repeated)}” occurs twice in one object.")
    return value


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number.")


def _decimal(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"The number {digits[:40]} is too large.")
    return number


def _integer(digits: str) -> int:
    if len(digits) > DIGIT_LIMIT:
        raise ValueError(f"A number of {len(digits):,} digits is too large.")
    return int(digits)
