"""What the inference topic says around its numbers: the prediction, failures, examples. Computes nothing."""

from __future__ import annotations

from typing import Any

from playground.lab.text import Text
from playground.lab.topic import Example, Failure, Outcome, Prediction
from playground.topics.inference.lookup import ACCEPTED, FROM_DRAFTS, SPARED, figure
from playground.topics.inference.serving import HELD

BORDERS = ((20.0, "few"), (40.0, "some"), (60.0, "half"), (101.0, "most"))


def _accepted(result: Any) -> Outcome | None:
    if result.lookup is None:
        return None
    share = figure(result.lookup, ACCEPTED)
    if share is None:
        nothing = Text(
            zh="前文里没有可抄的，一个草稿也没有。", en="Nothing stood in the text to copy: not one token was drafted."
        )
        return Outcome("few", nothing)
    answer = next(name for border, name in BORDERS if share < border)
    drafts = result.lookup.find(ACCEPTED).hint
    return Outcome(answer, Text(zh="{drafts}即 {share}。", en="{drafts} That is {share}.").format(drafts=drafts, share=f"{share:.0f}%"))  # fmt: skip


PREDICTION = Prediction(
    Text(
        zh="提示查找从前文抄来的草稿词元，有多少会被模型接受？",
        en="Of the tokens that prompt lookup drafts by copying from this text, how many will the model accept?",
    ),
    _accepted,
    (
        ("few", Text(zh="不到 20%", en="below 20%")),
        ("some", Text(zh="20% 到 40%", en="20% to 40%")),
        ("half", Text(zh="40% 到 60%", en="40% to 60%")),
        ("most", Text(zh="60% 以上", en="60% and more")),
    ),
)


def _nothing_to_copy(settings: Any, result: Any) -> bool:
    return float(figure(result.lookup, FROM_DRAFTS) or 0) <= 20 and float(figure(result.lookup, SPARED) or 0) <= 2


def _computed_anew(settings: Any, result: Any) -> bool:
    with_cache, without = result.positions.lines
    nothing_held = result.figures.find(HELD).a == 0
    return nothing_held and without.y[-1] > 1.8 * with_cache.y[-1] and without.y[-1] > 1.3 * without.y[0]


FREE = Text(zh="昨天下午，我在旧书店里", en="Yesterday afternoon my neighbour")

FAILURES = (
    Failure(
        label=Text(zh="没有可抄的：提示查找白忙", en="Nothing to copy: prompt lookup in vain"),
        values={"prefix": "", "text": FREE, "lookup": True, "batch": 1, "tokens": 10},
        expect=Text(
            zh="自由写作，前文里没有要写的话：出自草稿的词元不超过两成，省下的前向不超过 2 次。",
            en="Free writing, and what comes doesn't stand in the text so far: at most a fifth of the tokens come from drafts, at most 2 passes are spared.",
        ),
        seen=_nothing_to_copy,
    ),
    Failure(
        label=Text(zh="关掉缓存：越写越慢", en="No cache: slower with every token"),
        values={"cache": False, "batch": 1, "tokens": 4},
        expect=Text(
            zh="512 个词元之后，没有缓存的一步是有缓存的 1.8 倍以上，而且比开头慢；换来的是 KV 占 0 字节。",
            en="After 512 tokens a step without the cache takes more than 1.8 times one with it, and longer than at the beginning; what it buys is 0 bytes of KV.",
        ),
        seen=_computed_anew,
    ),
)

CODE = """class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def get_x(self):
        return self.x

    def set_x(self, x):
        self.x = x

    def get_y(self):
"""

EXAMPLES = (
    Example(
        Text(zh="名单：格式在重复", en="A list: the form repeats"),
        {
            "prefix": "",
            "text": Text(
                zh="姓名：张伟，城市：北京，年龄：31\n姓名：王芳，城市：上海，年龄：27\n姓名：李娜，城市：广州，年龄：45\n姓名：刘洋，",
                en="name: Anna, city: Paris, age: 31\nname: Ben, city: Rome, age: 27\nname: Carla, city: Madrid, age: 45\nname: David,",
            ),
            "lookup": True,
            "batch": 1,
        },
    ),
    Example(Text(zh="代码", en="Code"), {"prefix": "", "text": CODE, "lookup": True, "batch": 1, "tokens": 32}),
    Example(
        Text(zh="自由写作：没有可抄的", en="Free writing: nothing to copy"),
        {"prefix": "", "text": FREE, "lookup": True, "batch": 1},
    ),
    Example(Text(zh="都打开", en="Everything on"), {"lookup": True, "reuse": True, "batch": 8}),
)
