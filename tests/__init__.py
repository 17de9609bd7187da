"""The tests of the house; `python -m tests` is the one command that runs every check."""
