"""The film of a training: the model decodes and encodes the same inputs after each epoch.

`frames/fixed.safetensors` holds the inputs, `frames/000012.safetensors` the outputs of one epoch.
"""

import bisect
import re
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.numpy import save as to_safetensors
from safetensors.torch import load_file
from torch import Tensor

from vae_core.checkpoints.files import through_classes
from vae_core.data import Data, DataSpec
from vae_core.errors import UserError
from vae_core.files import write_bytes, write_json
from vae_core.kinds import kind_of
from vae_core.latent.geometry import grid, normal_quantiles
from vae_core.model import Model
from vae_core.posterior import Posterior
from vae_core.reading import read_json
from vae_core.training import TrainConfig

SIDE, N_RECONSTRUCTIONS, N_POINTS = 8, 18, 1000
"""Samples a side of their grid; held-out examples with their reconstructions: six rows of three pairs; points."""
MAX_FRAMES, MAX_BYTES = 64, 64_000_000
"""Limits of a film: large frames reduce their number, so that it stays within MAX_BYTES."""
PASSING = 4
"""Newest temporary frames to keep: a page that has just learned of one needs time to fetch it."""

FIXED, SPEC = "fixed.safetensors", "spec.json"


@dataclass(frozen=True)
class Frame:
    """The outputs of the model of one epoch.

    `samples` [S, *shape], as data are at rest: decoded from `z` [S, D] and `sample_y` int64 [S], the same in every
    frame; with two latent dimensions the z are a grid, row 0 at the top, so that the samples are the latent plane.
    `images` [R, *shape] are held-out examples with their `reconstructions`. `mu` float [N, D] are
    the posterior means of held-out examples with labels `y` int64 [N].
    """

    epoch: int
    z: Tensor
    sample_y: Tensor
    samples: Tensor
    images: Tensor
    reconstructions: Tensor
    mu: Tensor
    y: Tensor


def sampled_points(latent_dim: int, generator: torch.Generator) -> Tensor:
    """The z of a film's samples, [SIDE², latent_dim]: a grid of the prior's quantiles in one and two dimensions, draws
    from the prior in more."""
    z = torch.randn(SIDE * SIDE, latent_dim, generator=generator)
    if latent_dim <= 2:
        across = normal_quantiles(SIDE if latent_dim == 2 else SIDE * SIDE)
        z = grid(across, across, torch.zeros(2)).flatten(0, 1) if latent_dim == 2 else across[:, None]
    return z.contiguous()


def classes_in_turn(n: int, spec: DataSpec) -> Tensor:
    """The classes of n samples, int64 [n]; zeros without classes."""
    return torch.arange(n) % max(1, len(spec.classes))


def kept_epochs(n_epochs: int, n_frames: int) -> list[int]:
    """The epochs, at most `n_frames` of 1 … n_epochs, whose frames are kept: every one in the first half of the film,
    then ever fewer, in geometric steps, and the last."""
    if n_epochs <= n_frames:
        return list(range(1, n_epochs + 1))
    dense = max(1, n_frames // 2)
    thin = n_frames - dense
    ratio = n_epochs / dense
    later = [round(dense * ratio ** (k / thin)) for k in range(1, thin + 1)]
    return sorted({*range(1, dense + 1), *later})


def frame_epochs(folder: Path) -> list[int]:
    """The epochs that have a frame in `folder`, in order."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return []
    return sorted(int(match[1]) for name in names if (match := re.fullmatch(r"(\d+)\.safetensors", name)))


def read_frame(folder: Path, epoch: int) -> Frame:
    """The frame of an epoch; UserError if there is none (any more) or it is damaged."""
    try:
        fixed, drawn = load_file(folder / FIXED), load_file(folder / f"{epoch:06d}.safetensors")
        return Frame(epoch, **fixed, **drawn)
    except FileNotFoundError:
        raise UserError(f"There is no frame of epoch {epoch}.") from None
    except (OSError, SafetensorError, TypeError) as error:
        raise UserError(f"The frame of epoch {epoch} cannot be read: {error}") from None


def read_spec(folder: Path) -> DataSpec:
    """The spec of the examples in the frames of `folder`; UserError if there are none. Earlier versions wrote none
    and filmed images only."""
    try:
        return DataSpec.from_json(read_json(folder / SPEC, f"The film's {SPEC}"))
    except FileNotFoundError:
        epochs = frame_epochs(folder)
        frame = read_frame(folder, epochs[0] if epochs else 0)
        return DataSpec("images", "image", tuple(frame.samples.shape[1:]))
    except OSError as error:
        raise UserError(f"The film's {SPEC} cannot be read: {error.strerror}") from None


class FrameWriter:
    """Writes frames of one training into `folder`. Those outside of `kept_epochs` are deleted after PASSING newer
    ones, so that the film stays bounded. Raises OSError if something cannot be written."""

    def __init__(self, folder: Path, config: TrainConfig, data: Data):
        self.folder = folder
        generator = torch.Generator().manual_seed(config.seed)
        z = sampled_points(config.latent_dim, generator)
        test = data.test
        points = torch.randperm(len(test), generator=generator)[:N_POINTS].sort().values
        images = test.take(through_classes(test.y, N_RECONSTRUCTIONS))
        self.points, self.images_y = points, images.y
        self.fixed = {
            "z": z,
            "sample_y": classes_in_turn(len(z), data.spec),
            "images": images.x.contiguous(),
            "y": test.y[points],
        }
        size = (len(z) + len(images)) * test.x[0].numel() + 4 * len(points) * config.latent_dim
        self.kept = kept_epochs(config.epochs, max(2, min(MAX_FRAMES, MAX_BYTES // size)))
        folder.mkdir(exist_ok=True)
        write_json(folder / SPEC, data.spec.to_json(), durable=False)
        write_bytes(folder / FIXED, to_safetensors({name: tensor.numpy() for name, tensor in self.fixed.items()}))
        self.passing = [epoch for epoch in frame_epochs(folder) if not self.is_kept(epoch)]

    def is_kept(self, epoch: int) -> bool:
        at = bisect.bisect_left(self.kept, epoch)
        return at < len(self.kept) and self.kept[at] == epoch

    def write(self, epoch: int, model: Model, encoded: Posterior) -> None:
        """Write the frame of an epoch. `encoded` is the posterior of all held-out examples."""
        drawn = self._draw(model) | {"mu": encoded.mu[self.points].float()}
        content = to_safetensors({name: tensor.contiguous().numpy() for name, tensor in drawn.items()})
        write_bytes(self.folder / f"{epoch:06d}.safetensors", content, durable=False)
        if not self.is_kept(epoch):
            self.passing = [other for other in self.passing if other != epoch] + [epoch]
        self._let_pass(PASSING)

    def finish(self) -> None:
        """Keep the permanent frames and the last."""
        self._let_pass(int(self.passing[-1:] == frame_epochs(self.folder)[-1:]))

    def _let_pass(self, n: int) -> None:
        """Delete all but the newest n temporary frames."""
        while len(self.passing) > n:
            epoch = self.passing.pop(0)
            (self.folder / f"{epoch:06d}.safetensors").unlink(missing_ok=True)

    def forget_after(self, epoch: int) -> None:
        """Delete the frames of later epochs, which a training that resumes from `epoch` writes again."""
        self.passing = [earlier for earlier in self.passing if earlier <= epoch]
        for later in frame_epochs(self.folder):
            if later > epoch:
                (self.folder / f"{later:06d}.safetensors").unlink(missing_ok=True)

    @torch.inference_mode()
    def _draw(self, model: Model) -> dict[str, Tensor]:
        training = model.training
        model.eval()
        fixed = {name: tensor.to(model.device) for name, tensor in self.fixed.items()}
        images_y = self.images_y.to(model.device)
        kind = kind_of(model.spec)
        mu = model.encode(kind.feed(fixed["images"]), images_y).mu
        drawn = model.decode(torch.cat([fixed["z"], mu]), torch.cat([fixed["sample_y"], images_y]))
        model.train(training)
        rest = kind.rest(drawn).cpu().contiguous()
        return {"samples": rest[: len(fixed["z"])], "reconstructions": rest[len(fixed["z"]) :]}
