"""Backups, getting one back, and moving a record to another database."""
