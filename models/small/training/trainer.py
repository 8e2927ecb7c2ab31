"""Training: masked words, parts of speech, parents and antecedents, all at once.

    loss = 0.3 masked language modelling          (Devlin et al. 2019)
         + part of speech of every word
         + -log of what the parent head gives the parent          (Strubell et al. 2018)
         + -log of what the antecedent head gives the heads of all mentions before the pronoun

The matrices of the blocks are moved by Muon (Jordan et al. 2024), everything else by AdamW.
Products are computed in bfloat16 where the machine multiplies in it; weights stay float32.

A run is a function of its settings and the corpus. Every `save_every` steps the whole state is
saved (safetensors, never pickle), and `train` goes on from the last one it finds.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from headlight.models.small.config import SmallConfig
from headlight.models.small.data.dataset import NO_TAG, NOWHERE, Batch, Batches
from headlight.models.small.model import SmallModel, SmallRun

SHARES = {"masked": 0.3, "tag": 1.0, "parent": 1.0, "antecedent": 1.0}
STATE = "state.safetensors"


@dataclass(frozen=True, slots=True)
class Settings:
    """How long and how fast: `rate` is the peak of AdamW's learning rate, `matrix_rate` Muon's."""

    steps: int = 16_000
    tokens: int = 1920
    rate: float = 3e-3
    matrix_rate: float = 4e-3
    warmup: int = 400
    decay: float = 0.02
    clip: float = 1.0
    seed: int = 7
    save_every: int = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a training is. `losses` are means since the last report, by task, in nats."""

    step: int
    steps: int
    losses: dict[str, float]
    tokens_per_second: float
    seconds_left: float


def losses_of(model: SmallModel, run: SmallRun, batch: Batch) -> dict[str, Float[Tensor, ""]]:
    """The mean loss of each task that the batch has anything for."""
    config = model.config
    found: dict[str, Tensor] = {}
    if len(batch.gaps):
        hidden = run.hidden.flatten(0, 1)[batch.gaps]
        found["masked"] = nn.functional.cross_entropy(model.in_gaps(hidden), batch.hidden)
    if bool((batch.tags != NO_TAG).any()):
        found["tag"] = nn.functional.cross_entropy(
            run.tags.flatten(0, 1), batch.tags.flatten(), ignore_index=NO_TAG
        )
    known = batch.parents != NOWHERE
    allowed = model.allowed(batch.ids.shape[1], batch.real, batch.ids.device)
    if allowed is not None:  # a parent that no query may look at is not asked for
        parents = batch.parents.clamp_min(0)[..., None]
        known = known & allowed[:, 0].expand(*known.shape, -1).gather(2, parents)[..., 0]
    if config.parent_head is not None and bool(known.any()):
        given = _pattern(run, config.parent_head)[known]
        found["parent"] = _surprise(given.gather(1, batch.parents[known][:, None])[:, 0])
    if config.antecedent_head is not None and len(batch.pronouns):
        rows = _pattern(run, config.antecedent_head).flatten(0, 1)[batch.pronouns]
        found["antecedent"] = _surprise((rows * batch.mentions).sum(-1))
    return found


def _pattern(run: SmallRun, place: tuple[int, int]) -> Float[Tensor, "batch query_pos key_pos"]:
    layer, head = place
    return run.blocks[layer].pattern[:, head]


def _surprise(given: Float[Tensor, " n"]) -> Float[Tensor, ""]:
    return -given.clamp_min(1e-8).log().mean()


def rate_at(settings: Settings, step: int) -> float:
    """Share of the peak rate: up in a line, down in half a cosine."""
    if step < settings.warmup:
        return (step + 1) / settings.warmup
    done = (step - settings.warmup) / max(1, settings.steps - settings.warmup)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


class Training:
    """A model on its way. `run` yields progress; without a `folder` nothing is kept."""

    def __init__(
        self,
        config: SmallConfig,
        settings: Settings,
        batches: Batches,
        folder: Path | None,
        start: Mapping[str, Tensor] | None = None,
    ) -> None:
        """`start` are the weights to begin with; random ones if None."""
        self.settings, self.batches, self.folder = settings, batches, folder
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(settings.seed)
        self.model = SmallModel(config).to(self.device)
        if start is not None:
            self.model.load_state_dict(start)
        self.optimizers = _optimizers(self.model, settings)
        self.half = _bfloat16(self.device)
        self.step = 0
        self.seconds = 0.0
        self._resume()

    def run(self, report_every: int = 100) -> Iterator[Progress]:
        """Trains to the end, from wherever it stands."""
        self.model.train()
        sums = {task: [0.0, 0] for task in SHARES}
        begun, counted = time.perf_counter(), 0
        while self.step < self.settings.steps:
            for task, loss in self._one_step().items():
                sums[task][0] += loss
                sums[task][1] += 1
            counted += self.settings.tokens
            last = self.step == self.settings.steps
            if self.step % report_every == 0 or last:
                now = time.perf_counter()
                pace = counted / (now - begun)
                self.seconds += now - begun
                left = (self.settings.steps - self.step) * self.settings.tokens / pace
                means = {task: total / n for task, (total, n) in sums.items() if n}
                yield Progress(self.step, self.settings.steps, means, pace, left)
                sums = {task: [0.0, 0] for task in SHARES}
                begun, counted = time.perf_counter(), 0
            if self.step % self.settings.save_every == 0 or last:
                self.save()
        self.model.eval()

    def _one_step(self) -> dict[str, float]:
        # Each step has a seed of its own: a training that was stopped draws the same dropout.
        torch.manual_seed(self.settings.seed * 1_000_003 + self.step)
        batch = self.batches[self.step].to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            found = losses_of(self.model, self.model(batch.ids, batch.real), batch)
        self.model.zero_grad(set_to_none=True)
        torch.stack([SHARES[task] * loss.float() for task, loss in found.items()]).sum().backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * rate_at(self.settings, self.step)
            optimizer.step()
        self.step += 1
        return {task: loss.item() for task, loss in found.items()}

    def save(self) -> None:
        """Weights, the optimizer's moments and the step: all that the rest depends on."""
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        tensors = {f"model.{name}": t for name, t in self.model.state_dict().items()}
        for name, parameter in self.model.named_parameters():
            for optimizer in self.optimizers:
                for key, value in optimizer.state.get(parameter, {}).items():
                    tensors[f"{key}.{name}"] = value
        contiguous = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
        facts = {"step": self.step, "seconds": self.seconds, "settings": self.settings_as_json()}
        beside = self.folder / f"{STATE}.new"
        save_file(contiguous, beside, metadata={"facts": json.dumps(facts)})
        beside.replace(self.folder / STATE)  # whole or not at all, whenever the process is killed

    def _resume(self) -> None:
        """Raises ValueError where the folder holds a training with other settings."""
        if self.folder is None or not (self.folder / STATE).is_file():
            return
        with safe_open(self.folder / STATE, "pt") as file:
            facts = json.loads(file.metadata()["facts"])
        if facts["settings"] != self.settings_as_json():
            raise ValueError(
                f"{self.folder} holds a training with other settings; choose an empty folder, "
                "or the settings that it was begun with"
            )
        tensors = load_file(self.folder / STATE)
        weights = {n.removeprefix("model."): t for n, t in tensors.items() if n[:6] == "model."}
        self.model.load_state_dict(weights)
        for name, parameter in self.model.named_parameters():
            keys = [key for key in _MOMENTS if f"{key}.{name}" in tensors]
            state = {key: tensors[f"{key}.{name}"] for key in keys}
            moved = {k: t if k == "step" else t.to(self.device) for k, t in state.items()}
            for optimizer in self.optimizers:
                owned = {id(p) for group in optimizer.param_groups for p in group["params"]}
                if moved and id(parameter) in owned:
                    optimizer.state[parameter] = moved
        self.step, self.seconds = facts["step"], facts["seconds"]

    def settings_as_json(self) -> dict[str, Any]:
        """`config` and `training`: what a training is a function of, beside the corpus."""
        settings = {"config": asdict(self.model.config), "training": asdict(self.settings)}
        as_json: dict[str, Any] = json.loads(json.dumps(settings))
        return as_json


_MOMENTS = ("step", "exp_avg", "exp_avg_sq", "momentum_buffer")
"""What the optimizers keep of a parameter: AdamW the first three, Muon the last."""


def _optimizers(model: SmallModel, settings: Settings) -> tuple[torch.optim.Optimizer, ...]:
    """AdamW and Muon. Matrices decay; vectors (norms, biases) do not."""
    inside = {id(p) for p in model.blocks.parameters() if p.dim() == 2}
    others = [p for p in model.parameters() if id(p) not in inside]
    adam = torch.optim.AdamW(
        [
            {"params": [p for p in others if p.dim() > 1], "weight_decay": settings.decay},
            {"params": [p for p in others if p.dim() <= 1], "weight_decay": 0.0},
        ],
        lr=settings.rate,
        betas=(0.9, 0.98),
    )
    optimizers: list[torch.optim.Optimizer] = [adam]
    matrices = [p for p in model.blocks.parameters() if id(p) in inside]
    if matrices:
        muon = torch.optim.Muon(
            matrices,
            lr=settings.matrix_rate,
            weight_decay=settings.decay,
            adjust_lr_fn="match_rms_adamw",  # so that its rate means what AdamW's does
        )
        optimizers.append(muon)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["peak"] = group["lr"]
    return tuple(optimizers)


def _bfloat16(device: torch.device) -> bool:
    """Whether products in bfloat16 are faster there than in float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu.get_capabilities().get("avx512_bf16"))
