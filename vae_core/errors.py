"""The one exception that is meant for a person: its message says what happened, why, and what to do."""


class UserError(ValueError):
    """A mistake the user can mend. The command line prints the message and exits with status 2; a page shows it."""
