"""From corpora to a shipped model: tokenizer, training, weights, card."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer

from models.small.config import SmallConfig
from models.small.dataset import Batches
from models.small.loading import TOKENIZER, save_folder
from models.small.recipe import Corpora
from models.small.training import Progress, Settings, Training

SHIPPED = Path(__file__).parent / "weights"


def make(
    corpus: Path, out: Path, settings: Settings, config: SmallConfig | None = None
) -> Iterator[Progress]:
    """Trains what is not trained yet, and leaves a folder that can be served and shipped."""
    config = config or SmallConfig()
    corpora = Corpora.read(corpus)
    tokenizer = _tokenizer(corpora, out, config)
    batches = Batches(
        corpora.sources(tokenizer),
        tokens=settings.tokens,
        steps=settings.steps,
        seed=settings.seed,
        vocabulary=config.vocabulary,
    )
    training = Training(config, settings, batches, out / "training")
    yield from training.run()
    save_folder(training.model, tokenizer, out)


def _tokenizer(corpora: Corpora, out: Path, config: SmallConfig) -> Tokenizer:
    """The one that the training in `out` was begun with, or a new one."""
    path = out / TOKENIZER
    if path.is_file():
        return Tokenizer.from_file(str(path))
    tokenizer = corpora.tokenizer(config.vocabulary)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return tokenizer
