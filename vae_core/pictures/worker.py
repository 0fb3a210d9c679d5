"""The process that decodes pictures for `guarded`: `python -m vae_core.pictures.worker SECONDS BYTES`.

It reads requests from standard input until that ends, each a header and a file's content, and answers each with a line
of JSON and, unless the picture is refused, its pixels.
"""

import json
import struct
import sys
from typing import BinaryIO

from vae_core.pictures import Refused, decode

REQUEST = struct.Struct("<II")  # bytes of content, side


def main(seconds: int, memory: int) -> None:
    """Answer requests. More than `seconds` of CPU time for one of them end the process; what needs more than `memory`
    bytes of address space is refused."""
    try:
        import resource
    except ImportError:  # Windows: `guarded` still has its deadline
        resource = None  # type: ignore[assignment]
    else:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # of a process that is ended on purpose
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while header := source.read(REQUEST.size):
        size, side = REQUEST.unpack(header)
        content = source.read(size)
        if resource is not None:
            spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
            hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
            resource.setrlimit(resource.RLIMIT_CPU, (int(spent) + 1 + seconds, hard))
        _answer(target, content, side)
        target.flush()


def _answer(target: BinaryIO, content: bytes, side: int) -> None:
    try:
        found = decode(content, side)
        pixels = found.image.tobytes()
    except Refused as error:
        target.write(json.dumps({"refused": str(error), "reason": error.reason}).encode() + b"\n")
    except MemoryError:
        target.write(json.dumps({"refused": None}).encode() + b"\n")
    else:
        image = found.image
        head = {"mode": image.mode, "size": image.size, "orientation": found.orientation, "bytes": len(pixels)}
        target.write(json.dumps(head).encode() + b"\n" + pixels)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
