"""Real servers first, then Django, then the fixtures of the neighbouring modules."""

from __future__ import annotations

import os
from collections.abc import Iterator

import django
import pytest

from tests import stack

stack.provide()
os.environ["DJANGO_SETTINGS_MODULE"] = "synthweb.settings"
# Playwright keeps an event loop in the test's thread; the ORM is used between its calls, never inside one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
django.setup()

from django.conf import settings  # noqa: E402 (Django has to be set up first)
from django.core.cache import cache  # noqa: E402

settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"

pytest_plugins = ["tests.browser", "tests.emptying", "tests.endpoints", "tests.theatre", "tests.workers"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Each process of pytest-xdist is a session of its own, with its own servers: this one's are not passed on."""
    stack.forget()
    del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    """Rate limits and cached answers of one test are none of the next one's business."""
    cache.clear()
    yield
