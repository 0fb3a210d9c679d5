"""The one exception that is meant for a person: its message says what happened, why, and what to do."""

import zipfile
import zlib


class UserError(ValueError):
    """A mistake the user can mend. The command line prints the message and exits with status 2; a page shows it."""


DAMAGED_ZIP = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,  # a password is asked for
    NotImplementedError,  # an unknown compression
    IndexError,  # broken extra fields
    ValueError,  # places before the file's beginning, names that are no text
)
"""What `zipfile` raises for a file that is damaged, locked or no zip. UserError is one of them: let it pass first."""
