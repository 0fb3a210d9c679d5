"""How well `chorales-vae` models unseen chorales, and how its tunes compare: `python -m benchmarks.music`.

Three tables. The first, on windows of held-out chorales: nats per step (a quarter note in four voices; for the model
−ELBO with one sample, its parts, and the importance-weighted bound of Burda et al. 2016), and the share of notes that
are guessed right from the second step on, each with the true notes before it, beside the chord before and two
first-order Markov chains (their smoothing is the best one for these windows, in their favour). The second asks what z
is for: the cost of the tunes when every one gets another one's z, and how much of a tune comes back. The third compares
tunes drawn from the prior with real ones: voices that cross, parallel fifths and octaves, notes outside the voices'
ranges, and the share of notes that the nearest training window has.
"""

import argparse
import json
import math
import sys
from pathlib import Path

import torch
from torch import Tensor

from benchmarks import exit_status
from benchmarks.music.baselines import Chain, repeated
from vae_core import checkpoints
from vae_core.datasets import DATASETS, default_data_dir
from vae_core.kinds.notes import measures, voices
from vae_core.kinds.notes.voices import VOICES
from vae_core.model import Model

SAMPLES, WEIGHTED, EVERY = 1000, 64, 4
ADDED = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
TRANSPOSED = 11
"""How many moved copies of the training windows the Markov chains count."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    parser.add_argument("--checkpoint", default="chorales-vae")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--every", type=int, default=EVERY, help="measure every n-th held-out window")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    checkpoint = checkpoints.load(arguments.checkpoint)
    model, spec = checkpoint.load_model(), checkpoint.spec
    data = DATASETS.build(checkpoint.train_config.dataset, arguments.data_dir)
    test = data.test.x[:: arguments.every].long()
    steps = spec.shape[0] // len(VOICES)
    generator = torch.Generator().manual_seed(0)
    train = data.train.x
    if data.augment is not None:
        train = torch.cat([data.augment(train, generator) for _ in range(TRANSPOSED)])

    with torch.inference_mode():
        found = {"held out": held_out(model, train.long(), test, steps, generator)}
        found |= what_z_is_for(model, test, steps, generator)
        found["tunes"] = tunes(model, data.train.x.long(), test, train.long(), arguments.samples, generator)
    if arguments.json:
        print(json.dumps(found))
    else:
        show(found, len(test), arguments)


def held_out(model: Model, train: Tensor, test: Tensor, steps: int, generator: torch.Generator) -> dict:
    spec = model.spec
    grid, every = test.unflatten(1, (steps, len(VOICES))), train.unflatten(1, (steps, len(VOICES)))
    possible = voices.possible(spec)[: len(VOICES)]

    def right(guess: Tensor) -> float:
        return (guess == grid[:, 1:]).double().mean().item()

    posterior = model.encode(test)
    z = posterior.sample(generator)
    nll, kl = model.nll(test, z) / steps, posterior.kl_per_dim().sum(1) / steps
    logits = model.decode_logits(posterior.mu, given=test)
    prior = model.decode_logits(torch.randn(z.shape, generator=generator), given=test)
    mask = ~voices.possible(spec).T

    def guessed(scores: Tensor) -> Tensor:
        return scores.masked_fill(mask, -torch.inf).argmax(1).unflatten(1, (steps, len(VOICES)))[:, 1:]

    found = {
        "chorales-vae": {
            "nats": (nll + kl).mean().item(),
            "nll": nll.mean().item(),
            "kl": kl.mean().item(),
            "weighted": weighted(model, test, generator) / steps,
            "right": right(guessed(logits)),
        },
        "chorales-vae, another z": {"right": right(guessed(prior))},
        "the chord before": {"right": right(repeated(grid))},
    }
    for name, below in (("Markov chain of each voice", False), ("Markov chain, voice below known", True)):
        chains = [Chain.fit(every, len(spec.symbols), added, below) for added in ADDED]
        best = min(chains, key=lambda chain: chain.nll(grid, possible).mean().item())
        nats = best.nll(grid, possible).mean().item() / steps
        found[name] = {"nats": nats, "right": right(best.guess(grid, possible))}
    return found


def weighted(model: Model, x: Tensor, generator: torch.Generator) -> float:
    """The importance-weighted bound on −log p(x) in nats per tune, with WEIGHTED samples."""
    total = 0.0
    for part in x.split(16):
        posterior = model.encode(part)
        mu, logvar = (each.repeat_interleave(WEIGHTED, 0) for each in (posterior.mu, posterior.logvar))
        z = mu + (0.5 * logvar).exp() * torch.randn(mu.shape, generator=generator)
        log_q = torch.distributions.Normal(mu, (0.5 * logvar).exp()).log_prob(z).sum(1)
        log_prior = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(1)
        log_w = -model.nll(part.repeat_interleave(WEIGHTED, 0), z) + log_prior - log_q
        total -= (log_w.unflatten(0, (len(part), WEIGHTED)).logsumexp(1) - math.log(WEIGHTED)).sum().item()
    return total / len(x)


def what_z_is_for(model: Model, test: Tensor, steps: int, generator: torch.Generator) -> dict:
    mu = model.encode(test).mu
    own, other = model.nll(test, mu).mean().item(), model.nll(test, mu.roll(len(mu) // 2, 0)).mean().item()
    again = voices.pitches(model.decode(mu), model.spec)
    tune = voices.pitches(test, model.spec)
    spread = mu.var(0)
    return {
        "z": {
            "kl": model.encode(test).kl_per_dim().sum(1).mean().item(),
            "shuffled": other - own,
            "active": int((spread > 0.01).sum()),
            "again": measures.shared(tune, again).mean().item(),
            "soprano again": measures.shared(tune[..., 3:], again[..., 3:]).mean().item(),
            "by chance": measures.shared(tune, tune.roll(len(tune) // 2, 0)).mean().item(),
        }
    }


def tunes(model: Model, train: Tensor, test: Tensor, moved: Tensor, n: int, generator: torch.Generator) -> dict:
    """Tunes of the prior beside real ones. `moved` is what the Markov chain counts."""
    spec, steps = model.spec, model.spec.shape[0] // len(VOICES)
    z = torch.randn(n, model.config.latent_dim, generator=generator)
    possible = voices.possible(spec)[: len(VOICES)]
    chain = Chain.fit(moved.unflatten(1, (steps, len(VOICES))), len(spec.symbols), 0.03, below=True)
    unlimited = model.decode_logits(z)
    samples = {
        "chorales-vae": model.decode(z),
        "chorales-vae, temperature 0.7": model.decode(z, temperature=0.7, generator=generator),
        "chorales-vae, temperature 1": model.decode(z, temperature=1.0, generator=generator),
        "Markov chain": chain.sample(min(n, 300), steps, possible, generator).flatten(1),
        "held-out chorales": test,
        "training chorales": train[:: max(1, len(train) // n)],
    }
    anywhere = unlimited.argmax(1)
    beyond = ~voices.possible(spec)[torch.arange(spec.shape[0]), anywhere]
    found = {name: described(x, model) for name, x in samples.items()}
    reference = voices.pitches(train, spec)
    for name, x in samples.items():
        if name != "training chorales":
            found[name]["nearest"] = nearest(voices.pitches(x[:200], spec), reference)
    found["chorales-vae"]["unlimited"] = beyond.double().mean().item()
    return found


def described(x: Tensor, model: Model) -> dict[str, float]:
    pitches = voices.pitches(x, model.spec)
    ratios = {
        "crossings": measures.crossings(pitches),
        "fifths": measures.parallels(pitches),
        "octaves": measures.parallels(pitches, measures.OCTAVE),
        "outside": measures.outside(pitches, voices.ranges(model.spec)),
    }
    found = {name: (bad.sum() / total.sum().clamp(min=1)).item() for name, (bad, total) in ratios.items()}
    found["crossed"], found["pairs"] = (each.sum().item() for each in measures.crossings(pitches))
    held = (pitches[:, 1:] == pitches[:, :-1]).double().mean().item()
    return found | {"held": held}


def nearest(pitches: Tensor, reference: Tensor) -> float:
    """The mean share of notes that the most similar training window has, at any transposition of up to five
    semitones."""
    best = torch.zeros(len(pitches), dtype=torch.double)
    flat = reference.flatten(1)
    for shift in range(-5, 6):
        moved = torch.where(flat == voices.SILENT, flat, flat + shift)
        for i, tune in enumerate(pitches.flatten(1)):
            best[i] = max(best[i], (moved == tune).double().mean(1).max())
    return best.mean().item()


def show(found: dict, n: int, arguments: argparse.Namespace) -> None:
    print(f"Held-out chorales, {n} windows")
    print(f"  {'':<34}{'nats/step':>10}{'NLL':>8}{'KL':>7}{'weighted':>10}{'notes right':>13}")
    for name, values in found["held out"].items():
        numbers = "".join(
            f"{values[key]:>{width}.3f}" if key in values else f"{'–':>{width}}"
            for key, width in (("nats", 10), ("nll", 8), ("kl", 7), ("weighted", 10))
        )
        print(f"  {name:<34}{numbers}{values['right']:>13.1%}")
    z = found["z"]
    print(
        f"z: KL {z['kl']:.2f} nats a tune, {z['active']} active units; another tune's z costs {z['shuffled']:.2f} nats "
        f"more; of a tune {z['again']:.1%} of the notes come back, of its soprano {z['soprano again']:.1%} (two tunes "
        f"share {z['by chance']:.1%})"
    )
    print(f"Tunes of the prior, {arguments.samples} each, and real windows")
    heads = {
        "crossings": "crossings",
        "fifths": "par. fifths",
        "octaves": "par. octaves",
        "outside": "out of range",
        "held": "held notes",
        "nearest": "nearest",
    }
    print(f"  {'':<32}" + "".join(f"{head:>14}" for head in heads.values()))
    for name, values in found["tunes"].items():
        row = "".join(f"{values[key]:>14.2%}" if key in values else f"{'–':>14}" for key in heads)
        print(f"  {name:<32}{row}")
    counts = ", ".join(
        f"{name} {values['crossed']:.0f} of {values['pairs']:,.0f}" for name, values in found["tunes"].items()
    )
    print(f"Crossings, of pairs of neighbouring voices: {counts}. The file has its chords from below: none crosses.")
    unlimited = found["tunes"]["chorales-vae"]["unlimited"]
    print(f"Without the limits, {unlimited:.2%} of its symbols would be of another voice, or none at all.")


if __name__ == "__main__":
    sys.exit(exit_status(main))
