import io
import sys

from vae_core import cli


def main() -> int:
    """The command line, as `python -m vae_core` and as the command `vae-core`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a sign that a Windows code page lacks becomes "?", not an error
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
