"""What the columns of a table may be called."""

from __future__ import annotations

from collections.abc import Sequence

from annotation.questions.speech import gettext as _
from annotation.questions.speech import number

from .base import COLUMN_LIMIT, UnreadableFile, printable


def check_columns(names: Sequence[str], line: int | None = None) -> None:
    """Raise UnreadableFile for too many columns, one without a name, or two of the same; `line`: the header's."""
    where = "" if line is None else _(" (line %(line)s)") % {"line": line}
    if len(names) > COLUMN_LIMIT:
        raise UnreadableFile(
            _("The header has %(count)s columns; at most %(column_limit)s can be imported.")
            % {"count": number(len(names)), "column_limit": number(COLUMN_LIMIT)}
        )
    if any("\0" in name for name in names):
        raise UnreadableFile(_("The header contains NUL characters: this does not look like a text file."))
    seen = set()
    for position, name in enumerate(names, 1):
        if not name.strip():
            raise UnreadableFile(
                _("Column %(position)s has no name in the header%(where)s.") % {"position": position, "where": where}
            )
        if name in seen:
            raise UnreadableFile(
                _("The header names the column “%(name)s” twice%(where)s.")
                % {"name": printable(name, 80), "where": where}
            )
        seen.add(name)
