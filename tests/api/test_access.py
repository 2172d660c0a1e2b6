"""Every route × every role × foreign ids (A1, A2, A4, A6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver

from annotation.api import urls
from annotation.models import Project, RejectedRow, Role, RunItem
from tests.api.conftest import Stage
from tests.api.routes import OPEN, RANKS, ROUTES, Route

inside = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.pattern}")


def _served(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str]]:
    for each in patterns:
        where = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _served(each.url_patterns, where)
        else:
            view = each.callback.view_class  # type: ignore[attr-defined]
            yield from ((method.upper(), where) for method in view.http_method_names if hasattr(view, method))


def test_every_route_has_a_row_here() -> None:
    served = {(method, where) for method, where in _served(urls.urlpatterns) if method != "OPTIONS"}
    assert served == {(route.method, route.pattern) for route in ROUTES} | OPEN


def everything_of(project: Project) -> list[Any]:
    """All rows of a project, to be compared."""
    rows: list[Any] = [Project.objects.filter(pk=project.pk).values().get()]
    for model in apps.get_app_config("annotation").get_models():
        if any(each.name == "project" for each in model._meta.fields):
            rows += model.objects.filter(project=project).order_by("pk").values_list()
    rows += RunItem.objects.filter(run__project=project).order_by("pk").values_list()
    rows += RejectedRow.objects.filter(job__project=project).order_by("pk").values_list()
    return [str(row) for row in rows]


@inside
def test_nobody_without_a_name_gets_in(stage: Stage, route: Route) -> None:
    assert stage.send(None, route, stage.cast.project.slug, stage.here).status_code == 401


@inside
def test_a_foreign_project_does_not_exist(stage: Stage, route: Route) -> None:
    before = everything_of(stage.cast.foreign.project)
    for user in (stage.cast.lead, stage.cast.reviewer, stage.cast.annotator, stage.cast.stranger):
        response = stage.send(user, route, stage.cast.foreign.project.slug, stage.there)
        assert response.status_code == 404, f"{user}: {response.content!r}"
        assert "Elsewhere" not in response.content.decode()
        # Not rolled back this time: what was refused has to have left no trace.
        assert stage.call(user, route, stage.cast.foreign.project.slug, stage.there).status_code == 404
    assert everything_of(stage.cast.foreign.project) == before


@inside
def test_a_foreign_row_cannot_be_reached_through_ones_own_project(stage: Stage, route: Route) -> None:
    own = stage.here
    if route.address("x", own) == route.address("x", stage.there) and route.lowest is not None:
        return  # the address names no row; bodies that do are rows of their own
    before = everything_of(stage.cast.foreign.project)
    for user in (stage.cast.lead, stage.cast.reviewer, stage.cast.annotator):
        response = stage.call(user, route, stage.cast.project.slug, stage.there)
        assert response.status_code in (403, 404), f"{user}: {response.content!r}"
        assert "Elsewhere" not in response.content.decode()
    assert stage.call(stage.cast.lead, route, stage.cast.project.slug, stage.there).status_code == 404
    assert everything_of(stage.cast.foreign.project) == before


@inside
def test_each_role_may_do_what_it_is_for_and_no_more(stage: Stage, route: Route) -> None:
    people = (stage.cast.annotator, stage.cast.reviewer, stage.cast.lead)
    for role, user in zip(RANKS, people, strict=True):
        status = stage.send(user, route, stage.cast.project.slug, stage.here).status_code
        if route.lowest is None:
            # The rows are the annotator's own.
            assert (status < 300 or status == 409) if role == Role.ANNOTATOR else (status == 404), (role, status)
        elif RANKS.index(role) < RANKS.index(route.lowest):
            assert status == 403, role
        else:
            assert status < 300 or status == 409, (role, status)


@inside
def test_options_tells_nothing(stage: Stage, route: Route) -> None:
    slug, rows = stage.cast.foreign.project.slug, stage.there
    response = stage.cast.api(stage.cast.stranger).options(route.address(slug, rows))
    assert response.status_code == 405
    assert "Elsewhere" not in response.content.decode()


def test_an_address_that_is_none_answers_with_a_problem(stage: Stage) -> None:
    response = stage.cast.api(stage.cast.lead).get("/api/v1/nothing/here/")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_lists_show_only_the_projects_one_belongs_to(stage: Stage) -> None:
    listed = stage.cast.api(stage.cast.annotator).get("/api/v1/projects/").json()["results"]
    assert [each["slug"] for each in listed] == [stage.cast.project.slug]
    assert stage.cast.api(stage.cast.stranger).get("/api/v1/projects/").json()["results"] == []
