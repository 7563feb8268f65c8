"""The command line."""

import sys

from searchsvc import extras

__all__ = ["main"]


def main() -> None:
    """The entry point `searchsvc`; where the extra that a command needs is not installed, it says which one."""
    try:
        with extras.explained():
            from searchsvc.cli import commands

            commands.main()
    except extras.NotInstalled as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
