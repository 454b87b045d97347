"""The edge for HTTP: a server on a thread, and what it answers about the bot itself.

What Slack sends by HTTP is taken in ``slack/http.py`` and mounted here.
"""
