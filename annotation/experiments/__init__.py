"""Experiments: what synthetic data is worth, tried with seeds and intervals. Importing this package loads no torch."""
