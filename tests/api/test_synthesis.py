"""A recipe from plan to provenance, by the API alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annotation.models import SynthesisRun
from annotation.workflow.synthesizing import synthesize
from tests.cast import SCRIPTED, Cast
from tests.recipes import NAME, offered


@pytest.fixture(autouse=True)
def echo() -> Iterator[None]:
    with offered():
        yield


def test_a_script_plans_runs_and_traces_a_recipe(cast: Cast) -> None:
    api = cast.api(cast.lead)
    cast.add("Where is it?", "I want my money back.", gold={"intent": "refund"})
    offered = {each["name"]: each for each in api.get(cast.url("recipes")).json()["results"]}
    assert offered[NAME]["parameters"][0]["name"] == "times" and offered[NAME]["filters"][0]["name"] == "brief"
    script = {"rules": [{"contains": "money", "rationale": "No."}], "default": {"rationale": "again"}}
    wanted = {
        "recipe": NAME,
        "filters": {"source": "imported"},
        "roles": {"generator": SCRIPTED | {"script": script}},
        "licence": "CC0",
    }
    plan = api.post(cast.url("syntheses", "plan"), wanted, format="json").json()
    assert (plan["seeds"], plan["requests"], plan["prompts"][0]["llm"]) == (2, 4, "scripted")
    started = api.post(cast.url("syntheses"), wanted, format="json")
    assert started.status_code == 202, started.content
    run = started.json()["id"]
    synthesize(run)
    told = api.get(cast.url("syntheses", run)).json()
    assert (told["state"], told["items"], told["licence"]) == ("done", 1, "CC0")
    assert [(step["step"], step["count"], step["lost"]) for step in told["funnel"]] == [
        ("requested", 3, 0), ("parsed", 1, 1), ("brief", 1, 0),
        ("distinct", 1, 0), ("reviewed", 0, 0), ("accepted", 0, 0),
    ]  # fmt: skip
    [kept] = api.get(cast.url("syntheses", run, "candidates"), {"fate": "kept"}).json()["results"]
    assert kept["answers"] == {"intent": "refund"} and len(kept["verdicts"]) == 2
    requests = api.get(cast.url("syntheses", run, "requests")).json()["results"]
    assert [each["place"] for each in requests] == [0, 1, 2]
    provenance = api.get(cast.url("items", kept["item"], "provenance")).json()
    assert provenance["candidate"]["id"] == kept["id"]
    assert provenance["requests"][0]["prompt"]["instructions"].startswith("Say this again")
    assert cast.api(cast.reviewer).get(cast.url("items", kept["item"], "provenance")).status_code == 403
    # People decide, blind, and the funnel knows whether it is what it was made to be.
    cast.policy(min_human=1, overlap=1)
    for _lease in range(3):
        cast.answer(cast.annotator, "refund")
    funnel = api.get(cast.url("syntheses", run)).json()["funnel"]
    assert [step["count"] for step in funnel[-2:]] == [1, 1]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"recipe": "nothing"}, "recipe"),
        ({"parameters": {"times": 99}}, "parameters.times"),
        ({"roles": {"generator": "local"}}, "roles.generator"),
        ({"filters": {"stage": "nowhere"}}, "stage"),
        ({"seed_limit": -1}, "seed_limit"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_told_by_name(cast: Cast, change: dict[str, object], field: str) -> None:
    cast.add("Where is it?")
    refused = cast.api(cast.lead).post(cast.url("syntheses"), {"recipe": NAME, **change}, format="json")
    assert refused.status_code == 400, refused.content
    assert refused.json()["errors"][0]["field"] == field
    assert not SynthesisRun.objects.exists()
