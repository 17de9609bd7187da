"""Tests of console.store, on a SQLite file and on a PostgreSQL that really runs."""
