"""The tests of imgbot."""
