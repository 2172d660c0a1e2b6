"""`manage.py create_user USER`: a person, and a link that signs them in once."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from annotation.management.ending import tell_exit_codes, telling_refusals
from annotation.workflow.people import create_user, sign_in_link


class Command(BaseCommand):
    help = "Create a person without a password and print a link that signs them in once."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        parser.add_argument("username", metavar="USER")
        parser.add_argument("--admin", action="store_true", help="may use the administration pages")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="the site's address (default: %(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        with telling_refusals():
            user = create_user(options["username"], admin=options["admin"])
        self.stdout.write(sign_in_link(user, options["url"]))
