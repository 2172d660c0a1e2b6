"""The ASGI application, for hosts that want one."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "synthweb.settings")
os.environ.setdefault("SYNTHWEB_ROLE", "web")

application = get_asgi_application()
