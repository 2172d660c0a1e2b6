"""`manage.py create_token USER`: an API token, alone on standard output."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from annotation.management.ending import tell_exit_codes, telling_refusals
from annotation.models import Scope
from annotation.workflow.people import get_user
from annotation.workflow.tokens import find_projects_of, make_token


class Command(BaseCommand):
    help = "Print a new API token, alone. Only its hash is kept, so it cannot be shown again."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        parser.add_argument("username", metavar="USER")
        parser.add_argument(
            "--scope", choices=Scope.values, default=Scope.MANAGE.value, help="what it may do at most (default: manage)"
        )
        parser.add_argument("--name", default="", help="what it is for")
        parser.add_argument("--days", type=int, help="how long it lasts (default: 90)")
        parser.add_argument("--project", action="append", default=[], metavar="SLUG", help="limit it to this")

    def handle(self, *args: Any, **options: Any) -> None:
        with telling_refusals():
            user = get_user(options["username"])
            _grant, token = make_token(
                user,
                scope=options["scope"],
                name=options["name"],
                days=options["days"],
                projects=find_projects_of(user, options["project"]),
            )
            self.stdout.write(token)
