from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """What may be said; no table changes."""

    dependencies = [("annotation", "0028_experiments")]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="verb",
            field=models.CharField(
                choices=[
                    ("project_created", "created the project"),
                    ("project_changed", "changed the project"),
                    ("member_added", "added a member"),
                    ("member_removed", "removed a member"),
                    ("member_changed", "changed a member"),
                    ("invited", "made an invitation"),
                    ("uninvited", "revoked an invitation"),
                    ("joined", "joined by invitation"),
                    ("qualified", "finished a qualification"),
                    ("schema_changed", "changed the questions"),
                    ("schema_followed", "brought the answers along"),
                    ("import_started", "started an import"),
                    ("import_finished", "finished an import"),
                    ("labeler_added", "added a model annotator"),
                    ("labeler_retired", "retired a model annotator"),
                    ("labeler_activated", "put a model annotator back to work"),
                    ("trained", "learned from answers"),
                    ("calibrated", "was calibrated"),
                    ("fitted", "fitted the annotators"),
                    ("licensed", "let models settle items alone"),
                    ("licence_revoked", "took the models’ licence back"),
                    ("run_started", "started a run"),
                    ("run_finished", "finished a run"),
                    ("synthesis_started", "started a recipe"),
                    ("synthesis_finished", "finished a recipe"),
                    ("experiment_started", "started an experiment"),
                    ("experiment_finished", "finished an experiment"),
                    ("stratum_opened", "opened a group of generated items"),
                    ("item_rewritten", "rewrote a generated item"),
                    ("rationale_checked", "checked a rationale"),
                    ("document_added", "uploaded a document"),
                    ("document_removed", "removed a document"),
                    ("answered", "answered"),
                    ("skipped", "skipped"),
                    ("reopened", "took up again what they had skipped"),
                    ("withdrawn", "took an answer back"),
                    ("flagged", "flagged"),
                    ("unflagged", "cleared a flag"),
                    ("judged", "advised"),
                    ("resolved", "decided"),
                    ("unresolved", "took a decision back"),
                    ("returned", "returned an answer"),
                    ("bulk_started", "started a change of many items"),
                    ("bulk_finished", "finished a change of many items"),
                    ("bulk_undone", "took a change of many items back"),
                    ("requeued", "asked people again"),
                    ("assigned", "was given to somebody"),
                    ("deleted", "deleted"),
                    ("restored", "brought back"),
                    ("item_corrected", "corrected what is written beside an item"),
                    ("erased", "erased deleted items for good"),
                    ("moved", "moved"),
                    ("snapshot_requested", "asked for a snapshot"),
                    ("snapshot_finished", "finished a snapshot"),
                    ("snapshot_deleted", "deleted a snapshot"),
                    ("snapshots_kept", "said how long files of snapshots are kept"),
                ],
                max_length=30,
            ),
        ),
        migrations.AlterField(
            model_name="keptanswer",
            name="noun",
            field=models.CharField(
                choices=[
                    ("annotation", "Annotation"),
                    ("resolution", "Decision"),
                    ("gold", "Gold answer"),
                    ("draft", "Draft"),
                    ("candidate", "Intended answer"),
                ],
                max_length=10,
            ),
        ),
    ]
