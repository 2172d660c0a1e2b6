"""What one person may still claim: a fact of several rows, and the same for the queue and for who counts it."""

# Conditions on `annotation_item item`, with the parameters project and annotator.

# Of what this person neither holds, skipped nor answered.
# OFFSET 0 keeps either NOT EXISTS a look-up per item: a join would read everything this person ever did, and of a
# project that has no statistics yet all there is.
UNMET = """
    NOT EXISTS (
        SELECT FROM annotation_assignment lease
        WHERE lease.annotator_id = %(annotator)s AND lease.item_id = item.id AND lease.state <> 'expired'
        OFFSET 0
    )
    AND NOT EXISTS (
        SELECT FROM annotation_annotation answer
        WHERE answer.annotator_id = %(annotator)s AND answer.item_id = item.id AND answer.superseded_at IS NULL
        OFFSET 0
    )
"""
CLAIMABLE = f"""
    item.project_id = %(project)s
    AND item.stage IN ('new', 'human')
    AND item.taken < item.slots
    AND {UNMET}
"""
