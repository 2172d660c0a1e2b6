"""Recipes: seed items in, candidate items out. No database."""
