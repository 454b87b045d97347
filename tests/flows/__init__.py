"""Tests of the flows: a real database, a daemon and a conversation that stand where the real ones stand."""
