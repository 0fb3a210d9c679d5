"""Numbers as people read them; JSON, tables in files and links have plain ones."""


def numeral(value: float, form: str = "") -> str:
    """`value` in a format such as ".4g", with a minus sign (U+2212) for each hyphen: −8.243, 1e−07."""
    return f"{value:{form}}".replace("-", "−")
