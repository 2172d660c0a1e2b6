"""`manage.py up`: the whole site on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from annotation.management.ending import tell_exit_codes
from annotation.workflow.demo import ensure_demo
from annotation.workflow.people import ensure_administrator, sign_in_link
from synthweb import launch, supervisor
from synthweb.options import add_up_options

START_LIMIT = 120.0  # seconds until /healthz has to answer


class Command(BaseCommand):
    help = "Run the whole site: database, broker, web server, workers. Ctrl-C stops all of it."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        tell_exit_codes(parser)
        add_up_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        url = launch.base_url(options["host"], options["port"])
        self._say(f"SynthWeb starts. Data: {settings.HOME}")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        people = {"administrator": ensure_administrator()}
        if not options["no_demo"]:
            people |= ensure_demo()
        children = supervisor.site(
            host=options["host"], port=options["port"], workers=options["workers"], home=settings.HOME
        )
        site = supervisor.Supervisor(children, heal=launch.heal, say=self._say)
        try:
            site.start()
            self._await(site, options["host"], options["port"])
            if not site.stopping:
                self._say(f"\nOpen {url}\n")
                for role, person in people.items():
                    self._say(f"  sign in as {role:<14} {sign_in_link(person, url)}")
                self._say("\nEach link works once. Ctrl-C stops everything.")
            connections.close_all()
            site.watch()
        finally:
            self._say("Stopping …")
            site.stop()

    def _await(self, site: supervisor.Supervisor, host: str, port: int) -> None:
        """Until the site answers or is told to stop. Raises CommandError when it does neither."""
        name = settings.ALLOWED_HOSTS[0].lstrip(".") if settings.ALLOWED_HOSTS[0] != "*" else "localhost"
        deadline = time.monotonic() + START_LIMIT
        while not site.stopping and not supervisor.answers(host, port, name):
            if time.monotonic() > deadline:
                raise CommandError(f"The site does not answer; its logs are in {settings.HOME / 'logs'}.")
            site.tend()
            time.sleep(0.1)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
