"""Settings of inference worth a run: failures and examples."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Example, Failure
from playground.topics.inference.findings import Findings
from playground.topics.inference.settings import Settings


def _nothing_to_copy(settings: Settings, found: Findings) -> bool:
    return found.drafts.from_drafts_percent <= 20 and found.drafts.spared <= 2


def _recomputed(settings: Settings, found: Findings) -> bool:
    first, last = found.measured.steps[0], found.measured.steps[-1]
    return (
        found.held_bytes == 0 and last.uncached_ms > 1.8 * last.cached_ms and last.uncached_ms > 1.3 * first.uncached_ms
    )


FREE = Text(zh="昨天下午，我在旧书店里", en="Yesterday afternoon my neighbour")

FAILURES: tuple[Failure[Settings, Findings], ...] = (
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
        seen=_recomputed,
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
