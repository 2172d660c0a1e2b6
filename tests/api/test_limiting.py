"""A token sends so many requests a minute; without a cache the API works on."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches

from annotation.api import limiting
from tests.cast import Cast


def test_over_the_limit_a_token_is_told_when_to_go_on_and_others_are_not_slowed(cast: Cast, settings: Any) -> None:
    settings.SYNTHWEB_API_RATE = 2
    client, other = cast.api(cast.lead), cast.api(cast.lead)
    first = client.get(cast.url())
    assert first["RateLimit-Policy"] == '"token";q=2;w=60'
    assert re.fullmatch(r'"token";r=1;t=\d+', first["RateLimit"])
    # A minute may end in between, once.
    answers = [client.get(cast.url()) for _ in range(4)]
    refused = [each for each in answers if each.status_code == 429]
    assert refused
    assert 1 <= int(refused[0]["Retry-After"]) <= 60
    assert re.fullmatch(r'"token";r=0;t=\d+', refused[0]["RateLimit"])
    assert refused[0]["Content-Type"] == "application/problem+json"
    assert other.get(cast.url()).status_code == 200


@pytest.fixture
def _lost_cache(settings: Any) -> Iterator[None]:
    settings.SYNTHWEB_API_RATE = 1
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"}}
    yield
    limiting._unreachable_until = 0.0
    del caches["default"]


@pytest.mark.usefixtures("_lost_cache")
def test_without_a_cache_nothing_is_limited_and_the_log_says_so_once(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    client = cast.api(cast.lead)
    with caplog.at_level(logging.WARNING, logger="annotation.api.limiting"):
        answers = [client.get(cast.url()) for _ in range(3)]
    assert [each.status_code for each in answers] == [200] * 3
    assert not any("RateLimit" in each for each in answers)
    assert len([each for each in caplog.records if each.name == "annotation.api.limiting"]) == 1
