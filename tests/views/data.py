"""What the tests of the data pages share: uploads, and clients that are signed in."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from annotation.models import ImportJob, User
from tests.cast import Cast

HTMX = {"HTTP_HX_REQUEST": "true"}
CSV = "id,text,label,channel\n1,Where is my parcel?,delivery,mail\n2,I want my money back,refund,chat\n"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(name: str, cast: Any, *args: object) -> str:
    """The address of a page in the cast's project (or any world's)."""
    return reverse(name, args=[cast.project.slug, *args])


def upload(client: Client, cast: Cast, content: str | bytes = CSV, name: str = "messages.csv") -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return client.post(page("imports", cast), {"file": SimpleUploadedFile(name, raw)})


def uploaded(client: Client, cast: Cast, content: str | bytes = CSV, name: str = "messages.csv") -> ImportJob:
    """An import whose columns are not chosen yet."""
    assert upload(client, cast, content, name).status_code == 302
    return ImportJob.objects.latest("pk")
