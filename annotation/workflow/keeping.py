"""Take rows out of the database in a form that brings them back exactly, whatever tables are added later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

from django.db import connection
from django.db.models import CASCADE, NOT_PROVIDED, Field, Model

from annotation.models import Item, ItemSearch

# {table: rows}, each row as PostgreSQL writes it as JSON: text, so that no number passes through a float.
Kept = dict[str, list[str]]

# What the database writes by itself when the item comes back.
REMADE: set[type[Model]] = {ItemSearch}


def rows_of_items(items: Collection[int]) -> dict[int, Kept]:
    """Every item with all the rows that would go with it."""
    kept: dict[int, Kept] = {item: defaultdict(list) for item in items}
    _collect(Item, "id", {item: item for item in items}, kept)
    return {item: dict(tables) for item, tables in kept.items()}


def rows_of(model: type[Model], column: str, items: Collection[int]) -> dict[int, Kept]:
    """Of one table alone the rows whose `column` names one of `items`."""
    kept: dict[int, Kept] = defaultdict(lambda: defaultdict(list))
    for _, item, row in _read(model, column, list(items)):
        kept[item][model._meta.db_table].append(row)
    return kept


def put_back(kept: Sequence[Mapping[str, Sequence[str]]]) -> None:
    """Insert the rows again, those first that others point to.

    What a row pointed to and is gone for good is forgotten where it may be; a row that cannot do without is left out.
    """
    tables: dict[str, list[str]] = defaultdict(list)
    for each in kept:
        for table, rows in each.items():
            tables[table] += rows
    for model in _in_order(set(tables)):
        _insert(model, tables[model._meta.db_table])


def _collect(model: type[Model], column: str, roots: Mapping[int, int], kept: dict[int, Kept]) -> None:
    """`roots`: value of `column` → the item to which a row with it belongs."""
    found = _read(model, column, list(roots))
    own: dict[int, int] = {}
    for pk, value, row in found:
        rows = kept[roots[value]].setdefault(model._meta.db_table, [])
        if row not in rows:
            rows.append(row)
        own[pk] = roots[value]
    if not own:
        return
    for relation in _dependants(model):
        _collect(relation.model, relation.column, own, kept)


def _dependants(model: type[Model]) -> list[Any]:
    """Foreign keys whose rows are deleted with the row they point to."""
    every: list[Any] = list(model._meta.get_fields(include_hidden=True))
    relations = [each for each in every if each.auto_created and not each.concrete]
    keys: list[Any] = [
        relation.field
        for relation in relations
        if (relation.one_to_many or relation.one_to_one) and getattr(relation, "on_delete", None) is CASCADE
    ]
    return [key for key in keys if key.model not in REMADE]


def _read(model: type[Model], column: str, values: list[int]) -> list[tuple[int, int, str]]:
    """(primary key, column, row as JSON)."""
    table, primary = model._meta.db_table, _column(model._meta.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT "{primary}", "{column}", to_jsonb(kept)::text FROM "{table}" kept '
            f'WHERE "{column}" = ANY(%s) ORDER BY "{primary}"',
            [values],
        )
        return cursor.fetchall()


def _insert(model: type[Model], rows: Sequence[str]) -> None:
    columns, needed, defaults = [], [], []
    for field in model._meta.concrete_fields:
        column = _column(field)
        target = field.related_model
        if target is None or not getattr(field, "db_constraint", False) or isinstance(target, str):
            default, values = _default(field)
            columns.append(f'coalesce(kept."{column}", {default})' if default else f'kept."{column}"')
            defaults += values
            continue
        exists = f'EXISTS (SELECT FROM "{target._meta.db_table}" WHERE "{_column(target._meta.pk)}" = kept."{column}")'
        if field.null:
            columns.append(f'CASE WHEN {exists} THEN kept."{column}" END')
        else:
            columns.append(f'kept."{column}"')
            needed.append(exists)
    names = ", ".join(f'"{_column(field)}"' for field in model._meta.concrete_fields)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {", ".join(columns)} '
            f'FROM jsonb_populate_recordset(NULL::"{table}", %s::jsonb) kept '
            f"WHERE {' AND '.join(needed) or 'true'} ON CONFLICT DO NOTHING",
            [*defaults, f"[{','.join(dict.fromkeys(rows))}]"],
        )


def _default(field: Field[Any, Any]) -> tuple[str, list[Any]]:
    """What stands in a column that came after the row was kept: its default as SQL, or nothing where null may."""
    if field.null or field.db_default is NOT_PROVIDED:
        return "", []
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        sql, values = editor.db_default_sql(field)
    return sql, list(values)


def _in_order(tables: Collection[str]) -> list[type[Model]]:
    app = Item._meta.apps
    models = {each._meta.db_table: each for each in app.get_models(include_auto_created=True)}
    graph: dict[type[Model], set[type[Model]]] = {}
    for table in tables:
        model = models[table]
        targets = {field.related_model for field in model._meta.concrete_fields if field.related_model}
        graph[model] = {
            each for each in targets if isinstance(each, type) and each is not model and each._meta.db_table in tables
        }
    return list(TopologicalSorter(graph).static_order())


def _column(field: Field[Any, Any]) -> str:
    assert field.column is not None
    return field.column
