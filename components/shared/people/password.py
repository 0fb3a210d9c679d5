"""The teacher's password, from the environment; `classroom.py` puts there what it has asked for."""

import os

from vae_core.errors import UserError

VARIABLE = "LATENT_TEACHER_PASSWORD"


def password() -> str | None:
    """The teacher's password; None if none is set. UserError for an empty one, which everyone would know."""
    found = os.environ.get(VARIABLE)
    if found is not None and not found.strip():
        raise UserError(f"${VARIABLE} is empty: set a password, or unset it.")
    return found
