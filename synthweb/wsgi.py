"""The WSGI application: `gunicorn synthweb.wsgi`."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "synthweb.settings")
os.environ.setdefault("SYNTHWEB_ROLE", "web")

application = get_wsgi_application()
