"""Faults injected into running programs, counted, and what an officer may still rely on then."""
