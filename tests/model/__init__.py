"""Tests of the pure model: no store, no screen, no clock."""
