"""Rows by COPY: every value comes back as it went."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from annotation.workflow.copying import array, binary, copy_rows, document, flag, number, text

BITING = [
    "",
    "tab\there",
    "back\\slash \\N \\.",
    "\\",
    "line\r\nbreak",
    "“quotes” 'and' \"more\"",
    "{a,b}",
    "NULL",
    "\\N",
    "🙂\x01",
]


@pytest.mark.django_db
def test_whatever_bites_copy_comes_back_as_it_was() -> None:
    rows = [
        (each, {each: [each, 1.5, None]}, each.encode(), each, [each, "x", each], sure, count)
        for each in BITING
        for sure, count in ((True, 0.1), (False, 1e-300), (None, None))
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE bitten (id serial, said text, told jsonb, raw bytea, again text, many text[], "
            "sure boolean, count float8) ON COMMIT DROP"
        )
        copy_rows(
            "bitten",
            ("said", "told", "raw", "again", "many", "sure", "count"),
            (
                (text(said), document(told), binary(raw), text(again), array(many), flag(sure), number(count))
                for said, told, raw, again, many, sure, count in rows
            ),
        )
        cursor.execute("SELECT said, told, raw, again, many, sure, count FROM bitten ORDER BY id")
        found = [(said, json.loads(told), bytes(raw), *rest) for said, told, raw, *rest in cursor.fetchall()]
    assert len(found) == len(rows)
    strange = [pair for pair in zip(found, rows, strict=True) if pair[0] != pair[1]]
    assert not strange
