"""Answers per second and latency of annotators without think time, and whether every acknowledged answer is there.

python -m benchmarks.annotating [--items 1000 100000] [--people 1 8] [--answers 160] [--repeats 3]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.annotators import WAYS, Done, Job, sign_in, work
from benchmarks.client import Client
from benchmarks.readings import Reading, load, machine, percentile, table
from benchmarks.server import Server, import_file, make_project, serve
from benchmarks.texts import OPTIONS, write_csv

PAGE = 1_000  # rows per request when everything is read back


def readings(
    server: Server, *, items: Sequence[int], people: Sequence[int], answers: int, repeats: int, ways: Sequence[str]
) -> list[Reading]:
    """`answers` per repeat, shared among the people. Every size and way has a project of its own.

    Raises RuntimeError where an acknowledged answer is not stored, or an item has more answers than were asked for.
    """
    crew = [f"person-{number}" for number in range(1, max(people) + 1)]
    sessions = _sessions(server, crew) if "pages" in ways else {}
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for size in items:
            file = Path(folder) / f"{size}.csv"
            write_csv(file, size)
            for way in ways:
                slug = make_project(server, f"{way} {size} {time.monotonic_ns()}", annotators=crew, options=OPTIONS)
                import_file(server.client(), slug, file)
                acknowledged: list[int] = []
                for count in people:
                    runs = [_run(server, way, slug, crew[:count], sessions, answers) for _ in range(repeats)]
                    acknowledged += [item for run in runs for done in run for item in done.items]
                    found += _figures(f"{way}, {count} at once, {size:,} items", runs)
                found.append(_correct(server, way, slug, size, acknowledged))
    return found


def _sessions(server: Server, crew: Sequence[str]) -> dict[str, dict[str, str]]:
    """Everybody signs in by their link; their cookies."""
    sessions = {}
    for person in server.hire(crew):
        client = Client(server.url)
        sign_in(client, person.link)
        sessions[person.name] = client.cookies
        client.close()
    return sessions


def _run(
    server: Server, way: str, slug: str, crew: Sequence[str], sessions: dict[str, dict[str, str]], answers: int
) -> list[Done]:
    share = max(1, answers // len(crew))
    by_page = way == "pages"
    return work(
        [
            Job(
                way,
                server.url,
                slug,
                "" if by_page else person.token,
                sessions.get(person.name, {}) if by_page else {},
                share,
            )
            for person in server.hire(crew)
        ]
    )


def _figures(name: str, runs: Sequence[Sequence[Done]]) -> list[Reading]:
    rates = []
    for run in runs:
        wall = max(done.ended for done in run) - min(done.began for done in run)
        rates.append(sum(len(done.items) for done in run) / wall)
    figures = [Reading(name, rates, "answers/s", load())]
    for what in ("claims", "submits"):
        times = [[seconds * 1000 for done in run for seconds in getattr(done, what)] for run in runs]
        if what == "claims" and sum(map(len, times)) < 10 * len(times):
            continue  # the first item alone says nothing about claiming
        figures += [
            Reading(f"{name}: {what[:-1]} p{share}", [percentile(run, share / 100) for run in times], "ms")
            for share in (50, 95)
        ]
    return figures


def _correct(server: Server, way: str, slug: str, size: int, acknowledged: Sequence[int]) -> Reading:
    """Read every answer back. Raises RuntimeError where one is missing, doubled, or beyond the overlap of one."""
    stored: list[int] = []
    client = server.client()
    path = f"projects/{slug}/annotations/?limit={PAGE}"
    while path:
        page = client.api("GET", path)
        stored += [row["item"] for row in page["results"]]
        path = page["next"].partition("/api/v1/")[2] if page["next"] else ""
    client.close()
    over = sum(count > 1 for count in Counter(stored).values())
    if sorted(stored) != sorted(acknowledged) or over:
        raise RuntimeError(f"{way}: {len(acknowledged)} acknowledged, {len(stored)} stored, {over} items over overlap")
    note = f"of {len(acknowledged)} acknowledged; items answered twice: {over}"
    return Reading(f"{way}, {size:,} items: answers stored", [len(stored)], "", note)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--people", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--answers", type=int, default=160, help="per repeat")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    options = parser.parse_args()
    if options.answers * options.repeats * len(options.people) > min(options.items):
        parser.error("not enough items for that many answers: fewer --answers or --repeats, or more --items")
    print(machine())
    with serve() as server:
        print(table(readings(server, **vars(options))))


if __name__ == "__main__":
    main()
