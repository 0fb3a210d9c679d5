"""What the project claims, as commands that print it: `python -m benchmarks.NAME`."""

import sys
from collections.abc import Callable

from vae_core.errors import UserError


def exit_status(work: Callable[[], None]) -> int:
    """Of a command that does this: 0, or 2 after a sentence for a mistake by its user."""
    try:
        work()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0
