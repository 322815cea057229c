"""Texts worth trying: those on which a method visibly fails, and examples."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Example, Failure
from playground.topics.sentiment.findings import Findings
from playground.topics.sentiment.settings import Settings


def _taken_at_its_word(settings: Settings, found: Findings) -> bool:
    """Whether the probe calls the mocking text A and the sincere text B positive."""
    return min(found.pair("probe")) > 0.5


def _biased(settings: Settings, found: Findings) -> bool:
    """Whether calibration moves A to the other side of one half."""
    return (found.a.probabilities["prompt"] > 0.5) != (found.a.probabilities["calibrated"] > 0.5)


def _word_unknown(settings: Settings, found: Findings) -> bool:
    """Whether the lexicon knows no word of A, and says one half."""
    return found.a.probabilities["lexicon"] == 0.5


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="反讽照字面理解", en="irony taken at its word"),
        {
            "text": Text(
                zh="恭喜厂家，成功造出了一台冬天取暖用的笔记本。",
                en="Great hotel: at two in the morning you can enjoy the neighbours' party for free.",
            ),
            "other": Text(
                zh="感谢厂家，终于造出了一台不发烫的笔记本。",
                en="Great hotel: at two in the morning they still carried our bags upstairs.",
            ),
        },
        Text(
            zh="A 是挖苦，B 是真心的；探针把两句都照字面判为正面。",
            en="A mocks, B is sincere; the probe takes both at their word and calls them positive.",
        ),
        _taken_at_its_word,
    ),
    Failure(
        Text(zh="未校准的提示", en="the prompt uncalibrated"),
        {"text": Text(zh="房间干净安静，下次还来。", en="The food is not good here.")},
        Text(
            zh="未校准的提示把 A 这句好评判为负面：没有文本时，模型就偏向“差”。减去这个偏向才判对。",
            en="The plain prompt calls A positive, though it complains: with no text at all the model already leans to"
            " 'positive'. Taking that away puts it right.",
        ),
        _biased,
    ),
    Failure(
        Text(zh="词典里没有的词", en="words that no lexicon has"),
        {
            "text": Text(
                zh="看完这部电影，我只想要回我的票钱。", en="After this film I wanted to be paid for my time."
            ),
            "other": Text(zh="看完这部电影，我只想再买一张票。", en="After this film I bought another ticket."),
        },
        Text(
            zh="没有一个褒贬词，词典法给 0.5；意思全在情境里。",
            en="Not one opinion word: the lexicon says 0.5, as the meaning lies in the situation.",
        ),
        _word_unknown,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="三句否定一句", en="One clause of three denied"),
        {
            "text": Text(
                zh="房间很干净，服务也热情，下次还会来。",
                en="The room was clean, the staff were friendly, and I will come back.",
            )
        },
    ),
    Example(
        Text(zh="先扬后抑", en="Praise, then blame"),
        {
            "text": Text(
                zh="位置很方便，早餐也不错，可是隔音太差，整晚没睡好。",
                en="The location is handy and breakfast is good, but the walls are thin and we did not sleep.",
            ),
            "other": Text(
                zh="隔音太差，整晚没睡好，可是位置很方便，早餐也不错。",
                en="The walls are thin and we did not sleep, but the location is handy and breakfast is good.",
            ),
        },
    ),
    Example(
        Text(zh="换一个词", en="Swap a word"),
        {
            "text": Text(
                zh="手机屏幕清晰，运行流畅，我很满意。",
                en="The screen is clear and the phone is fast; a great buy.",
            ),
            "change": "swap",
        },
    ),
    Example(
        Text(zh="同一句，两种语言", en="One sentence, two languages"),
        {
            "text": Text(
                zh="服务员很热情，但是菜太咸了。", en="The waiters were friendly, but the food was too salty."
            ),
            "other": Text(
                zh="The waiters were friendly, but the food was too salty.", en="服务员很热情，但是菜太咸了。"
            ),
        },
    ),
)
