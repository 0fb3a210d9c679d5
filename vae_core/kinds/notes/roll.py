"""Piano rolls: tunes as pictures, time to the right, pitch upwards, a colour a voice.

components/shared/kinds/notes/roll.js draws the same.
"""

import torch
from torch import Tensor

from vae_core.data import DataSpec
from vae_core.kinds.notes.voices import SILENT, VOICES, pitches, ranges

STEP = 6
"""Pixels of a step. A semitone is one pixel high, and a note two, so that it can be seen in a thumbnail."""
GAP = 1
"""Pixels of paper before a note begins."""
COLORS = ((0, 114, 178), (0, 158, 115), (230, 159, 0), (213, 94, 0))
"""Of the voices, from the bass upwards: four that colour-blind people tell apart (Okabe & Ito 2008)."""
PAPER, GUIDE, OCTAVE = (252, 252, 250), (236, 237, 233), (214, 216, 211)
"""Guides stand between bars of four steps, and below every C."""


def rolls(x: Tensor, spec: DataSpec) -> Tensor:
    """Symbol ids [N, 4·steps] -> uint8 [N, pitches + 1, STEP·steps, 3]."""
    own = ranges(spec)
    tunes = pitches(x, spec)  # [N, steps, 4]
    n, steps = tunes.shape[:2]
    height = own.highest - own.lowest + 2
    found = torch.tensor(PAPER, dtype=torch.uint8).expand(n, height, STEP * steps, 3).contiguous()
    found[:, :, 4 * STEP :: 4 * STEP] = torch.tensor(GUIDE, dtype=torch.uint8)
    lows = [pitch for pitch in range(own.lowest, own.highest + 1) if pitch % 12 == 0]
    found[:, [own.highest - pitch + 1 for pitch in lows]] = torch.tensor(OCTAVE, dtype=torch.uint8)
    tunes = tunes.cpu()
    each = torch.arange(n)[:, None, None]
    for voice in range(len(VOICES)):
        color = torch.tensor(COLORS[voice], dtype=torch.uint8)
        before = torch.full((n,), SILENT)
        for step in range(steps):
            pitch = tunes[:, step, voice]
            sounds, begins = pitch != SILENT, pitch != before
            before = pitch
            rows = (own.highest - pitch)[:, None, None] + torch.arange(2)[None, :, None]
            columns = torch.arange(STEP * step, STEP * (step + 1))[None, None, :]
            inked = sounds[:, None, None] & ~(begins[:, None, None] & (columns < STEP * step + GAP))
            index = (each.expand(-1, 2, STEP)[inked.expand(-1, 2, -1)],)
            found[
                index[0],
                rows.expand(-1, -1, STEP)[inked.expand(-1, 2, -1)],
                columns.expand(n, 2, -1)[inked.expand(-1, 2, -1)],
            ] = color
    return found.to(x.device)
