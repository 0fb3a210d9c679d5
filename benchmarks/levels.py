"""How well `mario-vae` models unseen levels, and the quality of its samples: `python -m benchmarks.levels`.

Two tables. The first, on held-out levels (4-1 and 6-3), gives the accuracy of reconstructed tiles and likelihoods in
nats per level (for the model −ELBO with one sample), beside two baselines: the tile frequencies of each row, and a
Markov chain of whole columns. The second compares samples with real windows: the share that is playable, that has
broken pipes and that copies a training window, and the distance to the nearest one (differing tiles). The last line is
about long levels: how many walks of twelve windows can be played to their end, before and after repair.

Accuracy counts only tiles that are not sky in the original: all sky gets nine tiles of ten right. `as shown` is what
the page draws, the most likely level with whole pipes; `tile by tile` takes the most likely symbol of each cell.
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from torch import Tensor

from benchmarks import exit_status
from benchmarks.level_baselines import ColumnChain, RowModel
from vae_core import checkpoints
from vae_core.datasets import DATASETS, default_data_dir, levels
from vae_core.kinds.tiles.corpus import ids_of, one_of
from vae_core.kinds.tiles.measures import broken_pipes, nearest_training_distance
from vae_core.kinds.tiles.playability import path
from vae_core.latent.long_levels import LongLevels, random_walk
from vae_core.metrics import measure

SAMPLES, WALKS, WINDOWS, STEP = 1000, 20, 12, 0.8
HALF_PIPES = ("pipe_top_left", "pipe_left")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    parser.add_argument("--checkpoint", default="mario-vae")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--walks", type=int, default=WALKS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)

    checkpoint = checkpoints.load(arguments.checkpoint)
    config, model, spec = checkpoint.train_config.dataset, checkpoint.load_model(), checkpoint.spec
    data = DATASETS.build(config, arguments.data_dir)
    train, test = data.train.x.long(), data.test.x.long()
    folder = levels.folder_of(arguments.data_dir)
    rows = RowModel.fit(train, len(spec.symbols))
    chain = ColumnChain.fit([levels.level(folder, name).long() for name in levels.TRAINED_ON], len(spec.symbols))
    sky = ids_of(spec, "empty")

    def off_sky(guess: Tensor) -> float:
        return (guess == test)[test != sky].float().mean().item()

    measured = measure(model, data.test)
    with torch.inference_mode():
        reconstructed = model.reconstruct(test)
        by_tile = model.likelihood.shown(model.decode_logits(model.encode(test).mu))
    held_out = [
        ("mario-vae, as shown", off_sky(reconstructed), -measured["elbo"]),
        ("mario-vae, tile by tile", off_sky(by_tile), -measured["elbo"]),
        ("nothing but sky", off_sky(torch.full_like(test, sky)), None),
        ("most common tile of each row", off_sky(rows.mode(test)), -rows.log_likelihood(test).mean().item()),
        ("Markov chain of columns", None, -chain.log_likelihood(test).mean().item()),
    ]

    def described(tiles: Tensor) -> dict[str, float]:
        distance, _ = nearest_training_distance(tiles, train)
        broken, pipes = broken_pipes(tiles, spec)
        half_rows, all_rows = _pipe_rows(tiles, spec)
        playable = sum(path(each, spec) is not None for each in tiles)
        return {
            "playable": playable / len(tiles),
            "broken": broken.sum().item() / max(1, pipes.sum().item()),
            "broken rows": half_rows / max(1, all_rows),
            "pipes": pipes.sum().item() / len(tiles),
            "copies": (distance == 0).float().mean().item(),
            "within 4": (distance <= 4).float().mean().item(),
            "nearest": distance.float().median().item(),
        }

    generator = torch.Generator().manual_seed(0)
    z = torch.randn(arguments.samples, model.config.latent_dim, generator=generator)
    with torch.inference_mode():
        logits = model.decode_logits(z)
        samples = {
            "mario-vae, as shown": model.decode(z),
            "mario-vae, tile by tile": model.likelihood.shown(logits),
            "mario-vae, temperature 0.5": model.decode(z, temperature=0.5, generator=generator),
            "Markov chain of columns": chain.sample(arguments.samples, spec.shape[1], generator),
            "rows' frequencies": rows.sample(arguments.samples, spec.shape[1], generator),
            "held-out windows": test,
            "training windows": train,
        }
    found = {name: described(tiles) for name, tiles in samples.items()}
    # Each training window is its own copy.
    found["training windows"] |= {"copies": float("nan"), "within 4": float("nan"), "nearest": float("nan")}
    walks = long_levels(model, arguments.walks, checkpoint.load_latents().posterior.mu)

    if arguments.json:
        print(json.dumps({"held out": held_out, "samples": found, "walks": walks}))
        return
    print(f"Held-out levels {' and '.join(levels.HELD_OUT)}, {len(test)} windows")
    print(f"  {'':<30}{'off the sky':>12}{'−ELBO or NLL, nats/level':>27}")
    for name, accuracy, nats in held_out:
        print(f"  {name:<30}{_share(accuracy):>12}{'–' if nats is None else f'{nats:.1f}':>27}")
    print(f"Samples of the prior, {arguments.samples} each, and real windows")
    columns = ("playable", "broken", "broken rows", "pipes", "copies", "within 4", "nearest")
    heads = ("playable", "broken pipes", "broken rows", "pipes/level", "copies", "within 4", "nearest")
    print(f"  {'':<28}" + "".join(f"{head:>14}" for head in heads))
    for name, values in found.items():
        shown: list[str] = [
            f"{values[column]:.2f}" if column == "pipes" else f"{values[column]:.0f}" if column == "nearest"
            else _share(values[column]) for column in columns
        ]  # fmt: skip
        print(f"  {name:<28}" + "".join(f"{each.replace('nan', '–'):>14}" for each in shown))
    before, after, moved, total = walks
    print(
        f"Long levels of {WINDOWS} windows: {before} of {arguments.walks} playable, {after} after repair "
        f"({moved} of {total} windows moved)"
    )


def _share(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:.1%}"


def _pipe_rows(tiles: Tensor, spec) -> tuple[int, int]:
    """Rows of pipes whose left half has no right half beside it, and all rows, without those at the window's edges."""
    top, stem = (one_of(tiles, spec, [role]) for role in HALF_PIPES)
    right_top, right_stem = (one_of(tiles, spec, [role]) for role in ("pipe_top_right", "pipe_right"))
    left = (top | stem)[..., :-1]
    paired = (top[..., :-1] & right_top[..., 1:]) | (stem[..., :-1] & right_stem[..., 1:])
    return int((left & ~paired).sum()), int(left.sum())


def long_levels(model, n: int, anchors: Tensor) -> tuple[int, int, int, int]:
    """The number of playable levels among n random walks before and after repair, and of windows that repair moved."""
    maker = LongLevels(model, anchors[:: max(1, len(anchors) // 32)])
    before = after = moved = 0
    for seed in range(n):
        generator = torch.Generator().manual_seed(seed)
        codes = random_walk(WINDOWS, model.config.latent_dim, STEP, generator)
        repaired, works = maker.repair(codes, generator)
        before += path(maker.level(codes), model.spec) is not None
        after += works
        moved += int((repaired != codes).any(1).sum())
    return before, after, moved, n * WINDOWS


if __name__ == "__main__":
    sys.exit(exit_status(main))
