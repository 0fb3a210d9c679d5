import io
import os
import sys

from vae_core import computing, installation
from vae_core.errors import UserError


def main() -> int:
    """The command line, as `python -m vae_core` and as the command `vae-core`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a sign that a Windows code page lacks becomes "?", not an error
    if sys.argv[1:2] == ["doctor"]:  # it runs where the other commands cannot even be imported
        from vae_core.installation import doctor

        return doctor.main(sys.argv[2:])
    try:
        installation.check_python()
        computing.share_the_machine(os.environ)  # before torch is imported
        computing.pause_the_collector()
        from vae_core import cli

        computing.spare_the_collector()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except (ImportError, OSError) as error:
        print(f"error: {installation.explain(error)}", file=sys.stderr)
        return 2
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
