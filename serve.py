"""Start the app: `python serve.py [--host 127.0.0.1] [--port 8501]`, with any other option of uvicorn's.

What would keep it from starting is said first, before anything heavy is imported.
"""

import argparse
import sys

from vae_core import installation
from vae_core.errors import UserError


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python serve.py", description=__doc__, allow_abbrev=False)
    parser.add_argument("--host", default="127.0.0.1", help="whose requests are answered; 0.0.0.0: all computers'")
    parser.add_argument("--port", type=int, default=8501)
    given, options = parser.parse_known_args(arguments)
    try:
        installation.check_python()
        installation.check_packages()
        installation.check_port(given.host, given.port)
    except UserError as error:
        sys.exit(str(error))
    import uvicorn

    here = "127.0.0.1" if given.host == "0.0.0.0" else given.host
    print(f"Open http://{here}:{given.port} in a browser. Ctrl-C ends the app.", flush=True)
    address = ["--host", given.host, "--port", str(given.port)]
    # Not another parser, were one installed: traffic/deadlines.py knows this one's connections.
    uvicorn.main(["app:app", *address, "--http", "h11", "--no-access-log", *options])


if __name__ == "__main__":
    main(sys.argv[1:])
