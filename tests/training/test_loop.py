"""What the training loop does within an epoch, on data and networks whose answer is known."""

import dataclasses

import pytest
import torch
from torch import nn

from vae_core.data import Data, DataSpec, Split
from vae_core.networks import mlp
from vae_core.objectives import beta_vae
from vae_core.training import TrainConfig, TrainingState, loop, train
from vae_core.training.loop import _batches

TINY = TrainConfig(network=mlp.Config(hidden=(4,)), epochs=2, batch_size=7)


def numbered(n: int = 50, **options) -> Data:
    """Images that differ: image i is grey of value i."""
    split = Split(torch.arange(n, dtype=torch.uint8).view(n, 1, 1, 1).expand(n, 1, 2, 2), torch.zeros(n).long())
    return Data(DataSpec("numbered", "image", (1, 2, 2)), split, split, **options)


def test_each_epoch_goes_through_all_examples_in_a_new_order():
    seen: list[int] = []

    def note(examples, generator):
        seen.extend(examples[:, 0, 0, 0].tolist())
        return examples

    list(train(TINY, numbered(augment=note)))
    first, second = seen[:50], seen[50:]
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != sorted(first) and second != sorted(second) and first != second


@pytest.mark.parametrize(("precision", "layers"), [("bfloat16", torch.bfloat16), ("float32", torch.float32)])
def test_precision_is_that_of_the_layers_in_training_and_never_of_the_evaluation(precision, layers):
    config, data = dataclasses.replace(TINY, precision=precision), numbered()
    state = TrainingState.start(config, data.spec)
    found: dict[bool, set[torch.dtype]] = {True: set(), False: set()}
    for module in state.model.modules():
        if isinstance(module, nn.Linear):
            module.register_forward_hook(lambda module, inputs, output: found[module.training].add(output.dtype))
    record = next(train(config, data, state))
    assert found == {True: {layers}, False: {torch.float32}}
    assert record.encoded.mu.dtype == torch.float32


def test_the_gradient_norm_is_that_of_all_parameters():
    record = next(train(TINY, numbered()))
    gradients = [parameter.grad.flatten() for parameter in record.state.model.parameters()]  # the last batch's
    assert record.gradient_norm == pytest.approx(torch.cat(gradients).square().sum().sqrt().item(), rel=1e-5)


def test_warm_up_goes_on_within_an_epoch():
    """Four equal batches that hardly learn: the KL weighs 0, 1/8, 2/8 and 3/8 of β, then 4/8 to 7/8."""
    image = torch.full((12, 1, 2, 2), 200, dtype=torch.uint8)
    split = Split(image, torch.zeros(12).long())
    objective = beta_vae.Config(beta=100.0, warmup_epochs=2.0)
    config = dataclasses.replace(TINY, objective=objective, batch_size=3, lr=1e-7)
    records = list(train(config, Data(DataSpec("one image", "image", (1, 2, 2)), split, split)))
    for record, mean in zip(records, (1.5 / 8, 5.5 / 8), strict=True):
        assert record.train["kl"] > 0.01
        assert record.train["loss"] - record.train["nll"] == pytest.approx(100 * mean * record.train["kl"], rel=1e-3)


def test_the_time_of_an_epoch_is_without_waiting_and_measuring(monkeypatch):
    """On a clock that only batches and controls move: 7 batches of a second each, 100 more for every control."""
    now = [1000.0]
    monkeypatch.setattr(loop.time, "perf_counter", lambda: now[0])

    def work(examples, generator):
        now[0] += 1
        return examples

    def wait(epoch, batch):
        now[0] += 100
        return {}

    records = list(train(TINY, numbered(augment=work), controls=wait))
    assert [record.seconds for record in records] == [7, 7]  # 50 examples: the last of seven batches takes the leftover


def test_a_leftover_example_joins_the_batch_before():
    def sizes(n, batch_size):
        found = _batches(torch.arange(n), batch_size)
        assert torch.cat(found).tolist() == list(range(n))
        return [len(batch) for batch in found]

    assert sizes(9, 4) == [4, 5] and sizes(10, 4) == [4, 4, 2] and sizes(8, 4) == [4, 4]
    assert sizes(1, 4) == [1] and sizes(5, 4) == [5] and sizes(4, 4) == [4]
    assert sizes(3, 1) == [1, 1, 1] and sizes(5, 2) == [2, 3]
