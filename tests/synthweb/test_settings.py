"""The settings, read in fresh processes: nothing of the test's own configuration leaks in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PRINT = """
import json, sys, django
django.setup()
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""


def run(home: Path, *names: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"], "HOME": str(home), "SYNTHWEB_HOME": str(home)}
    given |= {
        "DJANGO_SETTINGS_MODULE": "synthweb.settings",
        "DATABASE_URL": "postgresql://u:p%40ss@db.example:5433/data",
    }
    given |= {"BROKER_URL": "redis://broker.example:6379/3", **environment}
    command = [sys.executable, "-c", PRINT, *names]
    return subprocess.run(command, env=given, capture_output=True, text=True, timeout=60)


def read(home: Path, name: str, **environment: str) -> object:
    done = run(home, name, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)[name]


@pytest.mark.parametrize("name", ["DATABASE_URL", "BROKER_URL"])
def test_a_missing_server_is_named(tmp_path: Path, name: str) -> None:
    done = run(tmp_path, **{name: ""})
    assert f"ImproperlyConfigured: {name} is not set" in done.stderr


def test_debug_is_off_and_hosts_are_loopback_by_default(tmp_path: Path) -> None:
    assert read(tmp_path, "DEBUG") is False
    assert read(tmp_path, "ALLOWED_HOSTS") == ["localhost", "127.0.0.1", "[::1]"]


def test_debug_is_refused_on_a_site_that_others_can_reach(tmp_path: Path) -> None:
    done = run(tmp_path, DEBUG="1", ALLOWED_HOSTS="annotate.example.org")
    assert "ImproperlyConfigured: DEBUG shows source" in done.stderr
    assert read(tmp_path, "DEBUG", DEBUG="1") is True


def test_a_database_url_keeps_every_part(tmp_path: Path) -> None:
    database = read(tmp_path, "DATABASES")["default"]  # type: ignore[index]
    found = [database[part] for part in ("USER", "PASSWORD", "HOST", "PORT", "NAME")]
    assert found == ["u", "p@ss", "db.example", "5433", "data"]
    assert database["ATOMIC_REQUESTS"] is False


def test_only_the_web_server_has_a_pool_and_timeouts(tmp_path: Path) -> None:
    web = read(tmp_path, "DATABASES", SYNTHWEB_ROLE="web")["default"]["OPTIONS"]  # type: ignore[index]
    worker = read(tmp_path, "DATABASES")["default"]["OPTIONS"]  # type: ignore[index]
    assert web["pool"]["max_size"] == 10
    assert "statement_timeout=30s" in web["options"]
    assert "pool" not in worker
    assert "options" not in worker


def test_the_cache_is_not_in_the_brokers_database(tmp_path: Path) -> None:
    caches = read(tmp_path, "CACHES")
    assert caches["default"]["LOCATION"] == "redis://broker.example:6379/4"  # type: ignore[index]
    caches = read(tmp_path, "CACHES", BROKER_URL="redis+socket:///run/v.sock?virtual_host=0")
    assert caches["default"]["LOCATION"] == "unix:///run/v.sock?db=1"  # type: ignore[index]


def test_the_deployment_checks_pass_behind_https(tmp_path: Path) -> None:
    given = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "SYNTHWEB_HOME": str(tmp_path)}
    given |= {"HTTPS": "1", "ALLOWED_HOSTS": "annotate.example.org"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
