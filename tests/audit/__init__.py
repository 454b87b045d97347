"""The chain and the queries."""
