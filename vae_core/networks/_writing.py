"""What networks that write symbols share: the inputs under teacher forcing, and scores read off tied embeddings."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vae_core.config import option
from vae_core.errors import UserError
from vae_core.networks import SequenceDecoder, Sizes, State


def word_dropout() -> float:
    return option(
        0.0,
        "Share of the words hidden from the decoder while it trains, so that it needs z (Bowman et al. 2016).",
        minimum=0,
        maximum=1,
    )


def check_row(sizes: Sizes, title: str) -> None:
    """UserError unless the data are symbols in a row."""
    if not sizes.symbols or len(sizes.input) != 1:
        raise UserError(f"A {title} network is for symbols in a row, such as sentences, not for shape {sizes.input}.")


class SymbolWriter(SequenceDecoder):
    """A decoder of symbols in a row. The embeddings [V, E] also read the output off: tied weights (Press & Wolf
    2017)."""

    def __init__(self, embedding: int, word_dropout: float, sizes: Sizes):
        super().__init__()
        self.length, self.latent = sizes.input[0], sizes.latent
        self.word_dropout = word_dropout
        self.padding, self.unknown = sizes.padding, sizes.unknown
        self.embedding = nn.Embedding(sizes.symbols, embedding)
        self.begin = nn.Parameter(torch.zeros(embedding))
        self.bias = nn.Parameter(torch.zeros(sizes.symbols))
        nn.init.normal_(self.embedding.weight, std=embedding**-0.5)  # it is an output layer, too
        nn.init.normal_(self.begin, std=embedding**-0.5)

    def word(self, previous: Tensor | None, n: int) -> Tensor:
        """What a step sees of the symbols before it, [B] or None at the first: [B, E]. Of weights of the symbols
        [B, V], a soft choice, it sees the mean."""
        if previous is None:
            return self.begin.expand(n, -1)
        return previous @ self.embedding.weight if previous.is_floating_point() else self.embedding(previous)

    def words(self, given: Tensor) -> Tensor:
        """What the steps see of the true symbols [B, T]: [B, T, E]. While it trains, some are hidden."""
        seen = given[:, :-1]
        if self.training and self.word_dropout and self.unknown is not None:
            dropped = torch.rand(seen.shape, device=seen.device) < self.word_dropout
            seen = torch.where(dropped & (seen != self.padding), self.unknown, seen)
        return torch.cat([self.begin.expand(len(given), 1, -1), self.embedding(seen)], 1)

    def narrowed(self, outputs: Tensor) -> Tensor:
        """Outputs [..., H] in the width of the embeddings, [..., E]."""
        return outputs

    def scores(self, outputs: Tensor) -> Tensor:
        """Outputs [..., H] -> [..., V]."""
        return F.linear(self.narrowed(outputs), self.embedding.weight, self.bias)

    def outputs(self, state: State, given: Tensor) -> Tensor:
        """What the steps make of the true symbols [B, T] before them: [B, T, H]."""
        raise NotImplementedError

    def forced_at(self, state: State, given: Tensor, places: Tensor) -> Tensor:
        return self.scores(self.outputs(state, given)[places])

    def forced(self, state: State, given: Tensor) -> Tensor:
        outputs = self.outputs(state, given)
        if self.padding is None:
            return self.scores(outputs).transpose(1, 2)
        # Nothing asks for the scores of padding; symbols last in memory, as their softmax wants them.
        counts = given != self.padding
        scores = outputs.new_zeros(*given.shape, self.embedding.num_embeddings)
        scores[counts] = self.scores(outputs[counts])
        return scores.transpose(1, 2)
