from playground.lab.bench import Bench
from playground.models.language_model import LanguageModel
from playground.topics._template.lab import Settings, run


class Tiny:
    """Gives the same model under every variant."""

    def __init__(self, lm: LanguageModel) -> None:
        self.lm = lm

    def get(self, *arguments: object) -> LanguageModel:
        return self.lm

    writable = get


def test_tokens_against_the_bytes_of_the_text(tiny_lm: LanguageModel) -> None:
    # The tiny model's tokenizer has one token per byte, so UTF-8 itself is the reference.
    text = "ab猫"
    *_, result = run(Settings(text=text), Bench(Tiny(tiny_lm)))
    assert result.tokens is not None
    assert result.figures is not None
    assert len(result.tokens.rows) == 1 + len(text.encode("utf-8"))
    assert [row[2] for row in result.tokens.rows[1:4]] == ["a", "b", "猫"]
    assert result.figures.items[2].a == 6 / 3
