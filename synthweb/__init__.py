"""The Django project: settings, URLs, Celery, the embedded stack and its supervisor."""

from synthweb.celery import app as celery_app

__all__ = ["celery_app"]
