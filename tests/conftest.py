"""What tests everywhere may ask for."""

from hypothesis import settings

pytest_plugins = ["tests.skips", "tests.databases", "tests.daemons", "tests.browsers"]

settings.register_profile("imgbot", deadline=None)  # how long an example takes says how busy the machine is
settings.load_profile("imgbot")
