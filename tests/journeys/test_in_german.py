"""A lead's pages in German: server and scripts leave nothing in English, and nothing breaks on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tests.cast import Cast
from tests.journeys.furnished import furnish
from tests.journeys.visits import PHONE, NewContext, visit
from tests.synthweb.test_catalogues import DOMAINS, SPOKEN, entries
from tests.synthweb.test_language import Texts
from tests.views.data import signed_in

# What people, models, files and workers said there, in whatever language.
SAID = re.compile(
    r"Message number|What do they want|want their money|Not an option|The model went away|# Rules|id: 2, text:"
    r"|There is no text in|Where is it|support-messages|[Rr]obot|team-vllm|hooks\.example\.org"
    r"|The target answered|^[0-9a-f]{64}$|CoNLL|Hugging Face dataset|spaCy JSON Lines"
    r"|SHA-256|et al\.|Wei & Zou|arXiv"
)
# The example projects are in English, for the adapting.
EXAMPLES = {"project_design sentiment"}
# The API speaks English, and so does the page that says how to begin with it.
IN_ENGLISH = {"api_guide"}
WORD = re.compile(r"[^\W\d_]{2,}")
READ = """(spoken) => {
    const found = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const around = walk.currentNode.parentElement;
        if (!around.closest("script, style, template, noscript, [lang=en]")) found.add(walk.currentNode.textContent);
    }
    for (const name of spoken)
        for (const element of document.querySelectorAll(`[${name}]`)) found.add(element.getAttribute(name));
    return [...found].map((text) => text.trim().replace(/\\s+/g, " ")).filter(Boolean);
}"""


def in_english(texts: Iterable[str]) -> list[str]:
    """Those that a catalogue says otherwise in German."""
    sentences = {said for domain in DOMAINS for said, text in entries(domain) if said != text and " " in said}
    return sorted(text for text in texts if text in sentences)


def test_no_page_of_a_lead_is_left_in_english_or_breaks_on_a_phone(
    new_context: NewContext, live_site: str, cast: Cast
) -> None:
    boss, paths = furnish(cast)
    page, client = visit(new_context, live_site, boss, locale="de-DE", viewport=PHONE), signed_in(boss)
    left: dict[str, list[str]] = {}
    wide = []
    for name, path in paths.items():
        page.goto(live_site + path, wait_until="domcontentloaded")
        german = set(page.evaluate(READ, SPOKEN))
        # What is the same in both languages has not been translated at all.
        same = german & Texts(client.get(path).content.decode()).texts if name not in EXAMPLES else set()
        untold = [text for text in sorted(same) if len(WORD.findall(text)) > 2 and not SAID.search(text)]
        if (english := in_english(german) + untold) and name not in IN_ENGLISH:
            left[name] = english
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(name)
    assert (left, wide) == ({}, [])
