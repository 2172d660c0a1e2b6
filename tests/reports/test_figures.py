"""The project’s figures equal a recomputation by brute force, in a project that has lived."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

from annotation.models import Annotation, Consensus, Item, Membership, Run
from annotation.models.filters import Filters
from annotation.reports.figures.base import Figure, Value, table
from annotation.reports.figures.registry import KINDS, kinds_of
from tests.aggregation.test_agreement import by_definition
from tests.cast import OPTIONS, Cast
from tests.reports.crowd import populate

BOARD = kinds_of("project")
FILTERS = (Filters(), Filters(metadata="channel=mail"))


def items_of(cast: Cast, filters: Filters) -> dict[int, Item]:
    rows = Item.objects.filter(project=cast.project)
    return {item.pk: item for item in rows if not filters.asked or item.metadata.get("channel") == "mail"}


def votes_of(items: dict[int, Item], kind: str) -> list[Annotation]:
    rows = Annotation.objects.select_related("annotator").order_by("pk")
    return [
        each
        for each in rows
        if each.item_id in items
        and each.annotator.kind == kind
        and each.superseded_at is None
        and not each.advice
        and not each.as_check
    ]


def presented(cast: Cast, name: str, value: Value) -> Figure:
    return KINDS[name].present(Membership.objects.get(project=cast.project, user=cast.lead), value)


def linked(figure: Figure) -> list[tuple[Any, dict[str, str]]]:
    return [(cell.value, dict(cell.link.query)) for row in figure.rows for cell in row if cell.link is not None]


def test_a_figure_without_anything_to_count_says_what_is_missing(cast: Cast) -> None:
    empty = {kind.name: presented(cast, kind.name, kind.measure(cast.project, Filters())) for kind in BOARD}
    assert [name for name, figure in empty.items() if not figure.missing or figure.rows] == []


def test_figures_are_what_counting_row_by_row_gives(cast: Cast) -> None:
    populate(cast)
    for filters in FILTERS:
        measured = {kind.name: kind.measure(cast.project, filters) for kind in BOARD}
        items = items_of(cast, filters)
        people, models = votes_of(items, "human"), votes_of(items, "model")
        stages = Counter(item.stage for item in items.values())
        assert {stage: count for stage, count in measured["funnel"].items() if count} == dict(stages)

        burned = measured["burn_up"]
        assert [sum(row[place] for row in burned["steps"]) for place in (1, 2, 3)] == [
            len(items),
            stages["settled"],
            len(people),
        ]

        units: dict[int, list[str]] = defaultdict(list)
        for vote in people:
            units[vote.item_id].append(vote.answers["intent"])
        agreed = measured["agreement"]["questions"]["intent"]["all"]
        assert agreed["alpha"] == pytest.approx(by_definition(list(units.values())), abs=1e-9)
        assert agreed["low"] < agreed["alpha"] < agreed["high"]

        consensus = [row for row in Consensus.objects.all() if row.item_id in items]
        settled = [row for row in consensus if items[row.item_id].stage == "settled"]
        assert measured["automation"]["decided"] == Counter(row.decided_by for row in settled)
        ids = {row.item_id for row in settled}
        assert measured["savings"]["answers"] == sum(vote.item_id in ids for vote in people)
        assert measured["savings"]["items"] == len(ids)

        strata = measured["accuracy"]["questions"]["intent"]
        for by, stratum in strata.items():
            mine = [row for row in settled if row.decided_by == by]
            known = [row for row in mine if items[row.item_id].gold and by != "reviewer"]
            assert stratum["items"] == len(mine)
            assert stratum["believed"] == pytest.approx(sum(row.posterior for row in mine))
            assert stratum["gold"] == len(known)
            assert stratum["right"] == sum(row.value == items[row.item_id].gold["intent"] for row in known)

        found = measured["prevalence"]["questions"]["intent"]
        robot = [vote for vote in models if vote.annotator.name == "Robot"]
        blind: dict[int, list[str]] = defaultdict(list)
        for vote in reversed(people):
            if not vote.suggestion_seen:
                blind[vote.item_id].append(vote.answers["intent"])
        for label in OPTIONS:
            *_corrected, by_people, by_model, _weight = found["labels"][label]
            said = [Counter(given).most_common(1)[0][0] == label for given in blind.values()]
            assert by_people == pytest.approx(sum(said) / len(said))
            assert by_model == pytest.approx(sum(v.distribution["intent"][label] for v in robot) / len(robot))
        assert found["sample"] + found["rest"] == len(robot)

    runs = Run.objects.filter(project=cast.project)
    used = KINDS["cost"].measure(cast.project, Filters())["labelers"]
    assert sum(row[2] for _, rows in used for row in rows) == sum(run.done for run in runs)

    # Tables are whole, and a count in them leads to as many items.
    for kind in BOARD:
        name, figure = kind.name, presented(cast, kind.name, kind.measure(cast.project, Filters()))
        head, *rows = table(figure)
        assert rows and not figure.missing, name
        assert {len(row) for row in rows} == {len(head)}, name
        # What a value is called in files does not depend on a language.
        assert all(key.isidentifier() for key in head), name
    client = cast.api(cast.lead)
    for name in ("funnel", "automation", "accuracy"):
        figure = presented(cast, name, KINDS[name].measure(cast.project, Filters()))
        counts = [(value, query) for value, query in linked(figure) if isinstance(value, int)]
        assert counts
        for value, query in counts:
            assert len(client.get(cast.url("items"), {**query, "limit": 1000}).json()["results"]) == value, (
                name,
                query,
            )
