"""The desk's verbs and readings, on both engines."""
