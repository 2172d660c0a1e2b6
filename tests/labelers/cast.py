"""The project that labeler tests ask about."""

from __future__ import annotations

from annotation.labelers import Brief, ItemText
from annotation.questions import parse_questions

QUESTIONS = parse_questions(
    [
        {
            "name": "intent",
            "type": "choice",
            "title": "Intent",
            "options": [
                {"value": "refund", "title": "Refund"},
                {"value": "billing", "title": "Billing question"},
                {"value": "bug", "title": "Technical problem"},
            ],
        }
    ]
)
FIELDS = ({"name": "message", "type": "text", "title": "Message"},)
BRIEF = Brief("Sort each support message by what the customer wants.", QUESTIONS, FIELDS)


def items(*texts: str) -> list[ItemText]:
    return [ItemText(position, {"message": text}) for position, text in enumerate(texts, 100)]
