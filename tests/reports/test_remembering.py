"""Figures are computed once in a while, and a cache that is down costs time only."""

from __future__ import annotations

from typing import Any

from annotation.reports import agreement_report, shown_agreement
from annotation.reports.remembering import remembered
from tests.cast import Cast


def test_what_was_computed_lately_is_not_computed_again() -> None:
    answers = iter([[1], [2]])
    assert remembered("figures", 20, lambda: next(answers)) == [1]
    assert remembered("figures", 20, lambda: next(answers)) == [1]
    assert remembered("others", 20, lambda: next(answers)) == [2]


def test_a_cache_that_cannot_be_reached_is_done_without(settings: Any) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nonexistent/socket"}
    }
    assert remembered("figures", 20, lambda: [1]) == [1]


def test_a_page_that_polls_gets_figures_of_a_moment_ago_and_one_that_is_opened_fresh_ones(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("1", "2")
    before = shown_agreement(cast.project, polled=True)
    for intent in ("refund", "other"):
        cast.answer(cast.annotator, intent)
        cast.answer(cast.second, intent)
    assert shown_agreement(cast.project, polled=True) == before
    assert shown_agreement(cast.project, polled=False) == agreement_report(cast.project) != before
