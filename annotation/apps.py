"""The one Django app."""

from __future__ import annotations

from functools import partial

from django.apps import AppConfig
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from annotation.questions.speech import Language, speak


class AnnotationConfig(AppConfig):
    name = "annotation"
    verbose_name = "Annotation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        speak(Language(gettext, ngettext, partial(number_format, force_grouping=True)))
