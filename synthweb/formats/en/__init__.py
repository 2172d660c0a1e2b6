"""English: dates that sort, as the rest of the data is written."""
