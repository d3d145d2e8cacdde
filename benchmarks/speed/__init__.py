"""Whole sequences, side by side: numpy_impl and others that compute the same, in one process, in turns."""
