"""What the shipped checkpoints are trained from: the settings of each, and what it goes on from."""

from dataclasses import replace

from vae_core.datasets import (
    captions,
    captions_facts,
    chorales,
    digits,
    emoji,
    letters,
    levels,
    mnist,
    nsl_kdd,
    reviews,
    shapes,
    waves,
)
from vae_core.datasets.numenta import nyc_taxi
from vae_core.likelihoods import mixed
from vae_core.networks import broadcast, conv, conv1d, gru, lstm, mlp
from vae_core.objectives import autoencoder, beta_vae, controlled, denoising, masked, vae
from vae_core.training import TrainConfig

WIDE = mlp.Config(hidden=(512, 512), activation="silu")
SENTENCES = gru.Config(embedding=128, state=256, word_dropout=0.2)
LONG = {"epochs": 40, "lr": 2e-3, "schedule": "one_cycle", "precision": "bfloat16"}
RECIPES = {
    "mnist-vae-2d": TrainConfig(mnist.Config(), WIDE, vae.Config(), latent_dim=2, **LONG),
    "mnist-vae-16d": TrainConfig(mnist.Config(), WIDE, vae.Config(), latent_dim=16, **LONG),
    "mnist-cvae": TrainConfig(mnist.Config(), WIDE, vae.Config(), latent_dim=8, conditional=True, **LONG),
    # A heavy KL, or z says more than the style: what was an "a" then writes an E like a B
    # (docs/decisions.md; `python -m benchmarks.letters`).
    "letters-cvae": TrainConfig(
        letters.Config(),
        conv.Config(channels=(24, 48, 64), conv_activation="silu"),
        beta_vae.Config(beta=3.0),
        latent_dim=16,
        conditional=True,
        epochs=10,
        batch_size=128,
        lr=2e-3,
        schedule="one_cycle",
    ),
    "mnist-ae-2d": TrainConfig(mnist.Config(), WIDE, autoencoder.Config(), latent_dim=2, **LONG),
    # Every kind and strength of noise down to none, so that the training covers the whole range of the page's sliders.
    "mnist-denoising": TrainConfig(
        mnist.Config(),
        WIDE,
        denoising.Config(noise=denoising.MIXED, strength=0.8, vary=True),
        latent_dim=16,
        **LONG | {"epochs": 24},
    ),
    # A little noise on its input keeps the encoder from learning pictures by heart: 134.4 nats on both parts of the
    # data, where mnist-vae-2d has 133.5 on what it learned and 137.9 on the other (`python -m benchmarks.quality --row
    # latent_2`).
    "mnist-denoising-2d": TrainConfig(
        mnist.Config(),
        mlp.Config(hidden=(512, 256, 128), activation="silu"),
        denoising.Config(noise="gaussian", strength=0.3, vary=True),
        latent_dim=2,
        epochs=30,
        lr=2.5e-3,
        schedule="one_cycle",
    ),
    # Capacity that rises slowly lets one factor after the other claim a dimension: x, y and scale. Which dimensions mix
    # depends on the seed (docs/decisions.md). The shipped weights were trained with one thread (OMP_NUM_THREADS=1);
    # sums in another order may end elsewhere.
    "shapes-beta-vae": TrainConfig(
        shapes.Config(n_train=20_000, image_size=32),
        conv.Config(channels=(16, 32, 32)),
        beta_vae.Config(beta=20.0, capacity=12.0, capacity_epochs=16.0),
        latent_dim=10,
        seed=1,
        epochs=16,
        batch_size=64,
        lr=1e-3,
        schedule="one_cycle",
        precision="bfloat16",
    ),
    # A decoder that is told the coordinates of each place, and time: shape and rotation come after position and scale
    # (docs/decisions.md; `python -m benchmarks.quality --row shapes`).
    "shapes-broadcast": TrainConfig(
        shapes.Config(n_train=20_000, image_size=32),
        broadcast.Config(),
        beta_vae.Config(beta=0.7),
        latent_dim=10,
        epochs=60,
        batch_size=64,
        lr=3e-3,
        schedule="one_cycle",
        precision="bfloat16",
    ),
    # A light KL for sharp tiles, and windows respliced in every batch, so that few samples copy a window
    # (docs/decisions.md; `python -m benchmarks.levels`).
    "mario-vae": TrainConfig(
        levels.Config(splice=0.7),
        conv.Config(channels=(32, 64), conv_activation="silu", batch_norm=True),
        beta_vae.Config(beta=0.5),
        latent_dim=16,
        epochs=30,
        batch_size=64,
        lr=5e-3,
        schedule="one_cycle",
    ),
    # A light KL, and notes hidden from the decoder: with a whole one, z says little, and the most likely next chord is
    # always the one before (docs/decisions.md; `python -m benchmarks.music`).
    "chorales-vae": TrainConfig(
        chorales.Config(),
        gru.Config(embedding=64, state=144, word_dropout=0.3),
        beta_vae.Config(beta=0.2),
        latent_dim=16,
        epochs=6,
        batch_size=64,
        lr=3e-3,
        schedule="one_cycle",
    ),
    # 24 nats for free and a bag of words keep z in use, and hidden words make the decoder ask for it
    # (docs/decisions.md; `python -m benchmarks.text`). After the training in FIRST.
    "captions-vae": TrainConfig(
        captions.Config(),
        SENTENCES,
        beta_vae.Config(beta=1.0, free_bits_total=24.0, bag_of_words=0.8),
        latent_dim=32,
        batch_size=64,
        epochs=5,
        lr=1.5e-3,
        schedule="one_cycle",
    ),
    # Few sentences: a light KL, or z says nothing of them, and a bag of words, so that it says what they are about
    # (docs/decisions.md; `python -m benchmarks.style`). After the training in FIRST.
    "reviews-controlled": TrainConfig(
        reviews.Config(),
        gru.Config(embedding=96, state=192, bidirectional=True, word_dropout=0.4),
        controlled.Config(
            beta=0.04,
            bag_of_words=1.0,
            control=1.0,
            plain_epochs=2.0,
            control_epochs=1.0,
            rewritten=0.25,
            temperature=0.5,
            temperature_epochs=5.0,
        ),
        latent_dim=64,
        epochs=5,
        batch_size=32,
        lr=2e-3,
        schedule="one_cycle",
    ),
    # z is how something is said, and little of it is needed: what is said are the facts.
    "captions-facts": TrainConfig(
        captions_facts.Config(),
        gru.Config(embedding=96, state=192, word_dropout=0.3),
        beta_vae.Config(beta=1.0, warmup_epochs=1.0, free_bits_total=4.0),
        latent_dim=8,
        conditional=True,
        epochs=4,
        batch_size=128,
        lr=4e-3,
        schedule="one_cycle",
    ),
    "captions-masked": TrainConfig(
        captions.Config(),
        SENTENCES,
        masked.Config(free_bits_total=24.0, bag_of_words=0.8, mask=0.2, drop=0.1, swap=0.1),
        latent_dim=32,
        batch_size=64,
        epochs=2,
        lr=7e-4,
        schedule="one_cycle",
    ),
    # Two days a window, so that a day is judged beside the one before (docs/anomalies.md).
    "taxi-conv1d": TrainConfig(
        nyc_taxi.Config(window=96, train_fraction=0.4),
        conv1d.Config(),
        vae.Config(),
        latent_dim=8,
        epochs=40,
        batch_size=128,
        lr=2e-3,
        schedule="one_cycle",
    ),
    # A spread that is not learned, and tails that forgive a single far number: else the few columns that hardly ever
    # move drown the others (docs/anomalies.md).
    "intrusion-vae": TrainConfig(
        nsl_kdd.Config(),
        mlp.Config(hidden=(64, 32), activation="silu"),
        vae.Config(),
        mixed.Config(learn_spread=False, tails="laplace"),
        latent_dim=8,
        epochs=10,
        batch_size=128,
        lr=2e-3,
        schedule="one_cycle",
    ),
    # The weight of the KL rises slowly: at full weight from the beginning, the decoder learns one mean curve, and z
    # nothing (docs/decisions.md).
    "waves-lstm-vae": TrainConfig(
        waves.Config(),
        lstm.Config(state=64, bidirectional=True),
        beta_vae.Config(beta=1.0, warmup_epochs=10.0),
        latent_dim=8,
        epochs=60,
        batch_size=64,
        lr=4e-3,
        schedule="one_cycle",
    ),
    # Bernoulli: nearly as close to held-out pictures as a narrow Gaussian, and draws of the prior are things on white,
    # not coloured fog (docs/decisions.md).
    "emoji-vae": TrainConfig(
        emoji.Config(),
        conv.Config(channels=(16, 32, 64, 128), dense=192, conv_activation="silu", batch_norm=True),
        vae.Config(),
        latent_dim=32,
        epochs=40,
        batch_size=32,
        lr=3e-3,
        schedule="one_cycle",
    ),
    "digits-vae-2d": TrainConfig(
        digits.Config(),
        mlp.Config(hidden=(256, 256), activation="silu"),
        vae.Config(),
        latent_dim=2,
        epochs=200,
        lr=2e-3,
        schedule="one_cycle",
    ),
}
BETAS = (0.1, 0.5, 1.0, 2.0, 4.0)
SERIES = {
    # From nearly all that eight numbers can hold to nothing at all: at 4, every digit is decoded to the same blur.
    f"digits-8d-beta-{beta:g}": TrainConfig(
        digits.Config(),
        mlp.Config(hidden=(128, 128), activation="silu"),
        beta_vae.Config(beta=beta),
        latent_dim=8,
        epochs=200,
        lr=3e-3,
        schedule="one_cycle",
    )
    for beta in BETAS
}
"""Models that differ in β alone, for the slider on Compare. They lie in `checkpoints/series`, and no list has them."""
FIRST = {
    "captions-vae": replace(
        RECIPES["captions-vae"],
        objective=beta_vae.Config(beta=1.0, warmup_epochs=1.5, free_bits_total=16.0, bag_of_words=0.5),
        epochs=10,
        lr=2e-3,
    ),
    # Nine epochs before anybody judges what is written: that is dear, and of use once sentences are written at all.
    "reviews-controlled": replace(
        RECIPES["reviews-controlled"],
        objective=controlled.Config(
            beta=0.04,
            warmup_epochs=2.0,
            control=3.0,
            plain_epochs=9.0,
            control_epochs=3.0,
            rewritten=0.25,
            temperature_epochs=18.0,
        ),
        epochs=18,
        lr=4e-3,
    ),
}
"""Trainings from whose weights a model's own goes on: with little in z, or under other judges."""
AT_HAND = {"digits", "shapes", "waves"}
"""Datasets that are drawn, or come with a package."""
NOT_OURS = {"captions", "captions_facts", "nsl_kdd", "reviews"}
"""Datasets whose examples are not ours to pass on: pages show what the model makes of them."""
STARTS = {"captions-masked": "captions-vae"}
"""Models that go on from the weights of another shipped one, whose network they have."""
