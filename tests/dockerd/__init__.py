"""The Docker edge."""
