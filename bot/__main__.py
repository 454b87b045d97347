"""``imgbot`` and ``python -m bot``."""

from bot.cli import imgbot


def main() -> None:
    """Run the command line."""
    imgbot(prog_name="imgbot")


if __name__ == "__main__":
    main()
