"""Measurements: python -m benchmarks, python -m benchmarks.yardstick."""
