"""Adam against PyTorch's own: the contract, with PyTorch's private functions and where a version lacks them."""

import pytest
import torch
from torch import nn

from vae_core.networks import conv
from vae_core.training import TrainConfig, TrainingState, train
from vae_core.training.adam import Adam

SHAPES = [(5, 3), (3,), (), (1,), (2, 3, 4, 4), (64, 129), (7,)]


def other_arguments(parameters, gradients, means, squares, steps):
    """As if a later PyTorch took other arguments."""


def other_meaning(*tensors, **options):
    """As if a later PyTorch meant something else by the name."""


def hidden(patch, kind):
    """PyTorch as a version without what Adam calls. Only while Adam chooses: `torch.optim.Adam` calls it too."""
    if kind == "no fused":
        patch.delattr(torch, "_fused_adam_")
    elif kind == "no foreach":
        patch.delattr(torch, "_foreach_add_")
    elif kind == "another signature":
        patch.setattr(torch, "_fused_adam_", other_arguments)
    elif kind == "another meaning":
        patch.setattr(torch, "_fused_adam_", other_meaning)


@pytest.fixture(params=["private", "no fused", "no foreach", "another signature", "another meaning"])
def make(request, monkeypatch):
    """Makes an Adam where PyTorch has, or lacks, the private functions."""

    def adam(parameters, lr):
        with monkeypatch.context() as patch:
            hidden(patch, request.param)
            made = Adam(parameters, lr)
        assert (made.fallback is None) == (request.param == "private")
        return made

    return adam


def gradient(parameter, generator):
    values = torch.randn(parameter.shape, generator=generator)
    return torch.empty_like(parameter, requires_grad=False).copy_(values)  # in the parameter's memory layout


def pairs(generator):
    ours = [nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]
    ours.append(nn.Parameter(torch.randn(8, 4, 3, 3, generator=generator).to(memory_format=torch.channels_last)))
    return ours, [nn.Parameter(parameter.detach().clone()) for parameter in ours]


def assert_same(ours, theirs, adam, reference):
    for mine, other in zip(ours, theirs, strict=True):
        assert torch.equal(mine, other)
        expected = reference.state[other] if other in reference.state else {}
        assert adam.state[mine].keys() == expected.keys()
        for name, value in expected.items():
            found = adam.state[mine][name]
            assert torch.equal(found, value) and found.dtype == value.dtype and found.shape == value.shape


def test_adam_is_pytorchs_fused_adam_bit_for_bit(make, generator):
    """Under changing learning rates, and gradients that are missing at first, now and then, and all at once."""
    ours, theirs = pairs(generator)
    adam, reference = make(ours, 1e-2), torch.optim.Adam(theirs, lr=1e-2, fused=True)
    for step in range(12):
        adam.lr = reference.param_groups[0]["lr"] = (1e-2 / (1 + step), 0.3, 0.0)[step % 3]
        for at, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            # As of a part of a network that a batch did not go through.
            unused = step == 7 or (at == 3 and step < 2) or (at == 4 and step % 2) or at == 6
            mine.grad = None if unused else gradient(mine, generator)
            other.grad = None if unused else mine.grad.clone()
        adam.step()
        reference.step()
        assert_same(ours, theirs, adam, reference)
    assert adam.state[ours[6]] == {} and adam.state[ours[4]]["step"] == 6
    adam.zero_grad()
    assert all(parameter.grad is None for parameter in ours)


def test_what_has_not_made_a_step_has_no_state(make):
    parameters = [nn.Parameter(torch.ones(2))]
    adam = make(parameters, 1e-2)
    adam.step()
    assert (
        adam.state[parameters[0]] == {} and not any(adam.state.values()) and torch.equal(parameters[0], torch.ones(2))
    )


def test_a_state_that_is_put_back_continues_bit_for_bit(make, generator):
    """As a training that is resumed does it: new parameters, and the state in its place."""
    ours, theirs = pairs(generator)
    adam, reference = make(ours, 1e-2), torch.optim.Adam(theirs, lr=1e-2, fused=True)
    for _ in range(3):
        resumed = [nn.Parameter(parameter.detach().clone()) for parameter in ours]
        again = make(resumed, 1e-2)
        for mine, new in zip(ours, resumed, strict=True):
            again.state[new] = {name: value.clone() for name, value in adam.state[mine].items()}
        ours, adam = resumed, again
        for _ in range(2):
            for mine, other in zip(ours[:-2], theirs[:-2], strict=True):
                mine.grad = gradient(mine, generator)
                other.grad = mine.grad.clone()
            adam.step()
            reference.step()
        assert_same(ours, theirs, adam, reference)


def test_trainings_with_either_are_the_same_and_each_resumes_the_other(digits, tmp_path, monkeypatch):
    config = TrainConfig(network=conv.Config(channels=(4,), dense=8), epochs=3, batch_size=256, lr=3e-3)
    *_, undisturbed = train(config, digits)
    state = None
    for epoch, kind in enumerate(("no fused", "private", "another signature"), 1):
        with monkeypatch.context() as patch:
            hidden(patch, kind)
            state = TrainingState.load(tmp_path, config, digits.spec) or TrainingState.start(config, digits.spec)
        assert (state.optimizer.fallback is None) == (kind == "private") and state.epoch == epoch - 1
        next(train(config, digits, state)).state.save(tmp_path, durable=False)
    expected = undisturbed.state.tensors
    assert state.tensors.keys() == expected.keys() and any(name.startswith("adam.") for name in expected)
    assert all(torch.equal(state.tensors[name], value) for name, value in expected.items())


def test_what_has_no_gradient_any_more_does_not_decay_into_denormals_and_moves_as_with_pytorch(make, generator):
    ours = nn.Parameter(torch.randn(40, generator=generator))
    theirs = nn.Parameter(ours.detach().clone())
    adam, reference = make([ours], 1e-3), torch.optim.Adam([theirs], lr=1e-3, fused=True)
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


def test_small_gradients_count_as_with_pytorch(make):
    """Where the averages are tidied (every hundred steps), those that still move a weight are kept."""
    gradient = torch.logspace(-3, -14, 12)
    ours, theirs = nn.Parameter(torch.zeros(12)), nn.Parameter(torch.zeros(12))
    adam, reference = make([ours], 1e-2), torch.optim.Adam([theirs], lr=1e-2, fused=True)
    for step in range(110):
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        adam.step()
        reference.step()
        assert step % 10 or torch.equal(ours, theirs)
    assert_same([ours], [theirs], adam, reference)
    assert (ours != 0).all()
