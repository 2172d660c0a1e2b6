"""`manage.py backup FILE`: the whole site as one file, taken while people work."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from psycopg.conninfo import make_conninfo
from tqdm import tqdm

from annotation.management.ending import tell_exit_codes
from annotation.workflow.version import SOFTWARE
from synthweb.backup import BrokenBackup, DatabaseRefused, take
from synthweb.home import SECRET_FILE


class Command(BaseCommand):
    help = (
        "Write the database and all files to FILE, as of one moment, while the site is at work. Keys of connections "
        "stay sealed: to open them a restored site needs this one's SECRET_KEY."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        parser.add_argument("file", metavar="FILE", type=Path, help="replaced where it is there, whole or not at all")
        parser.add_argument(
            "--with-secret", action="store_true", help="take the site's own SECRET_KEY along: whoever has FILE has it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        secret = settings.HOME / SECRET_FILE if options["with_secret"] else None
        if secret is not None and not secret.exists():
            raise CommandError("This site's SECRET_KEY comes from its environment; keep it where that is kept.")
        try:
            with tqdm(unit="B", unit_scale=True, desc="backup", disable=None) as bar:
                taken = take(
                    options["file"],
                    url=database_url(),
                    files=Path(settings.SYNTHWEB_FILES),
                    facts={"software": SOFTWARE},
                    secret=secret,
                    progress=bar.update,
                )
        except (DatabaseRefused, BrokenBackup) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or options['file']}: {error.strerror or error}.") from error
        self.stdout.write(f"{taken.rows} rows and {taken.files} files, {taken.size} bytes")


def database_url() -> str:
    """The database that this process works on, as PostgreSQL's own tools understand it."""
    known = connection.get_connection_params()
    parts = ("host", "port", "user", "password", "dbname", "sslmode")
    return make_conninfo("", **{key: known[key] for key in parts if key in known})
