"""How fast it is, against the ``docker`` command or docker-py in the same run. Each module is a command."""
