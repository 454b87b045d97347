"""Tests of who may, and what happened."""
