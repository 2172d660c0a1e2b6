"""Connections: only administrators' addresses, keys that no copy of the database gives away."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.test import override_settings

from annotation.labelers import InvalidConfig, check_config
from annotation.llms import Endpoint
from annotation.models import Connection, JobState, User
from annotation.workflow.connecting import (
    Settings,
    add_connection,
    change_connection,
    reachable,
)
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.errors import Refused
from annotation.workflow.labeling import label_chunk
from annotation.workflow.people import create_user
from annotation.workflow.running import start_run
from tests.cast import Cast
from tests.endpoints import KEY

VLLM = Settings(name="team-vllm", base_url="http://10.0.0.7:8000/v1/", model="qwen")
LLM = {"llm": "team-vllm"}


@pytest.fixture
def root(db: None) -> User:
    return create_user("root", admin=True)


def test_a_labelers_name_for_a_connection_becomes_its_endpoint(root: User) -> None:
    add_connection(replace(VLLM, price_in=Decimal("0.5"), concurrency=7, deadline=9), key=f" {KEY} ", by=root)
    config = reachable({**LLM, "samples": 3})
    assert config["llm"] == Endpoint(
        "team-vllm", "http://10.0.0.7:8000/v1", "qwen", KEY, 7, 9.0, Decimal("0.5"), Decimal(0), 3
    )
    assert reachable({"llm": "local"}) == {"llm": "local"}


def test_no_table_holds_the_key(root: User) -> None:
    """L5: read as a thief would, table by table, every column as text."""
    add_connection(VLLM, key=KEY, by=root)
    leaked = []
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f'SELECT row_to_json(t)::text, t::text FROM "{table}" t')
            leaked += [table for row in cursor.fetchall() if KEY in str(row) or KEY.encode().hex() in str(row)]
    assert leaked == []


def test_a_changed_secret_key_is_told_in_a_sentence(root: User, cast: Cast) -> None:
    add_connection(VLLM, key=KEY, by=root)
    labeler = add_labeler(cast.project, name="Remote", kind="prompted", config=LLM)
    with override_settings(SECRET_KEY="another"), pytest.raises(Refused, match="enter the key again"):
        start_run(labeler, user=cast.lead)


@pytest.mark.parametrize(
    "url",
    ["ftp://a/v1", "file:///etc/passwd", "//a/v1", "a/v1", "http://", "http://u:p@a/v1", "http://u@a/v1",
     "http://a/v1#x", "http://a/v1?key=1", "http://a:99999/v1", "http://a b/v1", "http://a/v1\nx",
     "http://[::1/v1", ""],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(root: User, url: str) -> None:
    with pytest.raises(Refused) as refused:
        add_connection(replace(VLLM, base_url=url), by=root)
    assert refused.value.field == "base_url"
    assert not Connection.objects.exists()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/v1", "http://[::1]:8000/v1", "https://llm.example.org/api/v1"])
def test_private_addresses_are_the_administrators_to_allow(root: User, url: str) -> None:
    assert add_connection(replace(VLLM, base_url=url), by=root).base_url == url


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Team vLLM"}, "name"),
        ({"name": "local"}, "name"),
        ({"model": ""}, "model"),
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": 65}, "concurrency"),
        ({"deadline": 601}, "deadline"),
        ({"price_in": Decimal(-1)}, ""),
    ],
)
def test_settings_out_of_bounds_are_refused_by_name(root: User, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        add_connection(replace(VLLM, **change), by=root)
    assert refused.value.field == field


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel", "x" * 501])
def test_a_key_that_could_break_a_header_is_refused_without_being_repeated(root: User, key: str) -> None:
    with pytest.raises(Refused) as refused:
        add_connection(VLLM, key=key, by=root)
    assert refused.value.field == "key"
    assert key not in str(refused.value)


def test_a_key_stays_until_it_is_replaced_or_removed(root: User) -> None:
    made = add_connection(VLLM, key=KEY, by=root)
    change_connection(made, replace(VLLM, model="llama"), by=root)
    assert reachable(LLM)["llm"].key == KEY
    change_connection(made, VLLM, key="sk-newer-key", by=root)
    assert reachable(LLM)["llm"].key == "sk-newer-key"
    change_connection(made, VLLM, key="", by=root)
    assert reachable(LLM)["llm"].key == ""


def test_a_key_does_not_follow_the_address_to_another_server(root: User) -> None:
    made = add_connection(VLLM, key=KEY, by=root)
    with pytest.raises(Refused, match="enter the key again"):
        change_connection(made, replace(VLLM, base_url="http://elsewhere/v1"), by=root)
    made.refresh_from_db()
    change_connection(made, replace(VLLM, base_url="http://10.0.0.7:8000/v2"), by=root)
    assert reachable(LLM)["llm"].key == KEY


def test_a_connection_keeps_its_name_and_names_are_taken_once(root: User) -> None:
    made = add_connection(VLLM, by=root)
    with pytest.raises(Refused, match="keeps its name"):
        change_connection(made, replace(VLLM, name="other"), by=root)
    with pytest.raises(Refused) as refused:
        add_connection(VLLM, by=root)
    assert refused.value.field == "name"


def test_a_labeler_can_name_only_what_an_administrator_made(root: User, cast: Cast) -> None:
    """L1."""
    with pytest.raises(Refused, match="no language model"):
        add_labeler(cast.project, name="Remote", kind="prompted", config=LLM)
    made = add_connection(VLLM, by=root)
    add_labeler(cast.project, name="Remote", kind="prompted", config=LLM)
    change_connection(made, replace(VLLM, active=False), by=root)
    with pytest.raises(Refused):
        add_labeler(cast.project, name="Remote", kind="prompted", config=LLM)
    for llm in ("http://10.0.0.7:8000/v1", {"base_url": "http://10.0.0.7/v1"}, ["team-vllm"], "team vllm", ""):
        with pytest.raises(InvalidConfig):
            check_config("prompted", {"llm": llm})


def test_a_run_whose_connection_was_deactivated_stops_and_says_so(root: User, cast: Cast) -> None:
    made = add_connection(VLLM, by=root)
    cast.add("one")
    labeler = add_labeler(cast.project, name="Remote", kind="prompted", config=LLM)
    run = start_run(labeler)
    change_connection(made, replace(VLLM, active=False), by=root)
    assert label_chunk(run.pk) is False
    run.refresh_from_db()
    assert (run.state, run.failed) == (JobState.FAILED, 0)
    assert "“team-vllm” is not active" in run.error
