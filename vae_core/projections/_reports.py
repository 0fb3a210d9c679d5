"""The progress of libraries that only print it."""

import io
import re
from collections.abc import Callable


class Told(io.TextIOBase):
    """A text stream that finds progress numbers, out of `whole`, in what is written to it and reports the part."""

    def __init__(self, pattern: re.Pattern, whole: float, report: Callable[[float], None]):
        self.pattern, self.whole, self.report = pattern, whole, report

    def write(self, text: str) -> int:
        found = self.pattern.findall(text)
        if found:
            self.report(min(1.0, float(found[-1]) / self.whole))
        return len(text)
