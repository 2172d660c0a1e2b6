"""What dashboards show, one figure a file: measured by a worker, presented in the reader's language (`base`)."""
