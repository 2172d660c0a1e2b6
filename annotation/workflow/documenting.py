"""Keep the documents that recipes make items from."""

from __future__ import annotations

import hashlib
from pathlib import PurePath

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotation.models import Document, JobState, Project, SynthesisRun, User, Verb
from annotation.questions.speech import number

from .errors import Conflict, Refused
from .recording import record

MOST_BYTES = 5 << 20
MOST_DOCUMENTS = 1_000
NAME_LENGTH = 200
WEB_PAGE = ("<!doctype html", "<html")


def add_document(project: Project, *, name: str, content: bytes, user: User | None = None) -> Document:
    """Keep a text in UTF-8, plain or Markdown. Raises Refused, naming the field; then nothing is kept."""
    shown = PurePath(name.replace("\\", "/")).name.replace("\0", "").strip()[:NAME_LENGTH] or _("Document")
    if len(content) > MOST_BYTES:
        raise Refused(_("A document has at most %(most)s MB.") % {"most": MOST_BYTES >> 20}, "file")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Refused(
            _("“%(name)s” is no text in UTF-8 (byte %(place)s). Save it as plain text or Markdown first.")
            % {"name": shown, "place": number(error.start + 1)},
            "file",
        ) from error
    if "\0" in text:
        raise Refused(_("“%(name)s” contains a NUL character: it is no text.") % {"name": shown}, "file")
    if text.lstrip()[:14].lower().startswith(WEB_PAGE):
        raise Refused(_("“%(name)s” is a web page. Save it as plain text or Markdown first.") % {"name": shown}, "file")
    if not text.strip():
        raise Refused(_("“%(name)s” is empty.") % {"name": shown}, "file")
    if project.documents.count() >= MOST_DOCUMENTS:
        raise Refused(_("A project keeps at most %(most)s documents.") % {"most": number(MOST_DOCUMENTS)}, "file")
    digest = hashlib.sha256(text.encode()).hexdigest()
    try:
        with transaction.atomic():
            document = Document.objects.create(project=project, name=shown, text=text, digest=digest, created_by=user)
            record(project, Verb.DOCUMENT_ADDED, user=user, document=document.pk, name=shown)
    except IntegrityError as error:
        raise Refused(_("This text is here already."), "file") from error
    return document


@transaction.atomic
def remove_document(document: Document, *, user: User | None = None) -> None:
    """What was made from it stays, and so do the prompts that quote it. Raises Conflict while a run reads it."""
    locked = Document.objects.select_for_update().get(pk=document.pk)
    # A run that was stopped needs it to go on.
    reading = SynthesisRun.objects.filter(project=locked.project_id, drawn__documents__contains=[locked.pk])
    if reading.filter(state__in=JobState.active()).exists():
        raise Conflict(_("A run is reading this document; cancel it first."))
    locked.delete()
    record(document.project_id, Verb.DOCUMENT_REMOVED, user=user, document=document.pk, name=document.name)
