"""Adam, without what `torch.optim` brings along."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

BETAS, EPSILON = (0.9, 0.999), 1e-8
TINY, TIDY_EVERY = 1e-33, 100  # 0.9 ** 100 of 1e-33 is still no denormal


class Adam:
    """PyTorch's own fused Adam (Kingma & Ba 2015, https://arxiv.org/abs/1412.6980), bit for bit `torch.optim.Adam(
    parameters, lr, fused=True)`, which imports PyTorch's compiler when it is made: more than a second, for nothing,
    before each training's first batch.

    The averages of what has no gradient for a while, such as the weights of a pixel that is mostly black, decay below
    1e-38, where a processor computes many times slower, and stay there: after two epochs of MNIST a quarter of the
    first layer's. On a CPU those below 1e-33 become 0 every hundred steps. The weights do not notice: beside EPSILON
    such an average is less than their last bit.

    `lr` may change between steps. `state` holds a parameter's "step", "exp_avg" and "exp_avg_sq" from its first on.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float):
        self.parameters, self.lr = list(parameters), lr
        self.state: dict[nn.Parameter, dict[str, Tensor]] = {parameter: {} for parameter in self.parameters}

    def zero_grad(self) -> None:
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Change, in place, the parameters that have a gradient."""
        used = [parameter for parameter in self.parameters if parameter.grad is not None]
        for parameter in used:
            if not self.state[parameter]:
                step = torch.zeros((), device=parameter.device)
                means = {name: torch.zeros_like(parameter) for name in ("exp_avg", "exp_avg_sq")}
                self.state[parameter] = {"step": step, **means}
        steps, means, squares = (
            [self.state[parameter][name] for parameter in used] for name in ("step", "exp_avg", "exp_avg_sq")
        )
        torch._foreach_add_(steps, 1)
        torch._fused_adam_(
            used,
            [parameter.grad for parameter in used],
            means,
            squares,
            [],
            steps,
            lr=self.lr,
            beta1=BETAS[0],
            beta2=BETAS[1],
            weight_decay=0.0,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )
        if used and used[0].device.type == "cpu" and steps[0].item() % TIDY_EVERY == 0:
            for average in means + squares:
                average.masked_fill_(average.abs() < TINY, 0)
