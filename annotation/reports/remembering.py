"""Figures that many pages ask for again and again, kept in the site's cache for a few seconds."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache
from redis.exceptions import RedisError

Figures = TypeVar("Figures")

logger = logging.getLogger(__name__)


def remembered(key: str, seconds: float, compute: Callable[[], Figures]) -> Figures:
    """What `compute` answered at most `seconds` ago. Without its cache the site is slower, not down."""
    try:
        if (kept := cache.get(key)) is not None:
            return kept
        figures = compute()
        cache.set(key, figures, seconds)
    except RedisError as error:
        logger.warning("cache unreachable: %s", type(error).__name__)
        return compute()
    return figures


def recalled(key: str) -> Any:
    """What `remembered` keeps under this key, None where it keeps nothing."""
    try:
        return cache.get(key)
    except RedisError as error:
        logger.warning("cache unreachable: %s", type(error).__name__)
        return None
