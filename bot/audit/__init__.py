"""The record: a hash chain of events, and how it is asked. Pure."""
