"""The life of a command, from what is typed to what is on record, on a real daemon."""
