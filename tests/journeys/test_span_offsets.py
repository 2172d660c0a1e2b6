"""What is selected in a browser is what the server keeps, whatever the text is made of."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import regex
from playwright.sync_api import Page, expect

from annotation.questions import type_of
from tests.journeys.bench import card, lay, spans_project
from tests.scripts import hostile_text

TEXTS, AT_ONCE, PER_TEXT = 200, 50, 10
# Each case [number of the text, from, to in UTF-16 units, exactly] is selected in the document as a mouse would, and
# labelled by key; back come the answers as they would be posted.
MARK_ALL = """async (cases) => {
    const channel = new MessageChannel();
    const turn = () => new Promise((done) => { channel.port1.onmessage = done; channel.port2.postMessage(0); });
    const questions = [...document.querySelectorAll("[data-type=spans]")];
    // One card at a time, as people have them.
    const cards = [...document.querySelectorAll(".card")];
    for (const each of cards) each.hidden = true;
    const place = (text, offset) => {
        const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
        let rest = offset;
        while (walker.nextNode() && rest > walker.currentNode.length) rest -= walker.currentNode.length;
        return [walker.currentNode, rest];
    };
    for (const [at, from, to, altKey] of cases) {
        const text = questions[at].querySelector("[data-spans-text]");
        const key = { key: "1", bubbles: true, cancelable: true };
        const press = () => text.dispatchEvent(new KeyboardEvent("keydown", key));
        if (cards[at].hidden) {
            for (const [place, each] of cards.entries()) each.hidden = place !== at;
            // In most texts the label is armed first.
            if (at % 4) press();
        }
        document.getSelection().setBaseAndExtent(...place(text, from), ...place(text, to));
        text.dispatchEvent(new PointerEvent("pointerdown", { pointerType: "mouse", bubbles: true }));
        dispatchEvent(new MouseEvent("mouseup", { altKey }));
        await new Promise((done) => setTimeout(done));
        if (!questions[at].querySelector(".spans-palette").hidden) press();
        await turn();
    }
    return [...document.forms].map((form) => new FormData(form).get("answer-entities"));
}"""


def test_two_thousand_selections_in_hostile_text_become_what_the_server_keeps(page: Page) -> None:
    random = Random(20261121)
    asked = spans_project()
    question = asked.question_list[0]
    total = 0
    for _ in range(TEXTS // AT_ONCE):
        texts = [hostile_text(random, 20) for _ in range(AT_ONCE)]
        lay(page, *(card(asked, {"text": text}) for text in texts))
        expect(page.locator("[data-type=spans][data-mounted]")).to_have_count(AT_ONCE, timeout=30_000)
        cases = [
            [at, *sorted(random.sample(range(_units(text) + 1), 2)), random.random() < 0.5]
            for at, text in enumerate(texts)
            for _ in range(PER_TEXT)
        ]
        posted = [json.loads(answer) for answer in page.evaluate(MARK_ALL, cases)]
        assert len(posted) == AT_ONCE
        for text, spans, exactly in zip(texts, posted, _exact(texts, cases), strict=True):
            # The server finds nothing to correct and nothing to refuse.
            assert type_of(question).clean(question, spans, {"text": text}) == spans
            ends = {0, *(found.end() for found in regex.finditer(r"\X", text))}
            assert {span[side] for span in spans for side in ("start", "end")} <= ends, "a character was cut"
            found = {(span["start"], span["end"]) for span in spans}
            # Exact selections are exactly those, grown to whole characters.
            assert exactly <= found
            assert len(found) <= PER_TEXT
            total += len(found)
    # Some fall together, and white space alone is no word.
    assert total > 0.75 * TEXTS * PER_TEXT


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _exact(texts: list[str], cases: list[Any]) -> list[set[tuple[int, int]]]:
    """Per text, what its exact selections must become, in code points."""
    wanted: list[set[tuple[int, int]]] = [set() for _ in texts]
    for at, first, last, exactly in cases:
        if not exactly:
            continue
        units = [0]
        for character in texts[at]:
            units.append(units[-1] + _units(character))
        ends = [0, *(found.end() for found in regex.finditer(r"\X", texts[at]))]
        start = max(end for end in ends if units[end] <= first)
        end = min(end for end in ends if units[end] >= last)
        wanted[at].add((start, end))
    return wanted
