"""What the project claims, as commands that print it: `python -m benchmarks.NAME`."""

import sys
from collections.abc import Callable

from vae_core.errors import UserError


def exit_status(work: Callable[[], int | None]) -> int:
    """Of a command that does this: what it returns, else 0; 2 after a sentence for a mistake by its user."""
    try:
        return work() or 0
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
