"""Adam against PyTorch's own."""

import torch
from torch import nn

from vae_core.adam import Adam


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
