"""A real browser: the system's Chromium where there is one, its windowless build first, else Playwright's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from tests.waiting import eventually

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    # Chromium's sandbox refuses to run as root.
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    found = {"executable_path": chromium} if chromium else {}
    return {**browser_type_launch_args, **found, "args": arguments}


@pytest.fixture
def live_site(live_server: LiveServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the site, served by threads of this process from the test's database."""
    yield str(live_server.url)
    if "browser" not in request.fixturenames:
        return
    # Pages go on sending drafts and heartbeats, and what these lock would deadlock with emptying the tables.
    for context in request.getfixturevalue("browser").contexts:
        for page in context.pages:
            page.goto("about:blank")
    eventually(nothing_is_asked)


def nothing_is_asked() -> bool:
    """No other connection is in the middle of something."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'"
        )
        return not cursor.fetchone()[0]
