"""Trained models of TensorFlow 1: what a file holds, which cells it is of, and a case made of its weights."""
