"""Inputs that a model is tried out with when it is loaded: a short text, and texts of any length.

They hold what a tokenizer puts around a text, and between it entries from all over the
vocabulary, so that nothing depends on what a text says.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from collections.abc import Sequence as Seq
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

VARIETY = 67  # different entries of the vocabulary in a long example: a prime


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """`short` is a short text as the model takes it; `special` says which of its tokens the
    tokenizer added. `ordinary` are ids of the vocabulary that mean nothing to the tokenizer."""

    short: Mapping[str, Any]
    special: Seq[bool]
    ordinary: Seq[int]

    @property
    def shortest(self) -> int:
        """Tokens of the shortest text that can be made."""
        return sum(self.special) + 1

    def of_length(self, count: int) -> dict[str, Any]:
        """A text of that many tokens, special ones included; a target of as many.

        Raises ValueError for fewer than `shortest`.
        """
        if count < self.shortest:
            raise ValueError(f"{count} tokens have no room for {self.shortest - 1} special ones")
        before = next((n for n, special in enumerate(self.special) if not special), 0)
        after = sum(self.special) - before
        middle = [self.ordinary[n % len(self.ordinary)] for n in range(count - before - after)]

        def stretched(name: str, inside: Callable[[Tensor], Tensor]) -> Tensor:
            row: Tensor = self.short[name][0]
            ends = row[:before], row[len(row) - after :]
            return torch.cat([ends[0], inside(row[before]), ends[1]])[None]

        made = {"input_ids": stretched("input_ids", lambda _: torch.tensor(middle))}
        for name in ("attention_mask", "token_type_ids"):
            if name in self.short:
                made[name] = stretched(name, lambda value: value.expand(len(middle)))
        if "decoder_input_ids" in self.short:
            start = self.short["decoder_input_ids"][:, :1]
            rest = [self.ordinary[-1 - n % len(self.ordinary)] for n in range(count - 1)]
            made["decoder_input_ids"] = torch.cat([start, torch.tensor([rest])], dim=1)
        return made


def ordinary_ids(known: Iterable[int], special: Container[int]) -> list[int]:
    """At most VARIETY of the `known` ids, none of them special, from all over the vocabulary."""
    plain = sorted(each for each in known if each not in special)
    return plain[:: max(1, len(plain) // VARIETY)][:VARIETY]
