"""Do verdicts match the eye: `python -m benchmarks.verdicts --data-dir DIR [--checkpoint NAME …] [--sheet FILE.png]`.

Shows the page's own code (run by Node.js) MNIST test digits, blends of two classes, typeset digits, letters, noise and
inverted digits, and prints how often its green agrees with "it is a digit, and it comes back as the same one". What the
reconstruction shows is said by a classifier of its own (trained for two minutes when it is first needed), what the
input is by its group. Test digits are taken out of the stored examples first, so that none is known by heart.

Half-way codes are judged as on Explore. Most of them decode to a plain digit, so the classifier says what they are: a
digit where it is sure, also of the picture shifted and turned; a blend where it is not; the rest are not counted.
The sheet shows the wrong ones: input, result, and what was said.
"""

import argparse
import json
import shutil
import string
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageDraw, ImageFont
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from benchmarks import exit_status
from checkpoints.readers import LIKE_DIGITS, typefaces, varied
from components.shared.app.assets import encoded_file
from vae_core import checkpoints, page_program
from vae_core.data import Data
from vae_core.datasets import DATASETS, default_data_dir
from vae_core.datasets._sources.idx import read_idx
from vae_core.kinds.image import as_float
from vae_core.kinds.image.imaging import Look, centred
from vae_core.latent.reconstruction import reference
from vae_core.model import Model
from vae_core.posterior import Posterior

N = 1000
EPOCHS, BATCH = 4, 128
SURE, UNSURE = 0.95, 0.6
FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts", "C:/Windows/Fonts")
NO_LETTERS = ("emoji", "symbol", "math", "dingbat", "icon", "braille")
LETTERS = sorted(set(string.ascii_letters) - LIKE_DIGITS)
"""Without those that typefaces draw as they draw a digit: whether such a picture is an O or a 0, nobody can see."""
MAX_FONTS = 40


@dataclass(frozen=True)
class Group:
    """Examples [N, 1, 28, 28], or latent points [N, D] where `drawn`; `y` [N]: the digit that each is, −1 for none."""

    name: str
    x: Tensor
    y: Tensor
    drawn: bool = False


# The eye that the verdicts are compared with


def classifier(data: Data, data_dir: Path | None, cache: Path) -> nn.Module:
    """A convolutional network that tells digits apart; trained once and kept in `cache`. It learns MNIST's and, where
    the data directory has typefaces (see checkpoints.readers), theirs, but for those that are shown here."""
    network = nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2, padding=2), nn.ReLU(),  # [B, 16, 14, 14]
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),  # [B, 32, 7, 7]
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Dropout(0.4),
        nn.Linear(64 * 49, 10),
    )  # fmt: skip
    if cache.is_file():
        network.load_state_dict(load_file(cache))
        return network.eval().requires_grad_(False)
    torch.manual_seed(11)
    generator = torch.Generator().manual_seed(11)
    x, y = as_float(data.train.x), data.train.y
    written = typefaces(data_dir, data.spec.shape, Look.of(x[:500]))
    if written is not None:
        digits = written[1] >= 0
        x, y = torch.cat([x, written[0][digits]]), torch.cat([y, written[1][digits]])
    steps = len(x) // BATCH
    optimizer = torch.optim.Adam(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=EPOCHS * steps)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x), generator=generator)[: steps * BATCH].view(-1, BATCH):
            loss = F.cross_entropy(network(varied(x[rows], generator, 0.5)), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    save_file(network.state_dict(), cache)
    return network.eval().requires_grad_(False)


@torch.inference_mode()
def seen(network: nn.Module, x: Tensor) -> Tensor:
    """How likely each class is [N, 10]: the mean over the picture as it is, shifted by a pixel, and turned a little."""
    views = [x, *(x.roll(step, axis) for axis in (2, 3) for step in (-1, 1))]
    for angle in (-0.12, 0.12):
        cos, sin = np.cos(angle), np.sin(angle)
        turn = torch.tensor([[cos, -sin, 0], [sin, cos, 0]], dtype=torch.float32)
        grid = F.affine_grid(turn.expand(len(x), 2, 3), list(x.shape), align_corners=False)
        views.append(F.grid_sample(x, grid, align_corners=False))
    return torch.stack([torch.cat([network(part).softmax(1) for part in view.split(500)]) for view in views]).mean(0)


# What is shown


def fonts() -> list[ImageFont.FreeTypeFont | ImageFont.ImageFont]:
    """Typefaces of this computer that have letters, and Pillow's own."""
    files = sorted(file for folder in FONTS for file in Path(folder).rglob("*.[to]t[fc]"))
    named = [file for file in files if not any(word in file.name.lower() for word in NO_LETTERS)]
    step = max(1, len(named) // MAX_FONTS)
    found = [ImageFont.truetype(str(file), 80) for file in named[::step][:MAX_FONTS]]
    return [*found, ImageFont.load_default(80)]


def typeset(characters: list[str], look: Look) -> tuple[Tensor, list[str]]:
    """Characters in all typefaces, drawn and centred as MNIST is: [N, 1, 28, 28] in [0, 1]."""
    drawn, which = [], []
    for font in fonts():
        for character in characters:
            sheet = Image.new("L", (220, 220))
            ImageDraw.Draw(sheet).text((60, 60), character, fill=255, font=font)
            if box := sheet.getbbox():
                drawn.append(torch.from_numpy(centred(sheet.crop(box), (28, 28), look, stretch=True)))
                which.append(character)
    return torch.stack(drawn)[:, None], which


def letters(data_dir: Path | None, look: Look) -> Tensor:
    """Handwritten letters of EMNIST where the data directory holds them, else typeset ones."""
    folder = (data_dir or Path()) / "emnist"
    images = next(folder.glob("*letters-test-images*"), None) if folder.is_dir() else None
    if images is None:
        return typeset(LETTERS, look)[0]
    y = torch.from_numpy(read_idx(next(folder.glob("*letters-test-labels*")), 1))
    known = [i for i, label in enumerate(y.tolist()) if chr(64 + label) not in LIKE_DIGITS]
    chosen = torch.tensor(known)[torch.randperm(len(known), generator=torch.Generator().manual_seed(0))[:N]]
    return as_float(torch.from_numpy(read_idx(images, 3))[chosen]).transpose(1, 2)[:, None]  # EMNIST lies on its side


@torch.inference_mode()
def groups(data: Data, rows: Tensor, model: Model, data_dir: Path | None) -> list[Group]:
    """All that is shown; `rows` are the test digits."""
    generator = torch.Generator().manual_seed(0)
    x, y = as_float(data.test.x[rows]), data.test.y[rows]
    look = Look.of(as_float(data.train.x[:500]))
    other = torch.randperm(len(x), generator=generator)
    unlike = y != y[other]
    none = torch.full((len(x),), -1)
    z = model.encode(x).mu
    digits, which = typeset(list("0123456789"), look)
    strange = letters(data_dir, look)
    grey, grains = (torch.rand(x.shape, generator=generator) for _ in range(2))
    grains = (grains < torch.rand(len(x), 1, 1, 1, generator=generator)).float()
    noise = torch.where(torch.arange(len(x))[:, None, None, None] % 2 == 0, grey, grains)
    return [
        Group("test digits", x, y),
        Group("typeset digits", digits, torch.tensor([int(each) for each in which])),
        Group("pixel blends", (x + x[other])[unlike] / 2, none[unlike]),
        Group("half-way codes", (z + z[other])[unlike] / 2, none[unlike], drawn=True),
        Group("letters", strange, torch.full((len(strange),), -1)),
        Group("noise", noise[:500], none[:500]),
        Group("inverted digits", 1 - x[:500], none[:500]),
    ]


# What the page says of it


def verdicts(model: Model, latents: checkpoints.Latents, shown: list[Group]) -> dict[str, list[dict]]:
    """The page's verdict on each example of each group, by Node.js."""
    node = shutil.which("node")
    if node is None:
        raise SystemExit("This benchmark runs the page's code and needs Node.js 20 or later.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.safetensors").write_bytes(page_program.export(model))
        (folder / "latents.safetensors").write_bytes(encoded_file(model, latents))
        for group in shown:
            (folder / f"{group.name}.f32").write_bytes(group.x.contiguous().numpy().astype("<f4").tobytes())
        described = [
            {"name": each.name, "how": "drawn" if each.drawn else "reconstruction", "length": each.x[0].numel()}
            for each in shown
        ]
        job = {
            "unit": model.kind.unit,
            "classes": model.spec.classes,
            "nll": reference(model, latents)["nll"].tolist(),
            "groups": described,
        }
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        script = Path(__file__).with_suffix(".mjs")
        run = subprocess.run([node, "--no-warnings", str(script), name], capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(run.stderr)
    return json.loads(run.stdout)


@dataclass(frozen=True)
class Judged:
    """One group: its pictures and results, the verdicts, what would be right, and which of them count, [N] each."""

    group: Group
    pictures: Tensor
    results: Tensor
    verdicts: list[dict]
    right: Tensor
    counts: Tensor

    @property
    def green(self) -> Tensor:
        return torch.tensor([each["level"] == "seen" for each in self.verdicts])


@torch.inference_mode()
def judged(group: Group, model: Model, network: nn.Module, said: list[dict]) -> Judged:
    results = model.decode(group.x if group.drawn else model.encode(group.x).mu)
    found = seen(network, results)
    if not group.drawn:
        right = (group.y >= 0) & (found.argmax(1) == group.y)
        return Judged(group, group.x, results, said, right, torch.ones(len(right), dtype=torch.bool))
    sure = found.amax(1)
    return Judged(group, results, results, said, sure >= SURE, (sure >= SURE) | (sure < UNSURE))


def report(name: str, all_judged: list[Judged]) -> None:
    """Print the table: shares of the counted examples of each group, and of all."""
    print(f"\n{name}\n{'':17} {'counted':>8} {'should be green':>16} {'agrees':>8} {'false green':>12} {'missed':>8}")
    rows = [(each.group.name, each.green[each.counts], each.right[each.counts]) for each in all_judged]
    total = ("all", torch.cat([green for _, green, _ in rows]), torch.cat([right for *_, right in rows]))
    for title, green, right in [*rows, total]:
        shares = [right, green == right, green & ~right, ~green & right]
        right_share, agrees, false, missed = (f"{share.float().mean().item():.1%}" for share in shares)
        print(f"{title:17} {len(green):>8} {right_share:>16} {agrees:>8} {false:>12} {missed:>8}")


def sheet(all_judged: list[Judged], path: Path, each: int = 60, columns: int = 8) -> None:
    """A contact sheet of the wrong ones, at most `each` of a group: input, result, and the verdict."""
    wrong = []
    for found in all_judged:
        rows = torch.nonzero((found.green != found.right) & found.counts).flatten().tolist()[:each]
        wrong += [(found, row) for row in rows]
    width, height = 210, 84
    canvas = Image.new("RGB", (columns * width, max(1, -(-len(wrong) // columns)) * height), "white")
    draw = ImageDraw.Draw(canvas)
    for i, (found, row) in enumerate(wrong):
        left, top = i % columns * width, i // columns * height
        for k, picture in enumerate((found.pictures[row, 0], found.results[row, 0])):
            image = Image.fromarray((255 * picture.clamp(0, 1)).round().byte().numpy())
            canvas.paste(image.resize((56, 56), Image.Resampling.NEAREST), (left + 58 * k, top))
        kind = "false green" if found.green[row] else "missed"
        draw.text((left + 118, top + 4), f"{found.group.name}\n{kind}", fill="black")
        draw.text((left, top + 60), found.verdicts[row]["sentence"][:36], fill="black")
    canvas.save(path)
    print(f"{len(wrong)} wrong ones: {path}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=default_data_dir())
    parser.add_argument("--checkpoint", nargs="+", default=["mnist-vae-16d", "mnist-vae-2d"])
    parser.add_argument("--sheet", type=Path, help="where to write the wrong ones, one PNG file a model")
    kept = Path(tempfile.gettempdir()) / "latent-verdicts-classifier.safetensors"
    parser.add_argument("--classifier", type=Path, default=kept, help="where the classifier is kept")
    arguments = parser.parse_args()
    data = DATASETS.build(DATASETS["mnist"].config(), arguments.data_dir)
    network = classifier(data, arguments.data_dir, arguments.classifier)
    right = (seen(network, as_float(data.test.x)).argmax(1) == data.test.y).float().mean().item()
    print(f"The classifier is right on {right:.2%} of the test digits.")
    rows = torch.randperm(len(data.test), generator=torch.Generator().manual_seed(0))[:N]
    for name in arguments.checkpoint:
        checkpoint = checkpoints.load(name)
        model, latents = checkpoint.load_model(), checkpoint.load_latents()
        shown = groups(data, rows, model, arguments.data_dir)
        said = verdicts(model, without(latents, rows), shown)
        found = [judged(group, model, network, said[group.name]) for group in shown]
        report(name, found)
        if arguments.sheet:
            sheet(found, arguments.sheet.with_stem(f"{arguments.sheet.stem}-{name}"))


def without(latents: checkpoints.Latents, rows: Tensor) -> checkpoints.Latents:
    """The stored examples but for those in `rows`."""
    keep = torch.ones(len(latents.y), dtype=torch.bool)
    keep[rows[rows < len(keep)]] = False
    posterior = latents.posterior
    kept = Posterior(posterior.mu[keep], None if posterior.logvar is None else posterior.logvar[keep])
    nll = None if latents.nll is None else latents.nll[keep]
    return checkpoints.Latents(kept, latents.y[keep], None, {}, nll)


if __name__ == "__main__":
    sys.exit(exit_status(main))
