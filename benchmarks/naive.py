"""What a script would do without the product's care. Runs inside `manage.py shell`, on the site's own database."""

from __future__ import annotations

import csv
import hashlib
import json
import time
from itertools import islice

from annotation.models import Annotation, Consensus, Item, Project

BATCH = 1_000


def import_csv(slug: str, path: str, rows: int) -> float:
    """Rows per second: each row validated as a model instance, then `bulk_create` by the thousand."""
    project = Project.objects.get(slug=slug)
    began = time.perf_counter()
    batch: list[Item] = []
    with open(path, newline="", encoding="utf-8") as file:  # noqa: PTH123
        for row in islice(csv.DictReader(file), rows):
            digest = hashlib.sha256(row["text"].encode()).digest()
            item = Item(project=project, fields={"text": row["text"]}, external_id=row["id"], content_hash=digest)
            # As a form does it: every field, and every constraint against the table.
            item.full_clean(
                exclude=["metadata", "embedding", "gold", "sampled", "family", "settled_at", "sureness", "facets"]
            )
            batch.append(item)
            if len(batch) == BATCH:
                Item.objects.bulk_create(batch, ignore_conflicts=True)
                batch = []
    Item.objects.bulk_create(batch, ignore_conflicts=True)
    return rows / (time.perf_counter() - began)


def export_jsonl(slug: str, path: str, rows: int) -> float:
    """Rows per second: one query for the items, and two more for each of them."""
    began = time.perf_counter()
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
        for item in Item.objects.filter(project__slug=slug).order_by("pk")[:rows]:
            votes = [
                {"annotator": vote.annotator.name, "answers": vote.answers, "at": vote.created_at.isoformat()}
                for vote in Annotation.objects.current().filter(item=item).select_related("annotator")
            ]
            labels = {row.question: row.value for row in Consensus.objects.filter(item=item)}
            line = {"id": item.pk, "fields": item.fields, "stage": item.stage, "labels": labels, "annotations": votes}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return rows / (time.perf_counter() - began)
