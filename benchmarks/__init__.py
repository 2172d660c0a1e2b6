"""Figures of the product as its users meet it: `manage.py up`, the HTTP API, the pages. No assertions on time."""
