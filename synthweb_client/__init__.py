"""A typed client for the SynthWeb API.

>>> from synthweb_client import SynthWeb
>>> with SynthWeb("http://localhost:8000", token="…") as web:
...     project = web.project("support")
...     project.import_file("messages.csv").wait()

What talks to pandas and to `datasets` is in `synthweb_client.frames` and `synthweb_client.huggingface`: import these
where the libraries are installed.
"""

from .downloading import BrokenDownload
from .jobs import Import, Job, JobCancelled, JobFailed, Run, Snapshot, SnapshotFile
from .problems import (
    Conflict,
    FieldError,
    NotAllowed,
    NotFound,
    Overloaded,
    Problem,
    Refused,
    ServerFailed,
    SynthWebError,
    Unreachable,
)
from .project import Added, Project
from .site import SynthWeb

__all__ = [
    "Added",
    "BrokenDownload",
    "Conflict",
    "FieldError",
    "Import",
    "Job",
    "JobCancelled",
    "JobFailed",
    "NotAllowed",
    "NotFound",
    "Overloaded",
    "Problem",
    "Project",
    "Refused",
    "Run",
    "ServerFailed",
    "Snapshot",
    "SnapshotFile",
    "SynthWeb",
    "SynthWebError",
    "Unreachable",
]
