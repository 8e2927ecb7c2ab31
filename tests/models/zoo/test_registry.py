"""The only list of models, and what it loads."""

import threading
from pathlib import Path

import pytest

from headlight.models.capture.linear import LinearChoice
from headlight.models.core.errors import ModelUnavailable, UnknownModel, UnsupportedModel
from headlight.models.core.model import LoadedModel
from headlight.models.zoo import registry as registry_module
from headlight.models.zoo.registry import (
    BUILT_IN,
    ModelEntry,
    Registry,
    Status,
    build_registry,
    operator_entry,
)
from headlight.models.zoo.sources import HubModel, LocalFolder
from headlight.models.zoo.transformers import load_folder


def test_the_built_in_models_are_these() -> None:
    assert [entry.name for entry in build_registry().entries] == [
        "bert",
        "small",
        "google-bert/bert-base-uncased",
        "google-bert/bert-base-chinese",
        "openai-community/gpt2",
        "Helsinki-NLP/opus-mt-zh-en",
    ]


@pytest.mark.parametrize("name", ["../../etc", "BERT", "", "sshleifer/tiny-gpt2", "bert\x00"])
def test_a_name_outside_the_registry_is_unknown(name: str) -> None:
    with pytest.raises(UnknownModel, match="there are: bert, "):
        build_registry().load(name)


def test_the_operator_may_name_a_folder_or_a_hub_id(tmp_path: Path) -> None:
    folder = tmp_path / "my-model"
    folder.mkdir()
    assert operator_entry(str(folder)).origin == LocalFolder(folder)
    assert operator_entry(str(folder)).name == "my-model"
    assert operator_entry("owner/name").origin == HubModel("owner/name")
    assert operator_entry("owner/name").kind is None


@pytest.mark.parametrize("given", ["a/b/c", "owner/../name", "two words", "", "http://x/y"])
def test_what_is_neither_folder_nor_hub_id_is_refused_at_start(given: str) -> None:
    with pytest.raises(ValueError, match="neither a folder on this machine nor a hub id"):
        operator_entry(given)


def test_two_models_of_one_name_are_refused(tmp_path: Path) -> None:
    for parent in ("one", "two"):
        (tmp_path / parent / "twin").mkdir(parents=True)
    with pytest.raises(ValueError, match="two models are called 'twin'"):
        build_registry([str(tmp_path / "one" / "twin"), str(tmp_path / "two" / "twin")])


def test_a_built_in_model_named_again_stands_once() -> None:
    assert len(build_registry(["openai-community/gpt2"]).entries) == len(BUILT_IN)


def test_a_default_outside_the_registry_is_refused_at_start() -> None:
    with pytest.raises(UnknownModel):
        build_registry(default="nothing")


def test_bert_loads_once_however_many_threads_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []

    def counted(name: str, folder: Path, linear: LinearChoice) -> LoadedModel:
        loads.append(name)
        return load_folder(name, folder, linear)

    monkeypatch.setattr(registry_module, "load_folder", counted)
    registry = build_registry()
    assert registry.status("bert") == Status("available")
    found: list[LoadedModel] = []
    threads = [
        threading.Thread(target=lambda: found.append(registry.load("bert"))) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["bert"]
    assert len({id(model) for model in found}) == 1
    status = registry.status("bert")
    assert status.state == "ready"
    assert status.shape is not None
    assert (status.shape.layers, status.shape.heads, status.shape.d_head) == (6, 12, 32)
    assert (status.shape.d_model, status.shape.token_limit) == (384, 512)
    assert status.shape.kinds == ("encoder",)


def test_a_model_that_is_not_to_be_had_says_why_and_what_to_do() -> None:
    entry = ModelEntry("gone", "Gone", "", None, LocalFolder(Path("/nowhere/gone")))
    registry = Registry((entry,), "gone")
    with pytest.raises(ModelUnavailable):
        registry.load("gone")
    status = registry.status("gone")
    assert (status.state, status.reason) == ("unavailable", "the folder gone does not exist")
    assert status.remedy == "Check the path given in HEADLIGHT_MODELS or --model."


def test_a_model_can_be_had_after_it_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "late"
    entry = ModelEntry("late", "Late", "", None, LocalFolder(folder))
    registry = Registry((entry,), "late")
    with pytest.raises(ModelUnavailable):
        registry.load("late")
    folder.symlink_to(BUILT_IN[0].origin.locate() or "", target_is_directory=True)
    assert registry.load("late").shape.layers == 6
    assert registry.status("late").state == "ready"


def test_a_broken_checkpoint_is_unsupported_and_its_traceback_stays_inside(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "model.safetensors").write_bytes(b"\x00")
    entry = ModelEntry("broken", "Broken", "", None, LocalFolder(tmp_path))
    with pytest.raises(UnsupportedModel, match="is cut short or no safetensors file") as caught:
        Registry((entry,), "broken").load("broken")
    assert "Traceback" not in caught.value.message
    assert str(tmp_path) not in caught.value.message
