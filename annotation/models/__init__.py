"""Nouns: one file each; schema, constraints and the filters that belong to one row."""

from .annotation import Annotation
from .annotator import Annotator, AnnotatorKind
from .assignment import Assignment, AssignmentState, Purpose
from .bulk_change import BulkAction, BulkChange, ChangedItem, Outcome
from .calibration import Calibration
from .candidate import Candidate, Fate, Vetting
from .checkpoint import Checkpoint
from .comment import COMMENT_LENGTH, Comment
from .connection import Connection, ConnectionKind
from .consensus import Consensus, DecidedBy
from .delivery import Delivery
from .document import Document
from .event import Event, Verb
from .experiment import Experiment, ExperimentStep
from .fit import Fit, Fitting
from .flag import Flag
from .import_job import ImportJob, ImportLoss, RejectedRow, Upload
from .invitation import Invitation, InvitationState
from .item import OPEN_STAGES, REVIEW_STAGES, Item, ReviewReason, Source, Stage
from .item_search import ItemSearch, Unindexed
from .job import Job, JobState, LeasedJob
from .judge_trial import JudgeTrial
from .kept_reply import KeptReply
from .labeler import JUDGING, Labeler
from .licence import Licence
from .meaning import ItemVector, MeaningIndex, Phrase
from .measurement import Measurement
from .membership import Digest, Membership, Role
from .model_call import Asking, ModelCall
from .notification import FOR_LEADS, PROJECT_EVENTS, SWITCHED, Notification, NotificationKind
from .project import POLICY, Fusion, Lifecycle, Project, ProjectRevision, Ruling, Settling
from .qualification import Qualification, QualificationState
from .resolution import Resolution
from .returned_answer import ReturnedAnswer
from .reviewed_answer import ReviewedAnswer
from .run import Piece, Run, RunItem, RunPurpose
from .saved_view import SavedView
from .schema_change import KeptAnswer, KeptNoun, SchemaChange
from .snapshot import Snapshot, SnapshotFile, SnapshotLedger
from .synthesis_run import SynthesisRun
from .token_grant import Scope, TokenGrant
from .turn import Order, Turn
from .user import User
from .watch import Watch
from .webhook import Subscription, Webhook

__all__ = [
    "COMMENT_LENGTH",
    "FOR_LEADS",
    "JUDGING",
    "OPEN_STAGES",
    "POLICY",
    "PROJECT_EVENTS",
    "REVIEW_STAGES",
    "SWITCHED",
    "Annotation",
    "Annotator",
    "AnnotatorKind",
    "Asking",
    "Assignment",
    "AssignmentState",
    "BulkAction",
    "BulkChange",
    "Calibration",
    "Candidate",
    "ChangedItem",
    "Checkpoint",
    "Comment",
    "Connection",
    "ConnectionKind",
    "Consensus",
    "DecidedBy",
    "Delivery",
    "Digest",
    "Document",
    "Event",
    "Experiment",
    "ExperimentStep",
    "Fate",
    "Fit",
    "Fitting",
    "Flag",
    "Fusion",
    "ImportJob",
    "ImportLoss",
    "Invitation",
    "InvitationState",
    "Item",
    "ItemSearch",
    "ItemVector",
    "Job",
    "JobState",
    "JudgeTrial",
    "KeptAnswer",
    "KeptNoun",
    "KeptReply",
    "Labeler",
    "LeasedJob",
    "Licence",
    "Lifecycle",
    "MeaningIndex",
    "Measurement",
    "Membership",
    "ModelCall",
    "Notification",
    "NotificationKind",
    "Order",
    "Outcome",
    "Phrase",
    "Piece",
    "Project",
    "ProjectRevision",
    "Purpose",
    "Qualification",
    "QualificationState",
    "RejectedRow",
    "Resolution",
    "ReturnedAnswer",
    "ReviewReason",
    "ReviewedAnswer",
    "Role",
    "Ruling",
    "Run",
    "RunItem",
    "RunPurpose",
    "SavedView",
    "SchemaChange",
    "Scope",
    "Settling",
    "Snapshot",
    "SnapshotFile",
    "SnapshotLedger",
    "Source",
    "Stage",
    "Subscription",
    "SynthesisRun",
    "TokenGrant",
    "Turn",
    "Unindexed",
    "Upload",
    "User",
    "Verb",
    "Vetting",
    "Watch",
    "Webhook",
]
