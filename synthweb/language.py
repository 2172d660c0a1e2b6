"""The language of a page: what the signed-in person chose, else what their browser asks for."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation


class SpokenLanguage(LocaleMiddleware):
    """Behind the authentication, because the person's own choice comes first. The API speaks English, for programs."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path.startswith("/api/"):
            self._speak(request, settings.LANGUAGE_CODE)
            return
        super().process_request(request)
        preferences = getattr(request.user, "preferences", None) or {}
        if (chosen := preferences.get("language")) in dict(settings.LANGUAGES):
            self._speak(request, chosen)

    def _speak(self, request: HttpRequest, language: str) -> None:
        translation.activate(language)
        request.LANGUAGE_CODE = language
