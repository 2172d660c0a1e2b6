"""What generated texts are worth, measured beside real ones; one subject a file. No database."""
