"""The database's part of a backup, by PostgreSQL's own tools: what is dumped, counted and loaded is one moment."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from synthweb import postgres
from synthweb.owner import EmbeddedError

VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
}
TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT EXISTS (
    SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e'
)
ORDER BY relname
"""
# The text of a row hangs on these; a fingerprint is compared on another server.
SPELLING = "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL extra_float_digits = 1"
FINGERPRINT = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} AS t"
# Everything of ours; what belongs to an extension stays, because only a superuser might put it back.
EMPTY = """
DO $$
DECLARE each record;
BEGIN
    FOR each IN
        SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND NOT EXISTS (
            SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
    LOOP EXECUTE 'DROP TABLE IF EXISTS ' || each.name || ' CASCADE'; END LOOP;
    FOR each IN
        SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND NOT EXISTS (
            SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
    LOOP EXECUTE 'DROP SEQUENCE IF EXISTS ' || each.name || ' CASCADE'; END LOOP;
    FOR each IN
        SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    LOOP EXECUTE 'DROP ROUTINE IF EXISTS ' || each.name || ' CASCADE'; END LOOP;
END
$$;
"""


ONCE = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")


class DatabaseRefused(RuntimeError):
    """PostgreSQL could not dump or load; the message is what it said last."""


@contextmanager
def frozen(url: str) -> Iterator[tuple[str, psycopg.Connection[Any]]]:
    """A moment that dumps and counts can share: its name, and a connection that sees it."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        [name] = connection.execute("SELECT pg_export_snapshot()").fetchone() or [""]
        yield name, connection


def dump(url: str, moment: str, path: Path) -> None:
    """Write the database as of `moment` in PostgreSQL's custom format. Raises DatabaseRefused."""
    # The extension is there wherever the site runs, and may belong to somebody else.
    shape = ["--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--exclude-extension=*"]
    path.touch(mode=0o600)
    with path.open("wb") as target:
        _run(url, [_tool("pg_dump"), *shape, f"--snapshot={moment}"], stdout=target)


def load(url: str, path: Path) -> None:
    """Replace everything in the database by a dump, whole or not at all. Raises DatabaseRefused."""
    # Errors go into files: a pipe that nobody empties would stop whoever fills it.
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        script = subprocess.Popen(
            [_tool("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(path)],
            stdout=subprocess.PIPE,
            stderr=said,
        )
        loader = subprocess.Popen(
            [_tool("psql"), *ONCE, f"--command={EMPTY}", "--file=-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complained,
            env=_environment(url),
        )
        assert script.stdout
        assert loader.stdin
        # An error of psql's closes its end; what it said is told below.
        with suppress(BrokenPipeError), script.stdout:
            shutil.copyfileobj(script.stdout, loader.stdin, 1 << 20)
        if script.wait():
            # It must not see the end of its input: that is where it commits.
            loader.kill()
        with suppress(BrokenPipeError):
            loader.stdin.close()
        if loader.wait() or script.returncode:
            for file in (complained, said):
                file.seek(0)
            raise DatabaseRefused(_reason(complained.read() or said.read()))


def fingerprints(connection: psycopg.Connection[Any]) -> dict[str, dict[str, Any]]:
    """{table: {rows, hash}}: equal for equal rows, in whatever order they lie."""
    connection.execute(SPELLING)
    found = {}
    for (table,) in connection.execute(TABLES).fetchall():
        counted = connection.execute(sql.SQL(FINGERPRINT).format(sql.Identifier(table))).fetchone()
        assert counted is not None
        found[table] = {"rows": counted[0], "hash": counted[1]}
    return found


def holds_data(connection: psycopg.Connection[Any]) -> bool:
    """Whether anybody has an account here, or anything a project."""
    tables = {table for (table,) in connection.execute(TABLES).fetchall()}
    return any(
        connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(sql.Identifier(table))).rowcount
        for table in ("annotation_user", "annotation_project")
        if table in tables
    )


def others_connected(connection: psycopg.Connection[Any]) -> int:
    """How many more are connected to this database: the site, as a rule."""
    found = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND backend_type = 'client backend'"
    ).fetchone()
    return found[0] if found else 0


def _tool(name: str) -> str:
    """From the wheel, whose version is the embedded server's; a newer server needs its own, from PATH."""
    try:
        bundled = postgres.binaries() / name
    except EmbeddedError:
        bundled = None
    found = str(bundled) if bundled and bundled.exists() else shutil.which(name)
    if not found:
        raise DatabaseRefused(f"{name} is not on this machine; install PostgreSQL's client programs.")
    return found


def _run(url: str, command: list[str], *, stdout: Any) -> None:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, env=_environment(url)
    )
    if done.returncode:
        raise DatabaseRefused(_reason(done.stderr))


def _environment(url: str) -> dict[str, str]:
    """Not as arguments: every user of the machine can read those, and there may be a password among them."""
    asked = psycopg.conninfo.conninfo_to_dict(url)
    return {**os.environ, **{VARIABLES[key]: str(value) for key, value in asked.items() if key in VARIABLES}}


def _reason(said: bytes) -> str:
    """The first line that is an error; what follows it is mostly its context."""
    lines = said.decode(errors="replace").strip().splitlines() or ["PostgreSQL gave no reason."]
    return next((line for line in lines if "error" in line.lower()), lines[-1])
