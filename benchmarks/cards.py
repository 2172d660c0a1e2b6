"""Milliseconds from Enter to the next painted card in Chromium, and what the annotation page costs when it is cold.

python -m benchmarks.cards [--items 1000 100000] [--cards 100]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Response, sync_playwright

from benchmarks.readings import Reading, machine, percentile, table
from benchmarks.server import Server, import_file, make_project, serve
from benchmarks.texts import OPTIONS, write_csv

PERSON = "person-1"
# Painted: two frames after the card changed, so that the browser has drawn it.
WATCH = """() => {
    window.painted = [];
    let pressed = 0;
    addEventListener("keydown", (event) => { if (event.key === "Enter") pressed = performance.now(); }, true);
    new MutationObserver((changes) => {
        if (!changes.some((change) => [...change.addedNodes].some((node) => node.id === "card"))) return;
        const began = pressed;
        requestAnimationFrame(() => requestAnimationFrame(() => window.painted.push(performance.now() - began)));
    }).observe(document.body, { childList: true, subtree: true });
}"""
SAVED = "count => parseInt(document.querySelector('.desk-count').textContent.replace(/\\D/g, '')) >= count"


def readings(server: Server, *, items: Sequence[int], cards: int) -> list[Reading]:
    """A person who reads for half a second and answers, card after card, in a project of each size."""
    found: list[Reading] = []
    [person] = server.hire([PERSON])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        context = browser.new_context()
        page = context.new_page()
        page.goto(server.url + person.link)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_load_state()
        for size in items:
            file = Path(folder) / f"{size}.csv"
            write_csv(file, size)
            slug = make_project(server, f"Cards {size} {time.monotonic_ns()}", annotators=[PERSON], options=OPTIONS)
            import_file(server.client(), slug, file)
            address = f"{server.url}/projects/{slug}/annotate/"
            if not found:
                found += _cold(context, address)
            times = _answer(page, address, cards)
            name = f"Enter to the painted card, {size:,} items"
            found.append(Reading(f"{name}, median", [percentile(times, 0.5)], "ms", f"{cards} cards"))
            found.append(Reading(f"{name}, p95", [percentile(times, 0.95)], "ms"))
        browser.close()
    return found


def _answer(page: Page, address: str, cards: int) -> list[float]:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.evaluate(WATCH)
    for number in range(cards):
        page.wait_for_timeout(500)
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        page.wait_for_function("count => window.painted.length >= count", arg=number + 1)
    # Fast is worth nothing where an answer got lost.
    page.wait_for_function(SAVED, arg=cards)
    return [float(each) for each in page.evaluate("window.painted")]


def _cold(context: BrowserContext, address: str) -> list[Reading]:
    """The page in a browser that has nothing of it, as many bytes as go over the wire."""
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    received: list[float] = []
    answers: list[Response] = []
    client.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.on("response", lambda response: answers.append(response))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.close()
    return [
        Reading("annotation page, cold: requests", [len(answers)], ""),
        Reading("annotation page, cold: over the wire", [sum(received) / 1024], "kB"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.cards", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--cards", type=int, default=100)
    options = parser.parse_args()
    print(f"Before: {machine()}\n")
    with serve() as server:
        found = readings(server, items=options.items, cards=options.cards)
    print(table(found))
    print(f"\nAfter: {machine()}")


if __name__ == "__main__":
    main()
