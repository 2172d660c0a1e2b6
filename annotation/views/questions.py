"""What the template of one question type wants beside what every question's has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotation.questions import Question

Card = Mapping[str, Any]
# More options than are taken in at a glance get a filter; more points than fit a line become a slider.
LONG_LIST, LONG_SCALE = 12, 11


def details_of(question: Question, card: Card) -> dict[str, Any]:
    """Keys for `card`, which is complete otherwise (views/cards.question_cards)."""
    details = DETAILS.get(question.type)
    return details(question, card) if details else {}


def _choice(question: Question, card: Card) -> dict[str, Any]:
    return {"is_long": len(card["options"]) > LONG_LIST}


def _multichoice(question: Question, card: Card) -> dict[str, Any]:
    return _choice(question, card) | {"bounds": _bounds(question.settings["at_least"], question.settings["at_most"])}


def _bounds(least: int, most: int) -> str:
    if least and least == most:
        return _("Choose exactly %(least)d.") % {"least": least}
    if most and least:
        return _("Choose %(least)d to %(most)d.") % {"least": least, "most": most}
    if most:
        return _("Choose at most %(most)d; none is an answer, too.") % {"most": most}
    if least:
        return _("Choose at least %(least)d.") % {"least": least}
    return _("Choose all that apply; none is an answer, too.")


def _rating(question: Question, card: Card) -> dict[str, Any]:
    labels = question.settings["labels"]
    return {
        "is_long": len(question.values) > LONG_SCALE,
        "labels_json": json.dumps(labels, ensure_ascii=False),
        "low_label": labels.get(str(question.settings["min"]), ""),
        "high_label": labels.get(str(question.settings["max"]), ""),
    }


def _ranking(question: Question, card: Card) -> dict[str, Any]:
    options = card["options"]
    tiers = card["draft"] if isinstance(card["draft"], list) else []
    if len(options) == 2:
        return {"pair": _pair(question, options, tiers)}
    places = {value: place for place, tier in enumerate(tiers, 1) if isinstance(tier, list) for value in map(str, tier)}
    ranked = [
        option
        | {
            "place": places.get(option["value"]),
            "places": [
                {"number": number, "value": json.dumps([option["value"], number], ensure_ascii=False)}
                for number in range(1, len(options) + 1)
            ],
        }
        for option in options
    ]
    # Those with a place stand in it, so that what was ordered comes back in order.
    return {"options": sorted(ranked, key=lambda option: option["place"] or len(ranked) + 1)}


def _pair(question: Question, options: list[dict[str, Any]], tiers: list[Any]) -> list[dict[str, Any]]:
    """Left, a tie where one is allowed, right."""
    left, right = options
    sides = [(left, [[left["value"]], [right["value"]]], "←"), (right, [[right["value"]], [left["value"]]], "→")]
    shown = [
        {"title": option["title"], "description": option["description"], "key": key, "order": order}
        for option, order, key in sides
    ]
    if question.settings["ties"]:
        shown.insert(1, {"title": _("Tie"), "key": "=", "is_tie": True, "order": [list(question.values)]})
    return [
        side
        | {
            "value": json.dumps(side["order"], ensure_ascii=False, separators=(",", ":")),
            "chosen": side["order"] == tiers,
        }
        for side in shown
    ]


def _text(question: Question, card: Card) -> dict[str, Any]:
    """A text that has to be corrected starts from the suggestion or the text itself; any other one, empty: what is
    filled in would be an answer."""
    starts = [card["draft"]]
    if card["demand"] == "required" and card["field_text"] is not None and not card["reviewing"]:
        starts += [card["suggested"], card["field_text"]]
    return {"start": next((start for start in starts if isinstance(start, str) and start), "")}


DETAILS: dict[str, Callable[[Question, Card], dict[str, Any]]] = {
    "choice": _choice,
    "multichoice": _multichoice,
    "rating": _rating,
    "ranking": _ranking,
    "text": _text,
}
