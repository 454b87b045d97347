"""The bot is killed at every point that its code has, in a workspace and over daemons that misbehave.

``python -m tests.chaos`` runs it (``make chaos``). Afterwards three accounts must agree: what the daemons' own events
say, what is on record, and what the messages show.
"""
