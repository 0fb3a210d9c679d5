"""Adam against PyTorch's own."""

import torch
from torch import nn

from vae_core.training.adam import Adam


def test_adam_is_pytorchs_fused_adam_bit_for_bit(generator):
    ours = nn.ParameterList(torch.randn(shape, generator=generator) for shape in [(5, 3), (3,), (2, 3, 4, 4), (7,)])
    theirs = nn.ParameterList(parameter.detach().clone() for parameter in ours)
    adam, reference = Adam(ours, 1e-2), torch.optim.Adam(theirs, lr=1e-2, fused=True)
    for step in range(6):
        adam.lr = reference.param_groups[0]["lr"] = 1e-2 / (1 + step)
        for at, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            unused = at == 3 and step < 2  # as of a part of a network that a batch did not go through
            mine.grad = None if unused else torch.randn(mine.shape, generator=generator)
            other.grad = None if unused else mine.grad.clone()
        adam.step()
        reference.step()
    for mine, other in zip(ours, theirs, strict=True):
        assert torch.equal(mine, other)
        assert all(torch.equal(adam.state[mine][name], value) for name, value in reference.state[other].items())
        assert adam.state[mine].keys() == reference.state[other].keys()
    adam.zero_grad()
    assert all(parameter.grad is None for parameter in ours)


def test_what_has_no_gradient_any_more_does_not_decay_into_denormals_and_moves_as_with_pytorch(generator):
    ours = nn.Parameter(torch.randn(40, generator=generator))
    theirs = nn.Parameter(ours.detach().clone())
    adam, reference = Adam([ours], 1e-3), torch.optim.Adam([theirs], lr=1e-3, fused=True)
    for step in range(1500):
        gradient = torch.randn(40, generator=generator)
        gradient[:20] *= step < 100  # as of a pixel that is black from then on
        ours.grad, theirs.grad = gradient, gradient.clone()
        adam.step()
        reference.step()
    assert torch.equal(ours, theirs)
    assert count_denormals(reference.state[theirs]["exp_avg"]) == 20  # so it is worth something
    assert count_denormals(adam.state[ours]["exp_avg"]) == 0
    assert count_denormals(adam.state[ours]["exp_avg_sq"]) == 0


def count_denormals(values: torch.Tensor) -> int:
    return int(((values != 0) & (values.abs() < torch.finfo(values.dtype).tiny)).sum())
