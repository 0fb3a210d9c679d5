"""A task's process: `python -m vae_core.task MODULE FOLDER TOKEN` imports the module, a job's or a fit's, and runs its
`main(folder, token)`. It lets the app go first, also while it imports."""

import importlib
import sys
from pathlib import Path

from vae_core import computing
from vae_core.processes import lower_priority


def main(module: str, folder: str, token: str) -> int:
    """Returns the exit status."""
    lower_priority()
    computing.pause_the_collector()
    work = importlib.import_module(module).main
    computing.spare_the_collector()
    return work(Path(folder), token)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
