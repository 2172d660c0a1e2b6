"""One spelling per JSON value, so that equal values have equal bytes and equal hashes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

# One encoder for all: json.dumps with other than its defaults makes a new one per call.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def canonical_json(value: object) -> bytes:
    """UTF-8, keys sorted, no spaces, text as given (not normalised). Raises ValueError for NaN and infinities."""
    return _ENCODER.encode(value).encode()


def content_hash(fields: Mapping[str, str]) -> bytes:
    """The 32-byte SHA-256 that tells whether two items show the same thing."""
    return hashlib.sha256(canonical_json(dict(fields))).digest()
