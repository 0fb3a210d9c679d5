"""The exception that is meant for a person: its message says what happened, why, and what to do."""


class UserError(ValueError):
    """A mistake that the user can correct. A page shows the message; the command line prints it and exits with 2."""
