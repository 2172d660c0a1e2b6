"""Filters: reasons to leave a candidate out, one a file. No database, no model."""
