"""The command as it is typed: what Slack does to it, what it means, what is refused, how it is printed."""
