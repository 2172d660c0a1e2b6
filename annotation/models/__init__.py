"""Nouns: one file each; schema, constraints and the filters that belong to one row."""

from .annotation import Annotation
from .annotator import Annotator, AnnotatorKind
from .assignment import Assignment, AssignmentState
from .calibration import Calibration
from .checkpoint import Checkpoint
from .connection import Connection
from .consensus import Consensus, DecidedBy
from .event import Event, Verb
from .import_job import ImportJob, RejectedRow
from .item import OPEN_STAGES, Item, Source, Stage
from .job import JobState
from .labeler import Labeler
from .membership import Membership, Role
from .project import POLICY, Lifecycle, Project, ProjectRevision
from .resolution import Resolution
from .run import Piece, Run, RunItem, RunPurpose
from .snapshot import Snapshot
from .user import User

__all__ = [
    "OPEN_STAGES",
    "POLICY",
    "Annotation",
    "Annotator",
    "AnnotatorKind",
    "Assignment",
    "AssignmentState",
    "Calibration",
    "Checkpoint",
    "Connection",
    "Consensus",
    "DecidedBy",
    "Event",
    "ImportJob",
    "Item",
    "JobState",
    "Labeler",
    "Lifecycle",
    "Membership",
    "Piece",
    "Project",
    "ProjectRevision",
    "RejectedRow",
    "Resolution",
    "Role",
    "Run",
    "RunItem",
    "RunPurpose",
    "Snapshot",
    "Source",
    "Stage",
    "User",
    "Verb",
]
