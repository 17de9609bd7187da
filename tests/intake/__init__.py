"""Tests of the intake, on real files, sockets, stores and processes."""
