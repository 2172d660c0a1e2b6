"""An upload shows how far it is, can be given up, and says what went wrong without losing the chosen file."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from annotation.models import ImportJob
from tests.cast import Cast

from .visits import NewContext, visit

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_upload_is_given_up_broken_off_refused_and_taken(
    cast: Cast, live_site: str, new_context: NewContext, tmp_path: Path
) -> None:
    page = visit(new_context, live_site, cast.lead)
    address = f"{live_site}/projects/{cast.project.slug}/imports/"
    page.goto(address)
    bar, problem = page.locator("[data-upload-progress]"), page.locator("[data-upload-problem]")
    send = page.locator("[data-upload-button]")
    file = tmp_path / "some.csv"
    file.write_text("text\nWhere is my parcel?\n")
    page.locator("input[type=file]").set_input_files(file)

    held: list[Route] = []
    network = [held.append, Route.abort, Route.continue_, Route.continue_]
    page.route(address, lambda route: network.pop(0)(route) if route.request.method == "POST" else route.continue_())
    send.click()
    expect(bar.get_by_role("progressbar")).to_be_visible()
    expect(send).to_have_attribute("aria-disabled", "true")
    send.click(force=True)
    bar.get_by_role("button").click()
    expect(bar).to_be_hidden()
    expect(send).to_be_focused()
    assert len(held) == 1, "the second click on the button sent nothing"

    send.click()
    expect(problem).to_contain_text("The upload broke off")

    page.locator("input[type=file]").set_input_files({"name": "empty.csv", "mimeType": "text/csv", "buffer": b""})
    expect(problem).to_be_hidden()
    send.click()
    expect(problem).to_be_visible()
    assert not ImportJob.objects.exists()

    page.locator("input[type=file]").set_input_files(file)
    expect(problem).to_be_hidden()
    send.click()
    page.wait_for_url(f"{address}*/")
    assert ImportJob.objects.get().filename == "some.csv"
