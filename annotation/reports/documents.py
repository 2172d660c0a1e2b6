"""A project's documents, without their texts."""

from __future__ import annotations

from django.db.models import QuerySet
from django.db.models.functions import Length

from annotation.models import Document, Project


def sized(project: Project) -> QuerySet[Document]:
    """With `characters`, how long each is."""
    rows: QuerySet[Document] = project.documents.select_related("created_by").defer("text")
    return rows.annotate(characters=Length("text"))
