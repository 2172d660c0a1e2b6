from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from knox.models import get_token_model
from rest_framework.test import APIClient

from tests.cast import Cast


def test_the_token_alone_is_printed_and_only_its_hash_kept(cast: Cast) -> None:
    out = io.StringIO()
    call_command("create_token", "lead", stdout=out)
    token = out.getvalue().removesuffix("\n")
    assert token.isalnum()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert client.get(cast.url()).status_code == 200
    [row] = get_token_model().objects.values()
    assert token not in str(row)
    assert row["expiry"] is not None


def test_nobody_is_told_so(db: None) -> None:
    with pytest.raises(CommandError, match="nobody called “ghost”"):
        call_command("create_token", "ghost")
