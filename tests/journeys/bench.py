"""One card alone in a browser: the real templates, scripts, styles and policy, and no server behind them."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from playwright.sync_api import Page, Route

from annotation.models import Item, Project
from annotation.questions import check_fields, dump_questions, parse_questions
from annotation.views.cards import item_card, question_cards

SITE = "http://localhost:9"
STATIC = Path(settings.BASE_DIR) / "static"
POLICY = "; ".join(
    f"{name} {' '.join(sources)}" for name, sources in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
)
STYLES = ("tokens", "colors", "base", "layout", "components", "annotate", "fields", "spans", "questions")
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bench</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{links}
<script type="module" src="/static/bench.js"></script></head>
<body><main class="page annotate-page"><h1 class="visually-hidden">Bench</h1>
<div id="desk" class="desk"><div id="card">{cards}</div></div></main></body></html>"""
CARD = """<article class="card"><form method="post">{card}</form></article>"""
SCRIPT = """import { mountQuestions } from "/static/js/questions.js";
for (const form of document.forms) mountQuestions(form);"""
LABELS = [
    {"value": "person", "title": "Person"},
    {"value": "place", "title": "Place"},
    {"value": "org", "title": "Organisation"},
]


def spans_project(
    *, labels: Sequence[Any] = LABELS, fields: Any = None, questions: Sequence[Any] = (), **spans: Any
) -> Project:
    """A project, not stored, that asks for spans of the field “text”, and then whatever else."""
    shown = check_fields(fields or [{"name": "text", "type": "text"}])
    asked = {"name": "entities", "type": "spans", "title": "Mark the names", "options": list(labels), "field": "text"}
    parsed = parse_questions([{**asked, **spans}, *questions], shown)
    return Project(name="Bench", slug="bench", fields=shown, questions=dump_questions(parsed))


def card(project: Project, fields: Mapping[str, Any], *, draft: Any = None, suggested: Any = None) -> str:
    """What the annotation page shows of an item with these fields: its text and its questions."""
    item = item_card(project, Item(pk=1, project=project, fields=dict(fields)))
    cards = question_cards(
        project,
        draft={} if draft is None else {"entities": draft},
        suggested=None if suggested is None else {"entities": suggested},
        fields=fields,
    )
    context = {"item": item, "questions": cards}
    shown = render_to_string("components/item_fields.html", {"fields": item["fields"], "questions": cards})
    asked = "".join(render_to_string(each["template"], {**context, "question": each}) for each in cards)
    return f'<div class="card-section">{shown}</div><div class="card-section">{asked}</div>'


def lay(page: Page, *cards: str) -> None:
    """Open the bench with these cards on it."""
    links = "".join(f'<link rel="stylesheet" href="/static/css/{name}.css">' for name in STYLES)

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path == "/":
            body = PAGE.format(links=links, cards="".join(CARD.format(card=each) for each in cards))
            headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
            return route.fulfill(body=body, headers=headers)
        if path == "/static/bench.js":
            return route.fulfill(body=SCRIPT, content_type="text/javascript")
        file = STATIC / path.removeprefix("/static/").split("?")[0]
        if not file.is_file():
            return route.fulfill(status=404)
        return route.fulfill(body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0])

    page.unroute_all()
    page.route(f"{SITE}/**", answer)
    page.goto(f"{SITE}/")
