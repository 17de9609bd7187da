"""The figures of the design's goals, measured against their limits: `python -m tests.bench`."""
