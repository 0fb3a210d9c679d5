"""What models of this program reach, beside published figures: `python -m benchmarks.quality --data-dir DIR`.

Trains each recipe as `python -m vae_core train` does and prints a JSON object a row: the figure, what others reach with
their source, the goal, ours, the seconds of the longest training, whether the goal is met, and the command that trains
the same model. `--row NAME …` takes some of the rows.

A goal's time is that of two cores. A training has it if it takes no more CPU seconds than both have in that time:
`seconds` also count what a busy machine made it wait. Run it with one thread (`OMP_NUM_THREADS=1`), for threads that
wait for each other take CPU seconds, too.
"""

import argparse
import json
import sys
from pathlib import Path

from benchmarks import exit_status
from benchmarks.quality.rows import ROWS
from vae_core.cli.options import check_data_dir
from vae_core.datasets import default_data_dir


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, default=default_data_dir(), help="folder that holds mnist/")
    parser.add_argument("--row", nargs="+", choices=ROWS, default=list(ROWS), metavar="NAME", help=", ".join(ROWS))
    given = parser.parse_args(arguments)

    def work() -> None:
        check_data_dir(given.data_dir)
        for name in given.row:
            for row in ROWS[name](given.data_dir):
                print(json.dumps({"row": name, **row}, ensure_ascii=False), flush=True)

    return exit_status(work)


if __name__ == "__main__":
    sys.exit(main())
