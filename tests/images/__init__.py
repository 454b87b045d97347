"""The images package: what a daemon holds, and what removing would do."""
