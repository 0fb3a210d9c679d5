"""Links: what `?…` of each page may hold that no page of ours has written. The content is the query."""

from urllib.parse import quote

from tests.hostile.corpus import Bad

NAMES = {
    "explore": ("z", "y", "example", "match", "compare", "checkpoint", "sampler"),
    "latent_map": ("axes", "grid", "spacing", "window", "layers", "hide", "path", "fade"),
    "digits": ("text", "to", "mix", "y"),
    "arithmetic": ("points", "way", "at", "mode", "towards", "away", "use"),
    "projection": ("map", "fit", "dims", "beside", "beside-fit", "color", "window", "window-beside", "place"),
    "levels": ("seed", "step", "windows", "between", "shifts", "moved", "use", "sampler"),
}
"""The parameters of each page."""
VALUES = {
    "digits": "1" * 4301,
    "digits of Arabic": "٣",
    "half": "½",
    "underscores": "1_000",
    "nan": "nan",
    "numbers of nan": "nan,nan",
    "infinite": "-inf,1e999",
    "beyond": "1e400,0",
    "many": ",".join(["0"] * 5000),
    "long": "x" * 100_000,
    "letters": "x" * 300,
    "null": "\0",
    "lines": "a\nb",
    "turned": "\u202ea",
    "markdown": "![x](http://a.example/b) :red[x] $x$ <b>",
    "path": "../../etc/passwd",
    "tildes": "~" * 3000,
    "colons": "3:" * 3000,
    "examples": "e" + "9" * 4301,
    "labels": "0,0y" + "9" * 4301,
    "settings": "n_neighbors:" + "9" * 4301 + ",seed:1e999,x" + "y" * 300 + ":1",
    "emoji": "👨‍👩‍👧",
}


def files() -> list[Bad]:
    found = []
    for page, names in NAMES.items():
        for what, value in VALUES.items():
            query = "&".join(f"{name}={quote(value)}" for name in names)
            found.append(Bad(f"{page}: {what}", query.encode()))
    return found
