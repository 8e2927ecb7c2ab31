"""What a model's own code keeps from one run to the next, and how to take it back.

Most models keep nothing. Some do: rotary positions that grow with the longest text so far
(dynamic, LongRoPE), BigBird's switch to full attention at the first short text. Of such a model
the same text gives other numbers after other texts. `ModuleState` holds the modules as they were
loaded; `restore` puts back what the runs since then have changed, so that every run is a first one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True, eq=False)
class _Saved:
    """A module's attributes, parts and buffers; `copies` are the buffers' values, `versions` how
    often each had been written to."""

    module: nn.Module
    attributes: Mapping[str, Any]
    parts: Mapping[str, nn.Module | None]
    buffers: Mapping[str, Tensor | None]
    copies: Mapping[str, Tensor]
    versions: Mapping[str, int]

    def changed(self) -> bool:
        return (
            not _same(self.attributes, _attributes(self.module))
            or not _same(self.parts, self.module._modules)
            or not _same(self.buffers, self.module._buffers)
            or any(_version(self.buffers[name]) != n for name, n in self.versions.items())
        )

    def restore(self) -> None:
        for name in _attributes(self.module).keys() - self.attributes.keys():
            del self.module.__dict__[name]
        self.module.__dict__.update(self.attributes)
        self.module._modules.clear()
        self.module._modules.update(self.parts)
        self.module._buffers.clear()
        self.module._buffers.update(self.buffers)
        with torch.no_grad():
            for name, copy in self.copies.items():
                buffer = self.module._buffers[name]
                if buffer is not None and _version(buffer) != self.versions[name]:
                    self.module._buffers[name] = copy.clone()


class ModuleState:
    """A model's modules as they are now. What is written into lists and dicts of a module is not
    seen; no model of the library keeps anything there that its numbers depend on."""

    def __init__(self, model: nn.Module) -> None:
        self._saved = [_save(module) for module in model.modules()]
        self._kept: dict[int, _Saved] = {}

    @property
    def keeps(self) -> bool:
        """Whether any run, so far as `restore` was called after it, has left something behind."""
        return bool(self._kept)

    def restore(self) -> None:
        """Looks at every module, and puts back what has changed."""
        for saved in self._saved:
            if saved.changed():
                self._kept[id(saved)] = saved
                saved.restore()

    def restore_kept(self) -> None:
        """Puts back what `restore` has ever found changed: a few modules, looked at or not."""
        for saved in self._kept.values():
            saved.restore()


def _save(module: nn.Module) -> _Saved:
    buffers = dict(module._buffers)
    there = {name: buffer for name, buffer in buffers.items() if buffer is not None}
    return _Saved(
        module,
        _attributes(module),
        dict(module._modules),
        buffers,
        {name: buffer.clone() for name, buffer in there.items()},
        {name: _version(buffer) for name, buffer in there.items()},
    )


def _attributes(module: nn.Module) -> dict[str, Any]:
    """What a model's own code sets; torch's and the library's machinery begins with "_"."""
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}


def _same(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return before.keys() == now.keys() and all(now[name] is each for name, each in before.items())


def _version(tensor: Tensor | None) -> int:
    return 0 if tensor is None or tensor.is_inference() else tensor._version
