"""Who may, and what happened. Pure: ``now`` and ``new_id`` are given."""
