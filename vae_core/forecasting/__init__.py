"""Forecasts: from the first steps of a window, draws of the rest.

A forecaster maps the seen part of windows, [B, C, S], to draws of what follows, `Fan` [B, n, C, H], all scaled as the
dataset's columns say. `by_latent` takes any model of series: a chain finds latent points that fit the visible steps, as
completions do, and each decodes to a future. Beside it stand plain recurrent networks, the season before and the mean.
"""

from vae_core.forecasting.baselines import Mean, Recurrent, SeasonBefore
from vae_core.forecasting.errors import mae, mase, measured, pinball
from vae_core.forecasting.latent import Latent

__all__ = ["Latent", "Mean", "Recurrent", "SeasonBefore", "mae", "mase", "measured", "pinball"]
