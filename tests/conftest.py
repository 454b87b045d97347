"""What tests everywhere may ask for."""

pytest_plugins = ["tests.databases"]
