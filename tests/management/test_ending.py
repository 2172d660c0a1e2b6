"""Every command says how it can end, and is on the page of commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import load_command_class

from annotation import management
from annotation.management.ending import EXIT_CODES

COMMANDS = sorted(
    path.stem for path in (Path(management.__path__[0]) / "commands").glob("*.py") if not path.stem.startswith("_")
)
PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_with_which_codes_a_command_ends(name: str) -> None:
    said = load_command_class("annotation", name).create_parser("manage.py", name).format_help()
    assert " ".join(EXIT_CODES.split()) in " ".join(said.split())


def test_every_command_and_each_of_its_options_is_on_their_page() -> None:
    page = PAGE.read_text("utf-8")
    sections = dict(re.findall(r"^### `(\w+)[^\n]*\n(.*?)(?=^##|\Z)", page, re.M | re.S))
    assert sorted(sections) == COMMANDS
    missing = []
    for name in COMMANDS:
        parser = load_command_class("annotation", name).create_parser("manage.py", name)
        inherited = load_command_class("django.core", "check").create_parser("manage.py", "check")
        common = {option for action in inherited._actions for option in action.option_strings} | {"--skip-checks"}
        for action in parser._actions:
            option = next((each for each in action.option_strings if each.startswith("--") and each not in common), "")
            if option and f"`{option}" not in sections[name]:
                missing.append(f"{name} {option}")
    assert not missing
