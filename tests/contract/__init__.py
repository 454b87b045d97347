"""The contract: on a real daemon a removal does what was predicted of it, record by record."""
