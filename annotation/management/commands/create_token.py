"""`manage.py create_token USER`: an API token, alone on standard output."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.workflow.errors import Refused
from annotation.workflow.people import create_token, get_user


class Command(BaseCommand):
    help = "Print a new API token. Only its hash is kept, so it cannot be shown again."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username", metavar="USER")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.stdout.write(create_token(get_user(options["username"])))
        except Refused as error:
            raise CommandError(str(error)) from error
