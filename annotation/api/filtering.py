"""The item filters as query parameters, and as a JSON object of a body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError

from annotation.models import DecidedBy, Membership, Source, Stage
from annotation.models.filters import MATCHES, ORDERS, PARAMETERS, REASONS, Filters, InvalidFilter, parse_filters

FILTERS = PARAMETERS
ENUMS: dict[str, Any] = {
    "match": list(MATCHES),
    "stage": Stage.values,
    "decided_by": DecidedBy.values,
    "source": Source.values,
    "order": list(ORDERS),
    "flagged": ["yes", "no"],
    "audit": ["yes", "no"],
    "gold": ["yes", "no"],
    "reason": list(REASONS),
}
DESCRIPTIONS = {
    "search": "Words that the item shows, or their beginnings; “quoted phrases”; none that follows a minus.",
    "match": "`words` (default), or `literal`: the very text, slower in large projects.",
    "label": "What leads: `refund`, or `intent:refund` for one question.",
    "decided_by": "Who the leading answer rests on.",
    "sure_from": "Least posterior of the least certain question, 0 to 1.",
    "sure_to": "Greatest posterior of the least certain question, 0 to 1.",
    "disagreement": "Least mean distance between two votes, 0 to 1.",
    "answered_by": "Number of an annotator, person or model.",
    "not_answered_by": "Number of an annotator, person or model.",
    "metadata": "`key=value`; a list has each of its values.",
    "imported_from": "A day (UTC), included; so are the other days.",
    "parent": "Items made from this one.",
    "child": "Items that this one was made from.",
    "audit": "Managers only.",
    "gold": "Managers only.",
    "reason": "Why a reviewer is asked; `waiting`: any reason, `flagged`: somebody flagged it, at whatever stage.",
    "order": "Default `oldest`.",
    "near": "A sentence: the 100 items nearest to it in meaning. 503 with Retry-After until a model has read it.",
    "like": "Number of an item: the 100 items nearest to it in meaning.",
}


def filter_parameters() -> list[OpenApiParameter]:
    """Every filter, described."""
    names = (*FILTERS, "order", "near", "like")
    return [OpenApiParameter(name, enum=ENUMS.get(name), description=DESCRIPTIONS.get(name, "")) for name in names]


def read_filters(asked: Mapping[str, Any], membership: Membership) -> Filters:
    """Raises ValidationError."""
    wrong = {name[:80]: ["This must be text."] for name, value in asked.items() if not isinstance(value, str)}
    if wrong:
        raise ValidationError(wrong)
    try:
        return parse_filters(asked, membership.project, may_manage=membership.may_manage)
    except InvalidFilter as error:
        raise ValidationError({name: [message] for name, message in error.errors.items()}) from error
