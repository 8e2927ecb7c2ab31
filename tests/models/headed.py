"""Tiny checkpoints with output heads: random weights, tokenizers trained here, saved as folders."""

from __future__ import annotations

from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from headlight.models.zoo.transformers import TransformersModel

TEXTS = ["The law will be just, but its words are many.", "I saw a café; naïve 苹果 很 好吃."] * 3


def wordpiece() -> PreTrainedTokenizerFast:
    """BERT's kind: ## continues a word."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=89, special_tokens=special)
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, **dict(zip(names, special, strict=True))
    )


def byte_level(mask: str | None = None) -> PreTrainedTokenizerFast:
    """GPT-2's kind, and with a mask RoBERTa's: a space is part of the word after it."""
    special = ["<s>", "</s>", *([] if mask is None else [mask])]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=293,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    if mask is None:
        return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>")
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", mask_token=mask
    )


def random(model: PreTrainedModel) -> PreTrainedModel:
    """Weights wide enough for sharp patterns and sure words, the same at every call."""
    generator = torch.Generator().manual_seed(7)
    for weight in model.parameters():
        width = 0.3 if weight.dim() > 1 else 0.1
        weight.data = torch.randn(weight.shape, generator=generator) * width
    return model.eval()


BERT = {
    "hidden_size": 33,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 37,
    "max_position_embeddings": 53,
}


def bert(folder: Path) -> Path:
    tokenizer = wordpiece()
    tokenizer.save_pretrained(folder)
    config = transformers.BertConfig(vocab_size=len(tokenizer), **BERT)
    random(transformers.BertForMaskedLM(config)).save_pretrained(folder)
    return folder


def roberta(folder: Path) -> Path:
    tokenizer = byte_level("<mask>")
    tokenizer.save_pretrained(folder)
    config = transformers.RobertaConfig(vocab_size=len(tokenizer), pad_token_id=1, **BERT)
    random(transformers.RobertaForMaskedLM(config)).save_pretrained(folder)
    return folder


def gpt2(folder: Path) -> Path:
    tokenizer = byte_level()
    tokenizer.save_pretrained(folder)
    config = transformers.GPT2Config(
        vocab_size=len(tokenizer) + 2,  # rows of weights that no piece uses
        n_embd=33,
        n_layer=2,
        n_head=3,
        n_positions=53,
        bos_token_id=0,
        eos_token_id=1,
    )
    random(transformers.GPT2LMHeadModel(config)).save_pretrained(folder)
    return folder


def t5(folder: Path, **more: object) -> Path:
    tokenizer = wordpiece()
    tokenizer.save_pretrained(folder)
    config = transformers.T5Config(
        vocab_size=len(tokenizer),
        d_model=31,
        d_kv=11,
        d_ff=37,
        num_layers=2,
        num_decoder_layers=3,
        num_heads=3,
        pad_token_id=0,
        eos_token_id=3,
        decoder_start_token_id=0,
        **more,
    )
    random(transformers.T5ForConditionalGeneration(config)).save_pretrained(folder)
    return folder


def bart(folder: Path) -> TransformersModel:
    """A random BART over letters, saved and loaded like any checkpoint."""
    vocabulary = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    vocabulary |= {letter: 4 + i for i, letter in enumerate("abcdefg")}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=29,
    ).save_pretrained(folder)
    torch.manual_seed(5)
    BartForConditionalGeneration(
        BartConfig(
            vocab_size=len(vocabulary),
            d_model=24,
            encoder_layers=2,
            decoder_layers=3,
            encoder_attention_heads=3,
            decoder_attention_heads=2,
            encoder_ffn_dim=23,
            decoder_ffn_dim=19,
            max_position_embeddings=29,
        )
    ).save_pretrained(folder)
    return TransformersModel.from_folder("bart", folder)
