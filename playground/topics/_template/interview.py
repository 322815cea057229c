"""What an interviewer asks about a run: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics._template.findings import Findings
from playground.topics._template.settings import Settings


def _tokens_against_characters(settings: Settings, found: Findings) -> Outcome | None:
    """Whether there are more tokens than characters."""
    evidence = Text(zh="{characters} 个字符，{tokens} 个词元", en="{characters} characters, {tokens} tokens").format(
        characters=found.characters, tokens=len(found.tokens)
    )
    return Outcome("more" if found.tokens_per_character > 1 else "fewer", evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(zh="词元比字符多，还是不比字符多？", en="Are there more tokens than characters, or not?"),
    _tokens_against_characters,
    (("more", Text(zh="更多", en="more")), ("fewer", Text(zh="不比字符多", en="not more"))),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says how many tokens the model reads for how many characters."""
    values = {
        "characters": found.characters,
        "tokens": len(found.tokens),
        "ratio": f"{found.tokens_per_character:.2f}",
    }
    if found.tokens_per_character > 1:
        return Text(
            zh="词元多于字符：{characters} 个字符读成 {tokens} 个词元，平均每字符 {ratio} 个。",
            en="There are more tokens than characters: {tokens} for {characters}, {ratio} a character.",
        ).format(**values)
    return Text(
        zh="词元不比字符多：{characters} 个字符读成 {tokens} 个词元，平均每字符 {ratio} 个。",
        en="There are no more tokens than characters: {tokens} for {characters}, {ratio} a character.",
    ).format(**values)


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this result raises."""
    if found.tokens_per_character <= 1:
        return ()
    return (
        FollowUp(
            Text(
                zh="每字符 {ratio} 个词元，对长文本的费用和窗口意味着什么？",
                en="{ratio} tokens a character: what does that mean for the cost and the window of a long text?",
            ).format(ratio=f"{found.tokens_per_character:.2f}"),
            Text(
                zh="费用和上下文窗口都按词元计，词元越多，同样的内容越贵，也越早装满窗口。换一个为该语言训练过的分词器，或补充词表后继续预训练。",
                en="Cost and context window are counted in tokens, so the more tokens, the more the same content costs and the sooner the window is full."
                " Take a tokenizer trained on that language, or extend the vocabulary and continue pre-training.",
            ),
        ),
    )
