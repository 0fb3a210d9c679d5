"""The process that decodes pictures for `guarded`: `python -m vae_core.pictures.worker BYTES`.

It reads requests from standard input until that ends, each a header and a file's content, and answers each with a line
of JSON and, unless the picture is refused, its pixels.
"""

import json
import struct
import sys
import time
import warnings
from typing import Any

from vae_core.pictures import Refused, decode

REQUEST = struct.Struct("<III")  # bytes of content, side, seconds of CPU time


def main(memory: int) -> None:
    """Answer requests. More CPU time than one of them allows ends the process; what needs more than `memory` bytes of
    address space is refused."""
    try:
        import resource
    except ImportError:  # Windows: `guarded` still has its deadline
        resource = None  # type: ignore[assignment]
    else:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # of a process that is ended on purpose
    warnings.simplefilter("ignore")  # Pillow's, of metadata that nobody needs
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while header := source.read(REQUEST.size):
        size, side, seconds = REQUEST.unpack(header)
        content, began = source.read(size), time.process_time()
        if resource is not None:
            hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
            resource.setrlimit(resource.RLIMIT_CPU, (int(began) + 1 + seconds, hard))
        head, pixels = _answer(content, side)
        head["seconds"] = time.process_time() - began
        target.write(json.dumps(head).encode() + b"\n" + pixels)
        target.flush()


def _answer(content: bytes, side: int) -> tuple[dict[str, Any], bytes]:
    try:
        found = decode(content, side)
        pixels = found.image.tobytes()
    except Refused as error:
        return {"refused": str(error), "reason": error.reason}, b""
    except MemoryError:
        return {"refused": None}, b""
    image = found.image
    head = {"mode": image.mode, "size": image.size, "orientation": found.orientation, "bytes": len(pixels)}
    return head, pixels


if __name__ == "__main__":
    main(int(sys.argv[1]))
