#!/usr/bin/env python
"""The command line. Brings its own PostgreSQL and Valkey when DATABASE_URL and BROKER_URL name none."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from synthweb import launch


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "synthweb.settings")
    try:
        launch.prepare(sys.argv)
        execute_from_command_line(sys.argv)
    except launch.CannotStart as problem:
        sys.exit(f"synthweb: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever reads has seen enough (`| head`). What is still buffered must not fail again on the way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


if __name__ == "__main__":
    main()
