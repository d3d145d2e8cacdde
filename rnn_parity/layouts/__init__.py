"""Weights in the layouts of other frameworks."""
