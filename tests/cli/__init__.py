"""The command line: verbs by process and in this one, on both engines."""
