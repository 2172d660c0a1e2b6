"""The data folder: where it is, and the installation's own secret in it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import platformdirs

SECRET_FILE = "secret"


def home(environment: Mapping[str, str]) -> Path:
    """`SYNTHWEB_HOME`, or the platform's folder for a user's data."""
    chosen = environment.get("SYNTHWEB_HOME") or platformdirs.user_data_dir("synthweb", appauthor=False)
    return Path(chosen).expanduser().resolve()


def secret(folder: Path) -> str:
    """The secret key in `folder`/secret, made on first use. Only its owner may read it.

    Written aside and linked into place: of two processes that start at once one wins, and both read the winner's.
    """
    path = folder / SECRET_FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".secret-{os.getpid()}-{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(64))
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
