"""Where the Arithmetic page starts: at the link, else where the session left it, else at images of two classes."""

import functools
from dataclasses import replace

import streamlit as st
import torch

from components.arithmetic.concept_groups import first_choice, stored
from components.arithmetic.links import MAX_POINTS, ArithmeticView, used_as
from components.shared.app import models, words
from components.shared.app.addresses import links, visits
from components.shared.app.addresses.links import View
from vae_core.checkpoints import Checkpoint
from vae_core.latent.clarity import CLEAR, by_clarity, clarity, clear_example, likeness
from vae_core.latent.geometry import principal_directions

KEY, MODE_KEY = "arithmetic", "arithmetic mode"
MODES = {
    "between": "Between {units}",
    "palette": "Palette",
    "concept": "Concept vector",
    "analogy": "Analogy",
    "mean": "Mean",
}
COUNTS = {"between": (2, MAX_POINTS), "palette": (4, 4), "concept": (1, 1), "analogy": (3, 3), "mean": (2, MAX_POINTS)}
USES = {"a": 0, "b": 1}
SAMPLE, NEIGHBOURS = 100, 10
CLASSES = 4
"""So many are left at least when those are left out of which the model shows no example clearly."""
CLEAREST, APART, RATED = 40, 0.25, 4000
"""Examples without classes are chosen among so many, the clearest of the typical ones; those of an analogy lie farther
apart than this share of the pairs, and so many of them are rated."""
CLEAREST_PART = 0.2
"""The share of a group's examples that are its clearest."""
TRIED, TYPICAL = 12, 5.0
"""Pairs of classes that are tried for the first analogy, until one gives a point more typical than this many percent of
the examples, among examples of the class that it should have."""


def choose_mode(checkpoint: Checkpoint, linked: ArithmeticView) -> str:
    """Ask what to do on the page. A link decides when it is opened: later, a rerun that was under way when the user
    chose would bring back what the address bar held before."""
    if linked.mode and (MODE_KEY not in st.session_state or visits.current().restoring):
        st.session_state[MODE_KEY] = linked.mode
    return st.segmented_control(
        "What to do",
        list(MODES),
        format_func=lambda mode: MODES[mode].format(units=words.units(checkpoint.spec)),
        default=None if MODE_KEY in st.session_state else next(iter(MODES)),
        key=MODE_KEY,
        label_visibility="collapsed",
        required=True,
        on_change=links.forget_point,  # the address bar still holds the mode before
        persist_state="session",
    )


def starting_view(checkpoint: Checkpoint, mode: str, linked: ArithmeticView) -> ArithmeticView:
    """Images, way and place to start from. A point sent here as A or B takes that slot in every mode."""
    read = visits.current().restoring or not _kept(checkpoint)
    known = {name: value for name, value in vars(linked).items() if value is not None} if read else {}
    sent, use = links.view(checkpoint, models.n_examples(checkpoint)), used_as()
    if use and (sent.z or sent.example is not None):
        point = View(z=sent.z, label=sent.label, example=None if sent.z else sent.example)
        for each in MODES:
            view = _kept(checkpoint).get(each) or ArithmeticView()
            points = _filled(checkpoint, each, view.points)
            if USES[use] < len(points):
                points[USES[use]] = point
            keep(checkpoint, each, replace(view, points=points))
    view = replace(_kept(checkpoint).get(mode) or ArithmeticView(), **known)
    return replace(view, mode=mode, points=_filled(checkpoint, mode, view.points))


def keep(checkpoint: Checkpoint, mode: str, view: ArithmeticView) -> None:
    """Keep the view for the rest of the session."""
    _kept(checkpoint)[mode] = view


def _kept(checkpoint: Checkpoint) -> dict[str, ArithmeticView]:
    return st.session_state.setdefault(KEY, {}).setdefault((checkpoint.name, checkpoint.digest), {})


def _filled(checkpoint: Checkpoint, mode: str, points: list[View] | None) -> list[View]:
    """As many points as `mode` needs: the given ones, then the defaults."""
    least, most = COUNTS[mode]
    found = (points or [])[:most]
    defaults = [View(example=example) for example in models.per_checkpoint(usual, checkpoint)[mode]]
    return found + defaults[len(found) : least]


def usual(checkpoint: Checkpoint) -> dict[str, list[int]]:
    """The stored examples that each mode begins with: of anomalies none, which a model draws as something else."""
    spec = checkpoint.spec
    found = _classed(checkpoint) if spec.classes and spec.normal is None else _clear(checkpoint)
    if spec.normal is None and (group := stored(checkpoint).get(first_choice(checkpoint)[1])):
        found["concept"] = [_left(checkpoint, group.group.examples)]
    return found | {"mean": _alike(checkpoint, found["between"][0])}


def _left(checkpoint: Checkpoint, group: tuple[int, ...]) -> int:
    """A clear example of the group that the first concept vector leads away from: one step shows what it does. Of the
    clearest, it is the one in the middle of the group."""
    latents = models.latents(checkpoint)
    rows = torch.tensor(group[:SAMPLE])
    clear = clarity(models.loaded(checkpoint), latents, rows).topk(max(1, int(CLEAREST_PART * len(rows)))).indices
    mu = latents.posterior.mu[rows]
    return int(rows[clear[(mu[clear] - mu.mean(0)).norm(dim=1).argmin()]])


def _alike(checkpoint: Checkpoint, example: int) -> list[int]:
    """An example and the two nearest clear ones, of its class if there are classes."""
    latents, model = models.latents(checkpoint), models.loaded(checkpoint)
    mu, y = latents.posterior.mu, latents.y
    if checkpoint.spec.classes:
        rows = (y == y[example]).nonzero().flatten()[:SAMPLE]
        like = likeness(model, latents, rows)
        rows = rows[(like >= like.median()) | (rows == example)]
    else:
        rows = by_clarity(model, latents)[:CLEAREST]
    away = (mu[rows] - mu[example]).norm(dim=1)
    return rows[away.topk(min(3, len(rows)), largest=False).indices].tolist()


def _classed(checkpoint: Checkpoint) -> dict[str, list[int]]:
    """The same of data with classes: examples of two of them, of those that the model shows clearly."""
    latents, model = models.latents(checkpoint), models.loaded(checkpoint)
    mu = latents.posterior.mu
    typicality = latents.typicality(checkpoint.spec)
    sampled = {label: (latents.y == label).nonzero().flatten()[:SAMPLE] for label in latents.y.unique().tolist()}
    like = likeness(model, latents, torch.cat(list(sampled.values())))
    likenesses = dict(zip(sampled, like.split([len(rows) for rows in sampled.values()]), strict=True))
    clearest = sorted(sampled, key=lambda label: -torch.quantile(likenesses[label], 0.75).item())
    present = sorted(clearest[: max(CLASSES, -(-len(sampled) // 2))])

    @functools.cache
    def members(label: int) -> torch.Tensor:
        """Examples of a class that lie among neighbours of their class, the clearest first: a mean may lie where
        another class lives."""
        rows = sampled[label]
        near = torch.cdist(mu[rows], mu).topk(min(NEIGHBOURS, len(mu)), largest=False).indices
        purity = (latents.y[near] == label).double().mean(1)
        order = likenesses[label].argsort(descending=True)
        return rows[order[purity[order] >= purity.median()]]

    def typical(label: int, offset: float = 0) -> int:
        """A clear example of a class; with an `offset` one of the clearer half, nearest to the place so many standard
        deviations from the class's mean along its main direction."""
        rows = members(label)
        if not offset:
            return int(rows[int((1 - CLEAR) * (len(rows) - 1))])
        rows = rows[: -(-len(rows) // 2)]
        own = mu[sampled[label]]
        main = principal_directions(own, 1)[0]
        place = own.mean(0) + offset * main.std * main.vector
        return int(rows[(mu[rows] - place).norm(dim=1).argmin()])

    rank = dict(zip(torch.cat(list(sampled.values())).tolist(), like.tolist(), strict=True))
    ranked = sorted(present, key=lambda label: -rank[typical(label)])
    first, second = ranked[0], ranked[min(1, len(ranked) - 1)]

    def rating(a: int, b: int, c: int) -> tuple[float, float]:
        """How many of the examples nearest to c + b − a have c's class, and how typical that point is. A code that is
        given the class need not say it."""
        d = mu[[c]] + mu[[b]] - mu[[a]]
        near = torch.cdist(d, mu).topk(min(NEIGHBOURS, len(mu)), largest=False).indices[0]
        same = (latents.y[near] == latents.y[c]).double().mean().item()
        return 1.0 if checkpoint.train_config.conditional else same, min(TYPICAL, typicality.percentile(d).item())

    def analogy() -> list[int]:
        """Two styles of one class and an example of another that takes the second style and keeps its class."""
        pairs = [(one, other) for one in present for other in present if one != other] or [(first, first)]
        pairs.sort(key=lambda pair: pair != (first, second))  # the usual classes, if others are no better
        best: tuple[tuple[float, float], list[int]] | None = None
        for one, other in pairs[:TRIED]:
            found = [typical(one, -0.8), typical(one, 0.8), typical(other)]
            rated = rating(*found)
            if best is None or rated > best[0]:
                best = rated, found
            if rated == (1, TYPICAL):
                break
        assert best is not None
        return best[1]

    four = [present[round(i * (len(present) - 1) / 3)] for i in range(4)]
    apart = len(set(four)) == 4
    corners = [
        typical(label, 0 if apart else offset) for label, offset in zip(four, (-1.5, -0.5, 0.5, 1.5), strict=True)
    ]
    return {
        "between": [typical(first), typical(second)]
        if first != second
        else [typical(first, -1.5), typical(first, 1.5)],
        "palette": corners,
        "concept": [typical(first)],
        "analogy": analogy(),
    }


def _clear(checkpoint: Checkpoint) -> dict[str, list[int]]:
    """The same without classes: clear examples, for what lies nearest to the mean is ordinary, such as bare ground."""
    latents, model = models.latents(checkpoint), models.loaded(checkpoint)
    first, clear = clear_example(model, latents), by_clarity(model, latents)[:CLEAREST]
    mu = latents.posterior.mu
    farthest = int(clear[(mu[clear] - mu[first]).norm(dim=1).argmax()])
    corners = [first, farthest]
    while len(corners) < 4:  # each as far as can be from those before
        away = torch.cdist(mu[clear], mu[corners]).amin(1)
        corners.append(int(clear[away.argmax()]))
    # Of all A, B and C that lie apart, those whose D = C + (B − A) is the most typical.
    points = mu[clear]
    a, b, c = (each.flatten() for each in torch.meshgrid(*[torch.arange(len(clear))] * 3, indexing="ij"))
    distances = torch.cdist(points, points)
    apart = distances >= torch.quantile(distances, APART)
    tried = (apart[a, b] & apart[a, c] & apart[b, c]).nonzero().flatten()
    if not len(tried):
        tried = torch.arange(len(a))
    tried = tried[torch.randperm(len(tried), generator=torch.Generator().manual_seed(0))[:RATED]]
    a, b, c = a[tried], b[tried], c[tried]
    best = int(latents.typicality(checkpoint.spec).percentile(points[c] + points[b] - points[a]).argmax())
    analogy = [int(clear[each[best]]) for each in (a, b, c)]
    return {"between": [first, farthest], "palette": corners, "concept": [first], "analogy": analogy}
