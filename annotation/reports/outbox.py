"""What other programs were told, and what they let themselves be told."""

from __future__ import annotations

from annotation.models import Delivery, Project, Subscription, Webhook

from .keyset import Slice, slice_of

PAGE = 30


def deliveries_page(
    project: Project | None = None, *, after: int | None = None, before: int | None = None
) -> Slice[Delivery]:
    """The newest first: of one project, or of the whole site."""
    rows = Delivery.objects.select_related("webhook", "project").defer("body")
    if project is not None:
        rows = rows.filter(project=project)
    return slice_of(rows, after=after, before=before, size=PAGE, newest_first=True)


def subscribed(project: Project) -> list[tuple[Webhook, list[str]]]:
    """Each target that a lead can choose, and what it hears of the project."""
    chosen = dict(Subscription.objects.filter(project=project).values_list("webhook", "events"))
    return [(webhook, chosen.get(webhook.pk, [])) for webhook in Webhook.objects.filter(active=True)]
