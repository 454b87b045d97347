"""What tests everywhere may ask for."""

pytest_plugins = ["tests.skips", "tests.databases", "tests.daemons", "tests.browsers"]
