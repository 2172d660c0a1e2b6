"""The demo projects that a new site starts with."""

from __future__ import annotations

import json
from pathlib import Path

from django.db import transaction

from annotation.demo import DETAILS, MESSAGES, PROJECT
from annotation.models import Project, Role, User

from .adding import add_items
from .enlisting import add_labeler
from .people import add_member, create_user, ensure_administrator
from .projects import Definition, create_project
from .running import start_run

# A second person is asked only where the first and the model leave doubt.
POLICY = {"overlap": 2, "min_human": 1, "accept_threshold": 0.8}
# The bundled model is very small: on these messages it is right more often without the guidelines than with them.
SMALL = {"llm": "local", "guidelines": False, "lead": "This message goes to the team for"}
# Messages that the second project asks about.
DETAILED = 60
PEOPLE = {"lead": Role.MANAGER, "annotator": Role.ANNOTATOR, "reviewer": Role.REVIEWER}


@transaction.atomic
def ensure_demo() -> dict[str, User]:
    """Make the demo on a site that has no project yet; its people by what they do, or nothing where it was not made.

    The bundled model's first run is queued with it, so that whoever signs in sees it at work.
    """
    if Project.objects.exists():
        return {}
    people = {name: User.objects.filter(username=name).first() or create_user(name) for name in PEOPLE}
    messages = [json.loads(line) for line in MESSAGES.read_text().splitlines()]
    details = _create(DETAILS, people)
    add_items(details, [{key: message[key] for key in ("external_id", "fields")} for message in messages[:DETAILED]])
    # Last, because the newest stands first in a list.
    project = _create(PROJECT, people)
    add_items(project, messages)
    labeler = add_labeler(project, name="SmolLM2", kind="prompted", config=SMALL, user=people["lead"])
    start_run(labeler, user=people["lead"])
    return people


def _create(definition: Path, people: dict[str, User]) -> Project:
    project = create_project(Definition(**json.loads(definition.read_text()), policy=POLICY), user=people["lead"])
    add_member(project, ensure_administrator(), Role.MANAGER, by=people["lead"])
    for name in ("annotator", "reviewer"):
        add_member(project, people[name], PEOPLE[name], by=people["lead"])
    return project
