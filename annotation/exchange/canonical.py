"""One spelling per JSON value, so that equal values have equal bytes and equal hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

NUMBERS = ("id", "family")
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
# What JSONEncoder makes anew for every value, which takes longer than to spell a short one. CPython's own.
_pieces = json.encoder.c_make_encoder(  # type: ignore[attr-defined]
    None, _ENCODER.default, json.encoder.encode_basestring, None, ":", ",", True, False, False
)


def canonical_json(value: object) -> bytes:
    """UTF-8, keys sorted, no spaces, text as given (not normalised). Raises ValueError for NaN and infinities."""
    return spelled(value).encode()


def spelled(value: object) -> str:
    """The same as text."""
    return "".join(_pieces(value, 0))


def content_hash(fields: Mapping[str, str]) -> bytes:
    """The 32-byte SHA-256 that tells whether two items show the same thing."""
    return hash_of(spelled(dict(fields)))


def hash_of(fields: str) -> bytes:
    """The same, of fields as they are spelled."""
    return hashlib.sha256(fields.encode()).digest()


def records_hash(records: Iterable[Mapping[str, Any]]) -> str:
    """The SHA-256, in hex, of what export records say, whatever their order and the numbers that a database gave them.

    Two projects with the same hash hold the same dataset: fields, metadata, answers and whose they are, decisions,
    labels and how sure they are. `id` and `family` are numbers of the database.
    """
    spellings = sorted(
        canonical_json({key: value for key, value in record.items() if key not in NUMBERS}) for record in records
    )
    digest = hashlib.sha256()
    for each in spellings:
        digest.update(each + b"\n")
    return digest.hexdigest()
