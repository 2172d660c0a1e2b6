"""A real browser: the system's Chromium where there is one, else Playwright's own."""

from __future__ import annotations

import os
import shutil
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    # Chromium's sandbox refuses to run as root.
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    found = {"executable_path": chromium} if chromium else {}
    return {**browser_type_launch_args, **found, "args": arguments}


@pytest.fixture
def live_site(live_server: LiveServer) -> str:
    """The address of the site, served by threads of this process from the test's database."""
    return str(live_server.url)
