"""Verbs: one file each, and the only code that writes rows."""
