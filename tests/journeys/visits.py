"""Browsers of people who are signed in, and a watch over what no page should ever do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Page, Request, ViewportSize, expect

from annotation.models import Project, User

NewContext = Callable[..., BrowserContext]
WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
TELL = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`refused by the policy: ${event.violatedDirective} ${event.blockedURI}`));"""


def visit(new_context: NewContext, site: str, user: User | None, **options: Any) -> Page:
    """A page of a browser of its own, in which this person is signed in (by cookie: `test_main_job` uses the link)."""
    context = new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **options})
    if user is not None:
        client = Client()
        client.force_login(user)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
    return context.new_page()


def resize(page: Page, size: ViewportSize) -> None:
    """Returns when the page's scripts have answered it: what lies over a text is placed anew with the next frame."""
    page.set_viewport_size(size)
    page.wait_for_function("width => innerWidth === width", arg=size["width"])
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn())))")


def open_desk(page: Page, site: str, project: Project) -> Page:
    """The page with the first card on it."""
    page.goto(f"{site}/projects/{project.slug}/annotate/")
    expect(page.locator("#card [data-card-heading]")).to_contain_text("Item")
    return page


class Watch:
    """Everything that went wrong in a page since it was put under watch: `complaints` is empty on a good day."""

    def __init__(self, page: Page, site: str) -> None:
        self.site = site
        self.complaints: list[str] = []
        page.add_init_script(TELL)
        page.on("dialog", self._dialog)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("request", self._request)

    def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        ours = request.url.startswith((f"{self.site}/", "data:image/svg+xml"))
        if not ours or "bitten" in request.url.split("?")[0]:
            self.complaints.append(f"request: {request.url[:200]}")
