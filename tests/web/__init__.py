"""Tests of ``bot/web``."""
