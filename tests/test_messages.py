"""The catalogues: every message of the sources is in them, and said with the same parameters."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Message as Entry
from babel.messages.pofile import read_po

from headlight.app.http import languages
from headlight.app.http.languages import LANGUAGES, script
from headlight.models.core.messages import Message, both, either, excerpt, filled, listed, prose

ROOT = Path(__file__).parents[1]
OTHERS = [name for name in LANGUAGES if name != "en"]
PARAMETER = re.compile(r"\{\w+\}|%\(\w+\)s|%%|</?\w+[^>]*>")


def extraction() -> ModuleType:
    """`make messages`, as a module."""
    spec = importlib.util.spec_from_file_location("messages", ROOT / ".ci" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def entries(name: str) -> list[Entry]:
    with (ROOT / "app" / "languages" / f"{name}.po").open("rb") as file:
        return [entry for entry in read_po(file, locale=name) if entry.id]


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def test_every_language_has_its_catalogue() -> None:
    assert {path.stem for path in (ROOT / "app" / "languages").iterdir()} == set(OTHERS)


@pytest.mark.parametrize("name", OTHERS)
def test_the_catalogue_holds_every_message_of_the_sources_and_no_other(name: str) -> None:
    """Where it does not, `make messages` writes what is missing."""
    sources = {
        entry.id if isinstance(entry.id, str) else tuple(entry.id)
        for entry in extraction().template()
        if entry.id
    }
    assert len(sources) > 1000, "the extraction finds nothing"
    held = {entry.id if isinstance(entry.id, str) else tuple(entry.id) for entry in entries(name)}
    assert sources - held == set(), "not in the catalogue"
    assert held - sources == set(), "in no source any more"


@pytest.mark.parametrize("name", OTHERS)
def test_every_message_is_translated(name: str) -> None:
    lacking = [entry.id for entry in entries(name) if not all(forms(entry.string)) or entry.fuzzy]
    assert lacking == []


@pytest.mark.parametrize("name", OTHERS)
def test_a_translation_has_the_parameters_and_the_markup_of_its_message(name: str) -> None:
    odd = {}
    for entry in entries(name):
        whole = set(PARAMETER.findall(forms(entry.id)[-1]))
        for string in forms(entry.string):
            if set(PARAMETER.findall(string)) != whole:
                odd[forms(entry.id)[-1]] = string
    assert odd == {}


def test_chinese_is_written_in_chinese_signs() -> None:
    """None is left in English, but for names and formulas; no Western stop ends a sentence."""
    english = [
        entry.id
        for entry in entries("zh")
        for string in forms(entry.string)
        if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", PARAMETER.sub("", string))
        and not re.search(r"[\u4e00-\u9fff]", string)
    ]
    assert english == []
    stops = [
        string
        for entry in entries("zh")
        for string in forms(entry.string)
        if re.search(r"[\u4e00-\u9fff][,.;:?!]", string)
    ]
    assert stops == []


def test_a_term_of_the_glossary_is_said_as_the_glossary_says_it() -> None:
    terms = tomllib.loads((ROOT / "app" / "glossary.toml").read_text(encoding="utf-8"))["term"]
    held = {forms(entry.id)[0].lower(): forms(entry.string)[0] for entry in entries("zh")}
    said = {term["en"]: held[term["en"]] for term in terms if term["en"] in held}
    assert len(said) >= 6
    assert said == {term["en"]: term["zh"] for term in terms if term["en"] in said}


def test_the_messages_of_scripts_are_found_wherever_they_stand() -> None:
    source = r"""
    const A = t('one'); const B = t("it's", { a: t('inner') });
    const C = html`<p title=${t('tip')}>${rich('in a {word}', { word: x(t('deep')) })}`;
    const D = plural('{count} head', '{count} heads', n, { of: t('of') });
    const E = t(
      'on a line of its own',
      { a },
    );
    // not a call: at('x'), x.t('y'), format('z')
    """
    found = list(extraction().script_messages(source))
    assert found == [
        "one", "it's", "inner", "tip", "in a {word}", "deep",
        ("{count} head", "{count} heads"), "of", "on a line of its own",
    ]  # fmt: skip


def test_the_messages_of_python_are_literals() -> None:
    """A template that is made while the program runs is in no catalogue."""
    odd = []
    for folder in ("models", "app", "headlight"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name == "messages.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Message":
                    first = node.args[0]
                    if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                        odd.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert odd == []


def test_no_parameter_of_a_message_is_english_words() -> None:
    """Words that fill a message are a Message too, or they stay English in every language."""

    def texts(node: ast.expr) -> list[str]:
        match node:
            case ast.Constant(str(text)):
                return [text]
            case ast.JoinedStr(values):
                return [part.value for part in values if isinstance(part, ast.Constant)]
            case ast.IfExp(body=body, orelse=other):
                return texts(body) + texts(other)
            case ast.BoolOp(values=values):
                return [text for value in values for text in texts(value)]
            case ast.Call(func=ast.Attribute(value, "join")):
                return texts(value)
        return []

    odd = []
    for folder in ("models", "app", "headlight"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Message":
                    words = [text for word in node.keywords for text in texts(word.value)]
                    odd += [text for text in words if re.search(r" [a-z]+ ", f" {text} ")]
    assert odd == ["other"], "names of fields alone"


def test_the_browsers_catalogue_has_what_scripts_say_and_nothing_of_the_server() -> None:
    text = script("zh").decode()
    held = json.loads(text.removeprefix("globalThis.headlightCatalogue = ").removesuffix(";\n"))
    assert held["Every head"] == "所有头"
    assert held["1 edit"] == ["{count} 处修改"]
    assert "'{field}' is missing" not in held
    scripts = (ROOT / "static" / "js").rglob("*.js")
    said = {m for path in scripts for m in extraction().script_messages(path.read_text())}
    assert set(held) == {forms(message)[0] for message in said}


def test_the_browser_reads_the_catalogue_as_it_is_sent(tmp_path: Path) -> None:
    (tmp_path / "zh.js").write_bytes(script("zh"))
    program = "require(process.argv[1]); console.log(headlightCatalogue['Every head'])"
    node = ROOT / ".venv" / "bin" / "node"
    command = [str(node) if node.exists() else "node", "-e", program, str(tmp_path / "zh.js")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "所有头\n"


def test_a_message_is_a_string_that_knows_what_it_was_made_of() -> None:
    inner = Message("the heads of layer {layer}", layer=3)
    message = Message(
        "{name} {given} is outside 0 to {last}, {what}", name="head", given=9, last=3, what=inner
    )
    assert message == "head 9 is outside 0 to 3, the heads of layer 3"
    assert message.params["what"] is inner
    assert filled("{a} {b} {'c': 1}", {"a": "{b}", "b": 2}) == "{b} 2 {'c': 1}"
    assert prose(Message("One."), Message("Two."), Message("Three.")) == "One. Two. Three."
    assert (listed(()), listed(["a"]), listed(["a", "b", "c"])) == (None, "a", "a, b, c")
    assert (either(["a"]), either(["a", "b", "c"])) == ("a", "a, b or c")
    assert (both(["a"]), both(["a", "b"])) == ("a", "a and b")
    assert (excerpt(["a", "b"], 2), excerpt(["a", "b"], 5)) == ("a, b", "a, b and 3 more")


def test_a_message_is_said_in_the_language_of_the_request_with_all_that_is_in_it() -> None:
    inner = Message("the heads of layer {layer}", layer=3)
    message = Message(
        "{name} {given} is outside 0 to {last}, {what}", name="head", given=9, last=3, what=inner
    )
    assert languages.said(message) == message
    token = languages.language.set(LANGUAGES["zh"])
    try:
        assert languages.said(message) == "head 为 9，超出 0 到 3，即第 3 层的头"
        assert languages.said("a plain string") == "a plain string"
    finally:
        languages.language.reset(token)


def test_no_message_stands_twice_in_a_catalogue() -> None:
    for name in OTHERS:
        counts = Counter(forms(entry.id)[0] for entry in entries(name))
        assert [message for message, count in counts.items() if count > 1] == []
