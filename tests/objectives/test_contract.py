"""Every objective keeps the contract."""

import pytest
import torch

from tests.objectives.toy import OF_SENTENCES, SENTENCES, SPEC, batch, model_for
from vae_core.objectives import OBJECTIVES


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("name", OBJECTIVES.names)
def test_objective_keeps_the_contract(name, conditional, generator):
    objective, spec = OBJECTIVES.build(OBJECTIVES[name].config()), SENTENCES if name in OF_SENTENCES else SPEC
    objective.check(spec)
    model = model_for(objective, conditional, spec=spec)
    objective.prepare(model)
    given = batch(generator, epoch=1.5, spec=spec)
    terms = objective(model, given, generator, objective.helper(model))
    assert {*objective.terms, "loss", "nll", "kl", "kl_per_dim"} <= set(terms)
    assert terms["kl_per_dim"].shape == (3,) and all(terms[key].shape == () for key in objective.terms)
    assert all(value.isfinite().all() for value in terms.values())
    assert terms["kl"].item() == pytest.approx(terms["kl_per_dim"].sum().item())
    assert terms["kl"].item() >= 0
    assert objective.loss(terms, 1.5).item() == pytest.approx(terms["loss"].item())
    terms["loss"].backward()
    for parameter_name, parameter in model.named_parameters():
        if name == "language_model" and parameter_name.startswith("network.encoder."):
            assert parameter.grad is None  # it has no use for one
            continue
        assert parameter.grad is not None and parameter.grad.isfinite().all(), parameter_name
        reads_z_alone = name == "language_model" and not conditional and parameter_name.endswith("first.weight")
        assert parameter.grad.any() != reads_z_alone, parameter_name


@pytest.mark.parametrize("name", OBJECTIVES.names)
def test_a_generator_decides_the_noise(name, generator):
    objective, spec = OBJECTIVES.build(OBJECTIVES[name].config()), SENTENCES if name in OF_SENTENCES else SPEC
    model, given = model_for(objective, spec=spec), batch(generator, epoch=1.0, spec=spec)
    helper = objective.helper(model)
    losses = [objective(model, given, torch.Generator().manual_seed(seed), helper)["loss"].item() for seed in (1, 1, 2)]
    assert losses[0] == losses[1]
    assert (losses[0] != losses[2]) == objective.variational
