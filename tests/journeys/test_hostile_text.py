"""Text that bites (X1, X3, X5, X6): shown as it was written, on every page, and never executed."""

from __future__ import annotations

import csv
import io
import re
from unicodedata import normalize
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from annotation.models import ImportJob, Item, Piece, Project, Run, RunItem
from annotation.workflow.adding import add_items
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.exporting import export_snapshot, request_snapshot
from annotation.workflow.importing import import_file
from annotation.workflow.people import add_member
from annotation.workflow.projects import Definition, change_guidelines, create_project
from annotation.workflow.queueing import claim, skip
from annotation.workflow.reviewing import resolve
from annotation.workflow.running import start_run
from annotation.workflow.uploading import receive, start_import
from tests.cast import SCRIPTED, Cast
from tests.journeys.hostile import HOSTILE
from tests.journeys.visits import PHONE, NewContext, Watch, visit

ALL = "\n".join(HOSTILE)
# What a file may be called: the uploader's folders are cut off.
NAMES = [text for text in HOSTILE if "/" not in text and "\\" not in text]
MARKDOWN = f"""# Rules

[one](javascript:alert(1)) [two](JaVaScRiPt:alert(1)) [three](data:text/html,<script>alert(1)</script>)
[four](vbscript:alert(1)) <javascript:alert(1)> [five]: javascript:alert(1) [fine](https://fine.example/)
![image](/bitten.png) ![image](https://bitten.example/x.png) <img src=/bitten.png onerror=alert(1)>
<div hx-get="/bitten" hx-trigger="load">raw</div>

| a | b |
|---|---|
| <svg onload=alert(1)> | `<script>alert(1)</script>` |

```html
<script>alert(1)</script>
```

{ALL}
"""


# What makes the page itself wider than the screen; what scrolls or is cut inside its own box does not.
TOO_WIDE = """() => {
    const screen = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= screen) return [];
    return [...document.querySelectorAll("main *")].filter((element) => element.getBoundingClientRect().right > screen)
        .slice(0, 5).map((element) => [element.tagName, element.className, element.getBoundingClientRect().right]);
}"""


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def marked(mark: str) -> list[str]:
    """Every hostile text behind a word that says which place on the page it is meant for."""
    return [f"{mark} {text}" for text in HOSTILE]


def missing(page: Page, texts: list[str]) -> list[str]:
    """Which of the texts cannot be read on the page. Composed alike: Django composes accents where it shortens text."""
    # What lies far below the screen is not drawn until somebody scrolls there.
    page.evaluate("for (const part of document.querySelectorAll('main *')) part.style.contentVisibility = 'visible'")
    shown = normalize("NFC", plain(page.locator("body").inner_text()))
    return [text for text in texts if normalize("NFC", plain(text)) not in shown]


def unread(page: Page, *marks: str) -> list[str]:
    return missing(page, [text for mark in marks for text in marked(mark)])


@pytest.fixture
def project(cast: Cast) -> Project:
    """A project in which every text that somebody can write is hostile."""
    options = [{"value": text, "title": f"titled {text}", "description": f"means {text}"} for text in HOSTILE]
    question = {"name": "intent", "type": "choice", "title": ALL[:1900], "description": ALL[:1900], "options": options}
    definition = Definition(
        name=HOSTILE[0],
        fields=[{"name": "text", "type": "text", "title": HOSTILE[4]}, {"name": "more", "type": "text"}],
        questions=[question],
        guidelines="",
        policy={"overlap": 2, "audit_share": 0},
    )
    project = create_project(definition, user=cast.lead, judge=SCRIPTED)
    project = change_guidelines(project, MARKDOWN, user=cast.lead)
    add_member(project, cast.reviewer, "reviewer", by=cast.lead)
    add_member(project, cast.annotator, "annotator", by=cast.lead)
    votes = [
        {
            "annotator": f"by {text}",
            "answers": {"intent": HOSTILE[(n + 1) % len(HOSTILE)]},
            "rationale": f"because {text}",
            "kind": "human" if n % 2 else "model",
        }
        for n, text in enumerate(HOSTILE)
    ]
    everything = {
        "fields": {"text": "\n".join(marked("text")) + "W" * 5_000, "more": "\n".join(marked("more"))},
        "external_id": HOSTILE[4],
        "metadata": {f"key {text}": f"data {text}" for text in HOSTILE},
        "annotations": votes,
    }
    singles = [
        {"fields": {"text": text, "more": text}, "external_id": text, "annotations": votes[:1]} for text in HOSTILE
    ]
    added = add_items(project, [everything, *singles])
    assert not added.rejected
    return project


def test_it_is_shown_literally_on_every_page_of_work_and_does_nothing(
    new_context: NewContext, live_site: str, cast: Cast, project: Project
) -> None:
    root = f"{live_site}/projects/{project.slug}"
    everything = Item.objects.get(project=project, fields__text__endswith="W" * 5_000)
    page = visit(new_context, live_site, cast.lead)
    watch = Watch(page, live_site)

    page.goto(f"{root}/review/{everything.pk}/")
    assert unread(page, "text", "more", "titled", "means", "by", "because") == []
    everything.refresh_from_db()
    comment = "\n".join(marked("comment"))
    resolve(
        item=everything,
        reviewer=cast.reviewer,
        answers={"intent": HOSTILE[2]},
        version=everything.version,
        comment=comment,
    )
    # Decided meanwhile: the notice repeats the other reviewer's words.
    page.locator("#review-form input[type=radio]").nth(3).check()
    page.get_by_label("Comment").fill(ALL[:2_000])
    page.locator("#resolve").click()
    expect(page.locator(".conflict")).to_contain_text(f"titled {HOSTILE[2]}")
    assert unread(page, "text", "comment", "because") == []

    page.goto(f"{root}/items/{everything.pk}/")
    assert unread(page, "text", "more", "by", "because", "key", "data", "comment") == []
    page.goto(f"{root}/items/")
    assert len(missing(page, HOSTILE)) < 20  # fifty on a page
    for text in (HOSTILE[0], HOSTILE[31], HOSTILE[49]):
        page.get_by_label("Search").fill(text)
        page.wait_for_url(lambda address, text=text: parse_qs(urlsplit(address).query).get("search") == [text])
        page.reload()
        expect(page.get_by_label("Search")).to_have_value(text)

    annotator = project.annotators.get(user=cast.annotator)
    for text in HOSTILE[:5]:
        lease = claim(annotator)
        assert lease is not None
        skip(lease, reason=text)
    person = visit(new_context, live_site, cast.annotator)
    watch_person = Watch(person, live_site)
    person.goto(f"{root}/")
    assert person.locator(".prose [href^=http]").count() >= 1
    assert person.locator(".prose img, .prose script, .prose svg, .prose [onerror], .prose [hx-get]").count() == 0
    assert person.locator(".prose a:not([href^='http'], [href^='mailto'], [href^='/'])").count() == 0
    person.goto(f"{root}/annotate/")
    shown = person.locator("#card .item-text").first.inner_text()
    assert plain(shown) in [plain(text) for text in HOSTILE]
    assert unread(person, "titled", "means") == []
    # Every digit, the guidelines and the keys are still ours to press.
    person.keyboard.press("1")
    person.keyboard.press("g")
    person.keyboard.press("Enter")
    expect(person.locator(".save-state")).to_have_text("Saved.")
    person.keyboard.press("Space")
    person.get_by_label("Another reason").fill(HOSTILE[3])
    person.get_by_label("Another reason").press("Enter")
    expect(person.locator(".save-state")).to_have_text("Skipped.")

    page.goto(f"{root}/")
    assert missing(page, [HOSTILE[3]]) == []
    conflict = f"status of 409 (Conflict) ({root}/review/{everything.pk}/resolve/)"
    assert [complaint for complaint in watch.complaints if not complaint.endswith(conflict)] == []
    assert watch_person.complaints == []


def test_it_is_shown_literally_on_every_page_of_steering_and_does_nothing(
    new_context: NewContext, live_site: str, cast: Cast, project: Project
) -> None:
    root = f"{live_site}/projects/{project.slug}"
    page = visit(new_context, live_site, cast.lead)
    watch = Watch(page, live_site)
    for text in HOSTILE:
        create_project(
            Definition(name=text, fields=project.fields, questions=project.questions), user=cast.lead, judge=SCRIPTED
        )
        add_labeler(project, name=f"Model {text}"[:100], kind="prompted", config={**SCRIPTED, "instructions": text})
    page.goto(f"{live_site}/")
    assert missing(page, HOSTILE) == []

    columns = ["text", "more", *HOSTILE]
    uploads = [_upload(project, columns, name) for name in NAMES[:30]]
    page.goto(f"{root}/imports/")
    assert missing(page, NAMES[:30]) == []
    page.locator("input[type=file]").set_input_files({"name": NAMES[0], "mimeType": "text/csv", "buffer": b"text\nx\n"})
    expect(page.locator("[data-dropzone-title]")).to_have_text(plain(NAMES[0]))
    page.get_by_role("button", name="Upload and choose columns").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAMES[0])
    page.goto(f"{root}/imports/{uploads[0].pk}/")
    for select in page.locator(".mapping select").all()[:2]:
        assert [plain(text) for text in select.locator("option").all_inner_texts()][3:] == [plain(t) for t in HOSTILE]
    page.locator("[name=external_id]").select_option(index=10)
    expect(page.locator("#preview")).to_contain_text("Your own id")
    start_import(uploads[0])
    import_file(uploads[0].pk)
    ImportJob.objects.filter(pk=uploads[0].pk).update(error="\n".join(marked("error")))
    page.goto(f"{root}/imports/{uploads[0].pk}/")
    assert unread(page, "error") == []
    assert missing(page, HOSTILE[:10]) == []  # the refused row's first columns

    page.goto(f"{root}/models/")
    assert len(missing(page, HOSTILE)) < 10  # the longest are cut
    labeler = project.labelers.get(name=f"Model {HOSTILE[4]}")
    run = start_run(labeler, user=cast.lead)
    pieces = list(RunItem.objects.filter(run=run)[: len(HOSTILE)])
    for piece, text in zip(pieces, HOSTILE, strict=False):
        piece.state, piece.reason, piece.raw_reply = Piece.FAILED, f"because {text}", f"reply {text}"
    RunItem.objects.bulk_update(pieces, ["state", "reason", "raw_reply"])
    Run.objects.filter(pk=run.pk).update(state="failed", failed=len(pieces), error=ALL)
    page.goto(f"{root}/models/{labeler.pk}/")
    page.get_by_role("button", name="Retire").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"Retire {labeler}?")
    page.get_by_role("button", name="Go back").click()
    page.goto(f"{root}/runs/{run.pk}/")
    page.locator("details").evaluate_all("all => all.forEach((details) => (details.open = true))")
    assert unread(page, "because", "reply") == []

    snapshot = request_snapshot(project, format="csv", user=cast.lead)
    export_snapshot(snapshot.pk)
    page.goto(f"{root}/snapshots/")
    page.goto(f"{root}/snapshots/{snapshot.pk}/")

    page.goto(f"{root}/settings/")
    page.locator("#guidelines-shown").evaluate("details => details.open = true")
    assert unread(page, "titled", "means") == []
    page.goto(f"{root}/people/")
    form = page.locator("form", has=page.get_by_role("button", name="Add", exact=True))
    form.get_by_label("Username").fill(HOSTILE[0])
    form.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text(f"There is nobody called “{HOSTILE[0]}”")
    page.goto(f"{root}/")
    assert missing(page, [f"a run of {labeler}", f"the import of {NAMES[0]}"]) == []
    refused = f"status of 422 (Unprocessable Entity) ({root}/people/)"
    assert [complaint for complaint in watch.complaints if not complaint.endswith(refused)] == []


def test_long_words_do_not_push_a_page_off_the_phone(
    new_context: NewContext, live_site: str, cast: Cast, project: Project
) -> None:
    everything = Item.objects.get(project=project, fields__text__endswith="W" * 5_000)
    _upload(project, ["text", "more", "W" * 300], "W" * 200 + ".csv")
    page = visit(new_context, live_site, cast.lead, viewport=PHONE)
    paths = ["", "annotate/", f"review/{everything.pk}/", "review/", f"items/{everything.pk}/", "items/", "imports/"]
    too_wide = []
    for path in (*paths, "settings/", "models/", "people/", "snapshots/"):
        page.goto(f"{live_site}/projects/{project.slug}/{path}")
        too_wide += [(path, *element) for element in page.evaluate(TOO_WIDE)]
    assert too_wide == []


def _upload(project: Project, columns: list[str], name: str) -> ImportJob:
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(columns)
    rows.writerow([name, "more", *columns[2:]])
    rows.writerow(["", "more", *columns[2:]])
    return receive(project, io.BytesIO(file.getvalue().encode()), name)


def test_a_script_that_got_in_all_the_same_would_not_run(
    new_context: NewContext, live_site: str, cast: Cast, project: Project
) -> None:
    page = visit(new_context, live_site, cast.lead)
    watch = Watch(page, live_site)
    answer = page.goto(f"{live_site}/projects/{project.slug}/annotate/")
    assert answer is not None
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["form-action"] == "'self'"
    assert {policy[name] for name in ("object-src", "base-uri", "frame-ancestors")} == {"'none'"}
    assert "unsafe" not in str(policy)
    for html in (
        "<img src='data:,x' onerror='window.ran = 1'>",
        "<a id=run href='javascript:window.ran = 1'>x</a>",
        "<iframe srcdoc='<script>parent.ran = 1</script>'></iframe>",
        "<p id=htmx hx-on:click='window.ran = 1' hx-get='https://bitten.example/' hx-vals='js:{a: window.ran=1}'>x</p>",
    ):
        page.evaluate("html => document.querySelector('main').insertAdjacentHTML('afterbegin', html)", html)
    page.evaluate("window.htmx.process(document.querySelector('main'))")
    page.evaluate(
        """() => {
            document.head.append(Object.assign(document.createElement("script"), { text: "window.ran = 1" }));
            document.head.append(Object.assign(document.createElement("base"), { href: "https://bitten.example/" }));
            for (const id of ["run", "htmx"]) document.getElementById(id).click();
        }"""
    )
    # What the page does by itself afterwards shows that the above had its chance.
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator(".save-state")).to_have_text("Saved.")
    assert page.evaluate("window.ran") is None
    assert page.evaluate("document.baseURI").startswith(live_site)
    assert not [complaint for complaint in watch.complaints if complaint.startswith(("request", "dialog"))]
    refused = " ".join(watch.complaints)
    assert "script-src-attr" in refused and "script-src-elem" in refused and "base-uri" in refused
