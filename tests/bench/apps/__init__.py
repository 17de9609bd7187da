"""Bare Textual apps the console is measured against, each run on a pty of its own."""
