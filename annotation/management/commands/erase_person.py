"""`manage.py erase_person USER`: an account and its name, gone for good."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotation.management.ending import tell_exit_codes, telling_refusals
from annotation.workflow.erasing_people import erase_person, names_of
from annotation.workflow.searching_texts import Mention, find_mentions


class Command(BaseCommand):
    help = (
        "Erase a person's account, and their name in every project and snapshot; what they answered stays, under no "
        "name. Nothing brings it back."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        parser.add_argument("username", metavar="USER")
        parser.add_argument(
            "--texts",
            action="store_true",
            help="also in comments, rationales, reasons, notes and guidelines, in any project: their user name, full "
            "name and e-mail address become their new name (not in snapshots)",
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        name, texts = options["username"], options["texts"]
        with telling_refusals():
            self._tell(find_mentions(names_of(name)), texts)
            if not options["yes"]:
                self._ask(name)
            rewritten = erase_person(name, texts=texts)
        self.stdout.write(f"erased; {rewritten} snapshots were written anew")

    def _tell(self, mentions: list[Mention], texts: bool) -> None:
        if not mentions:
            return
        say = self.stderr.write
        say("People wrote the name, or the address, themselves:")
        for each in mentions:
            items = ", ".join(map(str, each.items))
            about = f", items {items}{', …' if each.count > len(each.items) else ''}" if items else ""
            say(f"  {each.project}: {each.title}: {each.count:,}{about}")
        say("The new name will stand there." if texts else "It stays there; --texts puts the new name in its place.")

    def _ask(self, name: str) -> None:
        self.stderr.write(f"This erases the person for good. Type “{name}” to go on:")
        try:
            answer = input()
        except EOFError:
            answer = ""
        if answer.strip() != name:
            raise CommandError("Nothing was changed.")
