"""Keep secrets in the database so that a copy of it gives none away."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes

PURPOSE = b"synthweb sealed key 1"


class Unreadable(Exception):
    """Sealed under another SECRET_KEY."""


def seal(secret: str) -> bytes:
    """Encrypted and signed (Fernet) under a key derived from SECRET_KEY; empty stays empty."""
    return _box().encrypt(secret.encode()) if secret else b""


def unseal(sealed: bytes | memoryview) -> str:
    """Raises Unreadable. SECRET_KEY_FALLBACKS are tried too."""
    if not sealed:
        return ""
    try:
        return _box().decrypt(bytes(sealed)).decode()
    except InvalidToken:
        pass
    raise Unreadable


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _derived(key: str | bytes) -> bytes:
    """HKDF (RFC 5869): a key for this purpose alone, from which SECRET_KEY cannot be had back."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(force_bytes(key))
    return base64.urlsafe_b64encode(derived)
