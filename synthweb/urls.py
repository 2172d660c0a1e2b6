"""The site's addresses."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from synthweb.health import healthz

# Through the site's own sign-in, whose failed attempts are limited; the admin's are not.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler500 = "synthweb.failing.failed"

urlpatterns = [
    path("", include("annotation.urls")),
    path("api/v1/", include("annotation.api.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="api/docs.html"), name="docs"
    ),
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
