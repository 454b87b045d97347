"""The Slack edge: what is delivered becomes values, and values become messages. It decides nothing."""
