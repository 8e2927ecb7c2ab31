"""Small models beside `bert`: one with all three kinds of attention, one causal decoder."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    GPT2Config,
    GPT2LMHeadModel,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

SHARED = Path(__file__).parents[3] / "shared" / "models"
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
WORDS = ("once", "upon", "a", "time", "there", "was", "big", "red", "dog", "little", "girl")

# Sizes are distinct primes, so that a swapped axis shows.
ENCODER_LAYERS, DECODER_LAYERS, ENCODER_HEADS, DECODER_HEADS, LIMIT = 2, 3, 3, 5, 61


def tiny_bart(folder: Path) -> Path:
    """A random BART: 2 encoder layers of 3 heads, 3 decoder layers of 5."""
    config = BartConfig(
        vocab_size=len(SPECIAL) + len(WORDS),
        d_model=30,
        encoder_layers=ENCODER_LAYERS,
        decoder_layers=DECODER_LAYERS,
        encoder_attention_heads=ENCODER_HEADS,
        decoder_attention_heads=DECODER_HEADS,
        encoder_ffn_dim=23,
        decoder_ffn_dim=19,
        max_position_embeddings=LIMIT,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
        forced_eos_token_id=None,
    )
    return _saved(BartForConditionalGeneration, config, folder, frame="<s> $A </s>")


def small_decoder(folder: Path) -> Path:
    """The stories260k checkpoint where it lies beside the checkout, else a random GPT-2."""
    real = SHARED / "stories260k"
    if real.is_dir():
        return real
    config = GPT2Config(
        vocab_size=len(SPECIAL) + len(WORDS),
        n_embd=33,
        n_layer=5,
        n_head=3,
        n_positions=LIMIT,
        bos_token_id=0,
        eos_token_id=2,
    )
    return _saved(GPT2LMHeadModel, config, folder, frame="<s> $A")


def _saved(
    model_class: type[PreTrainedModel],
    config: BartConfig | GPT2Config,
    folder: Path,
    frame: str,
) -> Path:
    """The model with weights wide enough for sharp patterns, and a tokenizer of words."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        model = model_class(config).eval()
        for weight in model.parameters():
            weight.data.normal_(0, 0.3 if weight.dim() > 1 else 0.1)
    model.save_pretrained(folder)
    vocabulary = {word: i for i, word in enumerate((*SPECIAL, *WORDS))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=frame, special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=LIMIT,
    ).save_pretrained(folder)
    return folder


def small_decoder_name() -> str:
    """What the registry calls it: the name of its folder."""
    return "stories260k" if (SHARED / "stories260k").is_dir() else "small-decoder"
