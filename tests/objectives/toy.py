"""What the tests of objectives share: toy data, tiny models, and a batch for them."""

import torch

from vae_core.data import Batch, DataSpec
from vae_core.kinds.text.vocabulary import END, PADDING, ROLES, SPECIAL
from vae_core.likelihoods import bernoulli, categorical
from vae_core.model import Model, ModelConfig
from vae_core.networks import gru, mlp

SPEC = DataSpec("toy", "image", (1, 4, 4), ("a", "b", "c"))
WORDS = tuple("pqrstuvwxyz")
SENTENCES = DataSpec(
    "toy sentences",
    "text",
    (8,),
    ("a", "b", "c"),
    symbols=SPECIAL + WORDS,
    symbol_roles=ROLES + ("",) * len(WORDS),
    padding=PADDING,
)
OF_SENTENCES = ("controlled", "language_model", "masked")

PER_DIM = torch.tensor([3.0, 0.5, 0.01])
TERMS = {"nll": torch.tensor(100.0), "kl": PER_DIM.sum(), "kl_per_dim": PER_DIM}


def model_for(objective, conditional=False, latent_dim=3, spec=SPEC):
    torch.manual_seed(0)
    parts = (mlp.Config((16,)), bernoulli.Config()) if spec is SPEC else (gru.Config(6, 8), categorical.Config())
    conditional = conditional or objective.conditional
    return Model(ModelConfig(*parts, latent_dim, objective.variational, conditional), spec)


def batch(generator, n=6, epoch=0.0, spec=SPEC):
    if spec is SENTENCES:
        x = torch.randint(len(SPECIAL), len(spec.symbols), (n, *spec.shape), generator=generator)
        ends = torch.randint(1, spec.shape[0], (n, 1), generator=generator)
        places = torch.arange(spec.shape[0])
        x = torch.where(places < ends, x, torch.where(places == ends, END, PADDING))
        return Batch(x, torch.arange(n) % len(spec.classes), epoch)
    x = torch.bernoulli(torch.full((n, *SPEC.shape), 0.5), generator=generator)
    return Batch(x, torch.arange(n) % len(SPEC.classes), epoch)
