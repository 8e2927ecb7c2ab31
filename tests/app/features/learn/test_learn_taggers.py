"""POST /learn/taggers: I saw a saw."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient


def ask(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/learn/taggers", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_words_of_one_spelling_have_one_vector(client: TestClient) -> None:
    answer = ask(client)
    assert answer["words"] == ["I", "saw", "a", "saw", "."]
    assert answer["vectors"][1] == answer["vectors"][3]
    assert np.array(answer["vectors"]).shape == (5, 64)
    other = ask(client, text="A saw Saw")
    assert other["vectors"][1] != other["vectors"][2]  # its shape is another
    assert other["vectors"][1] == answer["vectors"][1]


def test_each_tagger_says_what_it_gives_most(client: TestClient) -> None:
    answer = ask(client, text="They fish for fish.")
    assert [each["tagger"] for each in answer["taggers"]][:3] == ["frequent", "token", "window_1"]
    assert len(answer["taggers"]) == 13
    for each in answer["taggers"][1:]:
        shares = np.array(each["shares"])
        assert shares.sum(-1) == pytest.approx(1)
        assert each["tags"] == [answer["tags"][tag] for tag in shares.argmax(-1)]
    assert answer["taggers"][0]["shares"] is None


def test_who_sees_a_word_alone_says_the_same_of_both(client: TestClient) -> None:
    said = {each["tagger"]: each["tags"] for each in ask(client)["taggers"]}
    for tagger in ("frequent", "token", "attention"):
        assert said[tagger][1] == said[tagger][3] == "VERB"
    for tagger in ("window_1", "gru_both", "attention_positions"):
        assert (said[tagger][1], said[tagger][3]) == ("VERB", "NOUN")


def test_sixty_words_are_read(client: TestClient) -> None:
    assert len(ask(client, text="saw " * 60)["words"]) == 60


@pytest.mark.parametrize("text", ["", "   ", "saw " * 61, "x" * 1001])
def test_a_text_of_no_words_or_too_many_is_refused(client: TestClient, text: str) -> None:
    answer = client.post("/api/v1/learn/taggers", json={"text": text})
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "text"
