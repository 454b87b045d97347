"""The Docker edge: what a daemon holds becomes values, and a removal becomes one call."""
