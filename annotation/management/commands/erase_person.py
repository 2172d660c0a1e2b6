"""`manage.py erase_person USER`: an account and its name, gone for good."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.management.ending import tell_exit_codes
from annotation.workflow.erasing_people import erase_person
from annotation.workflow.errors import Refused


class Command(BaseCommand):
    help = (
        "Erase a person's account, and their name in every project and snapshot; what they answered stays, under no "
        "name. Nothing brings it back."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        parser.add_argument("username", metavar="USER")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["username"]
        if not options["yes"]:
            self._ask(name)
        try:
            rewritten = erase_person(name)
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"erased; {rewritten} snapshots were written anew")

    def _ask(self, name: str) -> None:
        self.stderr.write(f"This erases the person for good. Type “{name}” to go on:")
        try:
            answer = input()
        except EOFError:
            answer = ""
        if answer.strip() != name:
            raise CommandError("Nothing was changed.")
