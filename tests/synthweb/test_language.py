"""German as the proof that the interface can be translated: what is chosen is spoken, nothing is left in English."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from annotation.models import Item, Membership, Stage
from annotation.templatetags.face import ago, number
from annotation.workflow.annotating import submit
from annotation.workflow.inviting import Offer, invite
from annotation.workflow.projects import change_guidelines
from tests.cast import Cast
from tests.synthweb.test_catalogues import SPOKEN
from tests.views.data import page, signed_in

GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de-AT,de;q=0.9,en;q=0.5"}
# What the tests put there, what has the same name in both languages, and what is no word.
DATA = {
    "SynthWeb", "API", "Support messages", "Support messages · SynthWeb", "lead", "annotator", "reviewer", "second",
    "stranger", "refund", "delivery", "other", "Intent", "Esc", "Robot", "Authorization: Token …", "Deutsch", "English",
    "Annotation", "Name", "Option", "Status", "Token", "System", "Version", "Pause", "Ctrl", "Tab", "Del", "Alt",
}  # fmt: skip
SAME = re.compile(r"\d+ \w{3}|https?://\S+|[a-z]+ · Support messages · SynthWeb|Intent:")
ITEM = "Elefant"


class Texts(HTMLParser):
    """Every text of a page that somebody sees or hears, but for what is in another language on purpose."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style", "template")
        self.texts.update(value.strip() for name, value in attrs if name in SPOKEN and value)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style", "template")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.add(" ".join(data.split()))


def words(response: object) -> set[str]:
    assert response.status_code == 200  # type: ignore[attr-defined]
    found = Texts(response.content.decode()).texts - DATA  # type: ignore[attr-defined]
    return {
        text for text in found if re.search(r"[^\W\d_]{2,}", text) and ITEM not in text and not SAME.fullmatch(text)
    }


def pages(cast: Cast) -> dict[str, tuple[Client, str]]:
    """The parts that are translated, with something on each."""
    change_guidelines(cast.project, f"{ITEM}.", user=cast.lead)
    known = cast.add(*(f"{ITEM} {number}" for number in range(3)), gold={"intent": "refund"}, external_id=ITEM)
    Item.objects.filter(pk__in=[item.pk for item in known]).update(stage=Stage.SETTLED)
    vote = {"annotator": "Robot", "answers": {"intent": "refund"}, "rationale": ITEM}
    cast.add(f"{ITEM} work", annotations=[vote], external_id=ITEM)
    cast.policy(qualification_items=1, overlap=2)
    submit(assignment=cast.claim(cast.annotator), answers={"intent": "refund"}, seconds=3)
    submit(assignment=cast.claim(cast.second), answers={"intent": "other"}, seconds=3)
    member = Membership.objects.get(project=cast.project, user=cast.annotator)
    _, token = invite(cast.project, Offer(note=ITEM), by=cast.lead)
    lead, annotator, second = (signed_in(user) for user in (cast.lead, cast.annotator, cast.second))
    return {
        "home": (lead, reverse("home")),
        "people": (lead, page("people", cast)),
        "member": (lead, page("member", cast, member.pk)),
        "own work": (annotator, page("my_work", cast)),
        "own overview": (annotator, page("project_overview", cast)),
        "card": (annotator, page("annotate", cast)),
        "nothing given": (second, page("annotate", cast)),
        "not passed": (second, page("qualification", cast)),
        "passed": (annotator, page("qualification", cast)),
        "tokens": (annotator, reverse("tokens")),
        "join with an account": (signed_in(cast.stranger), reverse("join", args=[token])),
        "join without one": (Client(), reverse("join", args=[token])),
    }


def test_what_is_translated_leaves_nothing_in_english(cast: Cast) -> None:
    shown = pages(cast)
    left = {}
    for name, (client, address) in shown.items():
        english, german = words(client.get(address)), words(client.get(address, **GERMAN))  # type: ignore[arg-type]
        assert german, name
        if both := english & german:
            left[name] = both
    assert left == {}


def test_the_persons_own_choice_comes_before_their_browsers(cast: Cast) -> None:
    client = signed_in(cast.annotator)
    assert "Ihre Projekte" in client.get("/", **GERMAN).content.decode()  # type: ignore[arg-type]
    response = client.post(reverse("language"), {"language": "en", "next": page("my_work", cast)}, **GERMAN)  # type: ignore[arg-type]
    assert response["Location"] == page("my_work", cast)
    assert "Your projects" in client.get("/", **GERMAN).content.decode()  # type: ignore[arg-type]
    client.post(reverse("language"), {"language": "de"})
    shown = client.get("/").content.decode()
    assert '<html lang="de">' in shown
    assert "Ihre Projekte" in shown


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_a_choice_leads_back_to_this_site_alone_and_an_unknown_one_changes_nothing(cast: Cast, target: str) -> None:
    client = signed_in(cast.annotator)
    response = client.post(reverse("language"), {"language": "xx", "next": target})
    assert response["Location"] == reverse("home")
    cast.annotator.refresh_from_db()
    assert "language" not in cast.annotator.preferences


def test_the_api_speaks_english(cast: Cast) -> None:
    refused = cast.api(cast.lead).post(cast.url("members"), {"username": "", "role": "x"}, HTTP_ACCEPT_LANGUAGE="de")
    assert "may not be blank" in str(refused.json())


def test_numbers_and_times_are_written_as_the_language_does() -> None:
    with translation.override("de"):
        assert (number(12345), ago(timezone.now() - timedelta(days=2, hours=1))) == ("12.345", "vor 2\xa0Tagen")
    assert number(12345) == "12,345"
