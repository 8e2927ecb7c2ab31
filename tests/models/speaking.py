"""A tiny model that says something of a text: random weights, and a tokenizer trained here."""

from __future__ import annotations

from pathlib import Path

import torch

from headlight.models.small.config import SmallConfig
from headlight.models.small.loading import save_folder
from headlight.models.small.model import SmallModel
from headlight.models.small.tokenizer import train_tokenizer

TEXT = "The Law will be just, but its words are [MASK]. 我买了三斤。"
TOKENIZER = train_tokenizer([TEXT, "the law is law, and the cat saw its saw"], 97, 60)

# Sizes are distinct primes, so that a swapped axis shows.
LAYERS, HEADS, LIMIT = 2, 3, 67
PARENT, ANTECEDENT = (0, 2), (1, 1)
TASKS = {PARENT: "parent", ANTECEDENT: "antecedent"}


def speaking_folder(folder: Path) -> Path:
    """2 layers of 3 heads, two of them taught, with weights wide enough for sharp patterns."""
    config = SmallConfig(
        vocabulary=97,
        layers=LAYERS,
        heads=HEADS,
        d_model=30,
        d_feedforward=17,
        max_tokens=LIMIT,
        parent_head=PARENT,
        antecedent_head=ANTECEDENT,
    )
    with torch.random.fork_rng():
        torch.manual_seed(11)
        model = SmallModel(config)
        for weight in model.parameters():
            if weight.dim() > 1:
                weight.data.normal_(0, 0.5)
        for layer in range(LAYERS):
            norm = model.block(layer).norm_attention
            norm.weight.data.normal_(1, 0.3)
            norm.bias.data.normal_(0, 0.3)
    save_folder(model, TOKENIZER, folder)
    return folder
