"""The sentences of the page's scripts, in its language (static/js/words.js)."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation.trans_real import DjangoTranslation
from django.views.i18n import JavaScriptCatalog

register = template.Library()


@register.simple_tag
def words() -> dict[str, Any]:
    """English sentence → what it is in the active language, or its plural forms; empty where that is English."""
    return _catalogue(get_language() or settings.LANGUAGE_CODE)


@cache
def _catalogue(language: str) -> dict[str, Any]:
    if language == settings.LANGUAGE_CODE:
        return {}
    catalogue = JavaScriptCatalog()
    catalogue.translation = DjangoTranslation(
        language, domain="djangojs", localedirs=[str(path) for path in settings.LOCALE_PATHS]
    )
    return catalogue.get_catalog()
