"""A Slack workspace on this machine (Web API, Socket Mode, a page) and a simulated Docker daemon.

The bot talks to both as it talks to the real ones: by HTTP, by WebSocket and over a socket file.
"""
