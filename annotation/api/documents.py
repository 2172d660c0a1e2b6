"""The documents that recipes make items from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Document
from annotation.reports.documents import sized
from annotation.workflow import access
from annotation.workflow.documenting import MOST_BYTES, NAME_LENGTH, add_document, remove_document

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Text

EXAMPLE = {"id": 3, "name": "manual.md", "characters": 15210, "created_at": "2026-11-21T10:00:00Z"}


class DocumentBody(Body):
    name = Text(max_length=NAME_LENGTH)
    text = Text(max_length=MOST_BYTES, help_text="Plain text or Markdown; recipes cut it at its headings.")


class DocumentRow(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    characters = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class DocumentWhole(DocumentRow):
    text = serializers.CharField()


class DocumentList(ProjectView):
    parameters = PARAMETERS

    @describe("documents_list", "The documents", {200: paged(DocumentRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        return page(request, sized(self.manager().project), _render)

    @describe(
        "documents_add",
        "Keep a document for recipes to read",
        {201: DocumentRow},
        request=DocumentBody,
        sends={"name": "manual.md", "text": "# Returns\n\nGoods can be returned within 30 days."},
        answers=EXAMPLE,
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        body = self.read(DocumentBody)
        added = add_document(project, name=body["name"], content=body["text"].encode(), user=self.person)
        return Response(_render([sized(project).get(pk=added.pk)])[0], status=201)


class DocumentDetail(ProjectView):
    @describe("documents_get", "A document with its text", {200: DocumentWhole})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        found = access.get_document_for(self.manager(), pk)
        return Response(
            {
                "id": found.pk,
                "name": found.name,
                "characters": len(found.text),
                "created_at": found.created_at,
                "text": found.text,
            }
        )

    @describe("documents_remove", "Remove a document; what was made from it stays", {204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        remove_document(access.get_document_for(self.manager(), pk), user=self.person)
        return Response(status=204)


def _render(documents: Sequence[Document]) -> list[dict[str, Any]]:
    return [
        {
            "id": each.pk,
            "name": each.name,
            "characters": each.characters,  # type: ignore[attr-defined]
            "created_at": each.created_at,
        }
        for each in documents
    ]
