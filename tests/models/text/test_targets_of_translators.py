"""Translators whose tokenizer has two modes: a target is cut as the library cuts targets.

The oracles are the tokenizer's own `text_target=` and the model's own shift of labels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer
from transformers.models.m2m_100.modeling_m2m_100 import shift_tokens_right

from headlight.models.zoo.transformers import TransformersModel

LANGUAGES = ("eng_Latn", "fra_Latn")
PIECES = ("▁the", "▁law", "▁she", "▁read")


def translator(folder: Path, *, legacy: bool) -> TransformersModel:
    """NLLB over four words: into French, from English."""
    letters = sorted({letter for piece in PIECES for letter in piece})
    merged = [piece[:n] for piece in PIECES for n in range(2, len(piece) + 1)]
    merges = [(whole[:-1], whole[-1]) for whole in dict.fromkeys(merged)]
    entries = ["<s>", "<pad>", "</s>", "<unk>", *letters, *dict.fromkeys(merged)]
    tokenizer = NllbTokenizer(
        vocab={entry: n for n, entry in enumerate(entries)},
        merges=merges,
        src_lang=LANGUAGES[0],
        tgt_lang=LANGUAGES[1],
        legacy_behaviour=legacy,
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(7)
    M2M100ForConditionalGeneration(
        M2M100Config(
            vocab_size=len(tokenizer),
            d_model=24,
            encoder_layers=1,
            decoder_layers=2,
            encoder_attention_heads=3,
            decoder_attention_heads=3,
            encoder_ffn_dim=24,
            decoder_ffn_dim=24,
            max_position_embeddings=40,
        )
    ).save_pretrained(folder)
    return TransformersModel.from_folder("nllb", folder)


@pytest.mark.parametrize("legacy", [False, True])
def test_a_target_is_read_in_the_target_s_language(tmp_path: Path, legacy: bool) -> None:
    model = translator(tmp_path, legacy=legacy)
    tokenizer: Any = NllbTokenizer.from_pretrained(tmp_path)
    labels = tokenizer(text_target="she read", return_tensors="pt")["input_ids"]
    wanted = shift_tokens_right(labels, tokenizer.pad_token_id, 2)[0].tolist()
    encoding = model.encode("the law", "she read")
    assert encoding.inputs["decoder_input_ids"][0].tolist() == wanted
    assert encoding.decoder is not None
    pieces = [token.piece for token in encoding.decoder.tokens]
    begins = ["</s>"] if legacy else ["</s>", "fra_Latn"]
    assert pieces[: len(begins) + 2] == [*begins, "▁she", "▁read"]
    assert encoding.encoder is not None
    source = tokenizer("the law")["input_ids"]
    assert [token.id for token in encoding.encoder.tokens] == source


def test_it_writes_in_the_target_s_language(tmp_path: Path) -> None:
    trace = translator(tmp_path, legacy=False).run("the law")
    assert trace.decoder is not None
    assert [token.piece for token in trace.decoder.tokens[:2]] == ["</s>", "fra_Latn"]
