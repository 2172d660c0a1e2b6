"""What a verb refuses to do, in words for the person who asked."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model


class Refused(Exception):
    """Nothing was changed; the message says why. `field` names the input at fault, where one is."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Conflict(Refused):
    """The world moved on since the caller looked. `current` shows what it looks like now."""

    def __init__(self, message: str, current: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.current = current or {}


class AssignmentClosed(Conflict):
    """The lease was answered, skipped, or went to somebody else."""


class VersionConflict(Conflict):
    """Somebody decided on the item first."""


class KeyReused(Refused):
    """An idempotency key came back with another assignment or other answers."""


class JobActive(Conflict):
    """The job is running already, or is in no state for what was asked."""


def check_row(row: Model) -> None:
    """Raises Refused, naming the field, where the row does not fit what its model says."""
    try:
        row.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Refused(messages[0], "" if field == "__all__" else field) from error
