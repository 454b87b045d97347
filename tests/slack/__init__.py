"""Tests of what is delivered by Slack and what is said there."""
