"""A site as one file: its database and its files, taken while people work, and put back elsewhere (docs/backup.md)."""

from .archive import BrokenBackup, read_manifest
from .database import DatabaseRefused
from .restoring import NotEmpty, Restored, SiteRuns, restore
from .taking import Taken, take

__all__ = [
    "BrokenBackup",
    "DatabaseRefused",
    "NotEmpty",
    "Restored",
    "SiteRuns",
    "Taken",
    "read_manifest",
    "restore",
    "take",
]
