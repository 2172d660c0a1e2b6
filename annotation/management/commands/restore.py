"""`manage.py restore FILE`: a backup, put back."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from tqdm import tqdm

from annotation.management.ending import tell_exit_codes
from synthweb.backup import BrokenBackup, DatabaseRefused, NotEmpty, SiteRuns, restore
from synthweb.home import SECRET_FILE

from .backup import database_url


class Command(BaseCommand):
    help = (
        "Check FILE, then load it into this site's database and file folder. A site that holds data is refused unless "
        "--replace is given; a backup of an older version is migrated."
    )
    # The tables that checks would look at may not be there yet.
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--replace", action="store_true", help="in place of what the site holds; asks first")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["replace"] and not options["yes"]:
            self._ask()
        url = database_url()
        connections.close_all()
        try:
            with tqdm(unit="B", unit_scale=True, desc="restore", disable=None) as bar:
                restored = restore(
                    options["file"],
                    url=url,
                    files=Path(settings.SYNTHWEB_FILES),
                    replace=options["replace"],
                    migrate=lambda: call_command("migrate", interactive=False, verbosity=0),
                    progress=bar.update,
                )
        except (BrokenBackup, DatabaseRefused, NotEmpty, SiteRuns) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or options['file']}: {error.strerror or error}.") from error
        if restored.secret is not None:
            _keep(restored.secret)
            self.stdout.write("The site's SECRET_KEY came along; it is used from the next start on.")
        self.stdout.write(f"{restored.rows} rows and {restored.files} files")

    def _ask(self) -> None:
        self.stderr.write("What this site holds will be replaced and cannot be brought back. Type “replace” to go on:")
        try:
            answer = input()
        except EOFError:
            answer = ""
        if answer.strip() != "replace":
            raise CommandError("Nothing was changed.")


def _keep(secret: bytes) -> None:
    path = settings.HOME / SECRET_FILE
    draft = path.with_name(f".{path.name}.restored")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
    draft.replace(path)
