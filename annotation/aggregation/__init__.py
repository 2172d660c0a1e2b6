"""Statistics: one algorithm per file, no database."""
