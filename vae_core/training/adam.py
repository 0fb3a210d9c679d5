"""Adam without the overhead of `torch.optim`."""

from collections.abc import Iterable, MutableMapping

import torch
from torch import Tensor, nn

BETAS, EPSILON = (0.9, 0.999), 1e-8
TINY, TIDY_EVERY = 1e-33, 100  # 0.9 ** 100 of 1e-33 is still no denormal
NAMES = ("step", "exp_avg", "exp_avg_sq")


class Adam:
    """PyTorch's fused Adam (Kingma & Ba 2015, https://arxiv.org/abs/1412.6980), bit for bit `torch.optim.Adam(
    parameters, lr, fused=True)`. The constructor of that class imports PyTorch's compiler, which delays the first batch
    of each training by more than a second and is of no use here; so this class calls the private function underneath.
    If a version of PyTorch lacks it, `torch.optim.Adam` does the work.

    The averages of weights that get no gradient for a while, such as those of a mostly black pixel, decay into denormal
    numbers, below 1e-38, with which a processor is many times slower; after two epochs of MNIST a quarter of the first
    layer's are there. On a CPU, averages below 1e-33 are therefore set to 0 every hundred steps. The weights do not
    change: beside EPSILON such an average is less than their last bit.

    `lr` may change between steps. `state` holds a parameter's "step", "exp_avg" and "exp_avg_sq" after its first step;
    replace its entries to resume an earlier training.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float):
        self.parameters, self.lr = list(parameters), lr
        self.state: MutableMapping[Tensor, dict[str, Tensor]] = {parameter: {} for parameter in self.parameters}
        self.fallback: torch.optim.Adam | None = None
        if not _private_functions_work():
            self.fallback = torch.optim.Adam(self.parameters, lr=lr, betas=BETAS, eps=EPSILON, fused=True)
            self.fallback.state.update(self.state)
            self.state = self.fallback.state

    def zero_grad(self) -> None:
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Update in place the parameters that have a gradient."""
        used: list[Tensor] = [parameter for parameter in self.parameters if parameter.grad is not None]
        if not used:
            return
        if self.fallback is not None:
            self.fallback.param_groups[0]["lr"] = self.lr
            self.fallback.step()
        else:
            for parameter in used:
                if not self.state[parameter]:
                    step = torch.zeros((), device=parameter.device)
                    moments = {name: torch.zeros_like(parameter) for name in NAMES[1:]}
                    self.state[parameter] = {"step": step, **moments}
            steps, means, squares = ([self.state[parameter][name] for parameter in used] for name in NAMES)
            _step(used, steps, means, squares, self.lr)
        first = self.state[used[0]]["step"]
        if first.device.type == "cpu" and first.item() % TIDY_EVERY == 0:
            for parameter in used:
                for name in NAMES[1:]:
                    average = self.state[parameter][name]
                    average.masked_fill_(average.abs() < TINY, 0)


def _step(used: list[Tensor], steps: list[Tensor], means: list[Tensor], squares: list[Tensor], lr: float) -> None:
    torch._foreach_add_(steps, 1)
    torch._fused_adam_(
        used,
        [parameter.grad for parameter in used if parameter.grad is not None],
        means,
        squares,
        [],
        steps,
        lr=lr,
        beta1=BETAS[0],
        beta2=BETAS[1],
        weight_decay=0.0,
        eps=EPSILON,
        amsgrad=False,
        maximize=False,
    )


def _private_functions_work() -> bool:
    """Whether this PyTorch has the private functions and they reproduce Adam's first step."""
    parameter = torch.ones(1)
    parameter.grad = torch.full((1,), 2.0)
    step, mean, square = torch.zeros(()), torch.zeros(1), torch.zeros(1)
    try:
        _step([parameter], [step], [mean], [square], lr=0.5)
    except (AttributeError, TypeError, RuntimeError, NotImplementedError):
        return False
    found, expected = torch.cat([parameter, step[None], mean, square]), torch.tensor([0.5, 1.0, 0.2, 0.004])
    return torch.allclose(found, expected, atol=1e-6)
