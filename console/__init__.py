"""Taskroom: the console of a community police station's duty desk. Holds the version alone; imports nothing."""

__version__ = "0.1.0"
