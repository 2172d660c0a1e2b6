from __future__ import annotations

import pytest
from django.test import override_settings

from annotation.workflow.sealing import Unreadable, seal, unseal


def test_what_was_sealed_can_be_read_here_and_only_here() -> None:
    sealed = seal("sk-secret")
    assert b"sk-secret" not in sealed
    assert unseal(sealed) == "sk-secret"
    assert seal("sk-secret") != sealed, "two equal keys do not look equal"
    with override_settings(SECRET_KEY="another"), pytest.raises(Unreadable):
        unseal(sealed)


def test_a_secret_key_that_was_rotated_still_reads_what_it_sealed() -> None:
    with override_settings(SECRET_KEY="old"):
        sealed = seal("sk-secret")
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["old"]):
        assert unseal(sealed) == "sk-secret"


def test_nothing_stays_nothing() -> None:
    assert seal("") == b""
    assert unseal(b"") == ""
