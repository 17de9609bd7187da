"""README's pictures, made from the running program: `python -m tests.pictures`."""
