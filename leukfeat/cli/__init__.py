"""The command line: one module per subcommand.

The commands are imported when they are first asked for, so that an interrupt during their imports ends well.
"""

import sys
from typing import TYPE_CHECKING, Any

from leukfeat.cli.interrupts import EXIT_INTERRUPTED, is_interrupt

if TYPE_CHECKING:
    from leukfeat.cli.commands import app

__all__ = ["app", "main"]


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module 'leukfeat.cli' has no attribute {name!r}")
    from leukfeat.cli.commands import app

    return app


def main() -> None:
    """Run the command line."""
    try:
        from leukfeat.cli.commands import app

        app()
    except (KeyboardInterrupt, Exception) as error:
        if not is_interrupt(error):
            raise
        _say_interrupted()
        sys.exit(EXIT_INTERRUPTED)


def _say_interrupted() -> None:
    """Say so as `leukfeat.cli.console` does, which may not have been imported yet."""
    sys.stderr.write("Error: Interrupted.\n")
    if "--json" in sys.argv:
        sys.stdout.write('{"error": "Interrupted."}\n')
