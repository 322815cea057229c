"""Settings of inference worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
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
        label=Text(zh="没有可抄的：提示查找无效", en="Nothing to copy: prompt lookup has no effect"),
        values={"prefix": "", "text": FREE, "lookup": True, "batch": 1, "tokens": 10},
        expect=Text(
            zh="自由写作，接下来的话前文里没有：出自草稿的词元不超过两成，省下的前向不超过 2 次。",
            en="Free writing, whose next words aren't in the text so far: at most a fifth of the tokens come from drafts, at most 2 passes are saved.",
        ),
        seen=_nothing_to_copy,
    ),
    Failure(
        label=Text(zh="关掉缓存：越来越慢", en="No cache: slower and slower"),
        values={"cache": False, "batch": 1, "tokens": 4},
        expect=Text(
            zh="384 个词元之后，没有缓存的一步是有缓存的 1.8 倍以上，而且比开头慢；换来的是 KV 占 0 字节。",
            en="After 384 tokens a step without the cache takes more than 1.8 times as long as one with it, and longer than at the beginning; in return KV takes 0 bytes.",
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
        Text(zh="名单：格式重复", en="A list: its format repeats"),
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


def _bytes_after(found: Findings, tokens: int) -> int:
    """The bytes held after so many tokens. Raises StopIteration where they weren't measured."""
    return next(one.held for one in found.key_values if one.tokens == tokens)


def _grows_without_the_cache(settings: Settings, found: Findings) -> bool:
    first, last = found.measured.steps[0], found.measured.steps[-1]
    growing = last.uncached_ms / first.uncached_ms
    return growing > 1.3 and growing > 1.3 * last.cached_ms / first.cached_ms


def _most_rows_take_longer(settings: Settings, found: Findings) -> bool:
    one, most = found.measured.batch(1), found.measured.batch(16)
    return most.step_ms > one.step_ms


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“每步时间随位置”：没有缓存的线往上长，有缓存的几乎是平的",
            en="See “A step over position”: the line without the cache grows, the one with it is nearly flat",
        ),
        {},
        _grows_without_the_cache,
    ),
    Claim(
        Text(
            zh="这里 512 个词元的 KV 才 9.4 MB，而 16 位的权重有 536 MB",
            en="here 512 tokens of KV are only 9.4 MB, while the 16-bit weights are 536 MB",
        ),
        {},
        lambda settings, found: (
            round(_bytes_after(found, 512) / 1e6, 1) == 9.4 and round(found.weight_bytes / 1e6) == 536
        ),
    ),
    Claim(
        Text(
            zh="看“KV 字节：公式与实测”，两列逐字节相等",
            en="See “KV bytes: by formula and measured”: the two columns are equal to the byte",
        ),
        {},
        lambda settings, found: all(one.by_formula == one.held for one in found.key_values),
    ),
    Claim(
        Text(
            zh="512 个词元之后每个只再加 3 KiB",
            en="beyond 512 tokens each adds only 3 KiB",
        ),
        {},
        lambda settings, found: (
            _bytes_after(found, 32) == 32 * 18 * 1024
            and _bytes_after(found, 576) - _bytes_after(found, 512) == (576 - 512) * 3 * 1024
        ),
    ),
    Claim(
        Text(
            zh="16 条一批，合计吞吐是单条的几倍，每步也更长",
            en="16 in a batch have several times the throughput of one, and a step takes longer too",
        ),
        {},
        lambda settings, found: found.measured.gain(16) > 2 and _most_rows_take_longer(settings, found),
    ),
    Claim(
        Text(
            zh="看“批越大，吞吐越高”与“但每个回答等得更久”",
            en="See “Larger batches, more tokens a second” and “but each answer waits longer”",
        ),
        {},
        lambda settings, found: found.measured.gain(16) > found.measured.gain(2) > 1,
    ),
    Claim(
        Text(
            zh="16 条一批的每步不比单条短",
            en="a step of a batch of 16 is no shorter than a step of one",
        ),
        {},
        _most_rows_take_longer,
    ),
    Claim(
        Text(
            zh="看“静态与连续批处理（模拟）”：连续批处理空闲的槽更少，吞吐更高",
            en="See “Static and continuous batching (simulated)”: continuous batching has fewer idle slots and more throughput",
        ),
        {},
        lambda settings, found: (
            found.measured.continuous.idle_share < found.measured.static.idle_share
            and found.measured.continuous.tokens_per_second > found.measured.static.tokens_per_second
        ),
    ),
    Claim(
        Text(
            zh="看“复用共同前缀：首 token 等多久”，几个请求复用后首选词元不变",
            en="see “Reusing a shared prefix: time to first token”, where reuse leaves the first choice of every request unchanged",
        ),
        {},
        lambda settings, found: (
            len(found.requests) > 1
            and all(one.same_first_token for one in found.requests)
            and all(wait.reused_ms < wait.anew_ms for wait in found.measured.waits)
        ),
    ),
    Claim(
        Text(
            zh="对照“复用共同前缀：首 token 等多久”：几个请求没有两个相同，照样共用前缀",
            en="See “Reusing a shared prefix: time to first token”: no two of those requests are identical, yet they share the prefix",
        ),
        {},
        lambda settings, found: (
            len({one.own for one in found.requests}) > 1
            and len({one.shared for one in found.requests}) == 1
            and found.requests[0].shared > found.requests[0].own
        ),
    ),
    Claim(
        Text(
            zh="贪心时，除去浮点的近乎平手，就是同一段文本",
            en="in greedy decoding it is the same text except for near ties in floating point",
        ),
        {},
        lambda settings, found: found.drafts.parting is None or found.drafts.parting.near_tie,
    ),
    Claim(
        Text(
            zh="看失败示例“关掉缓存：越来越慢”：KV 占 0 字节，每步却要重算全文",
            en="See the failure “No cache: slower and slower”: KV takes 0 bytes, and each step recomputes the whole text",
        ),
        FAILURES[1].values,
        _recomputed,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="面板逐词元核对，翻了就写出位置和差距",
            en="The panel compares token by token and, where the argmax flipped, reports the position and the gap",
        ),
        "playground/topics/inference/test_panels.py::test_a_near_tie_that_turned_is_shown_with_its_place_and_gap",
    ),
    Pinned(
        Text(
            zh="float32 下，测试用许多随机提示和两种语言的文本核对，与 `generate` 逐词元相同",
            en="in float32, tests check equality with `generate`, token by token, over many random prompts and texts in both languages",
        ),
        "tests/generation/test_prompt_lookup.py::test_cached_uncached_and_looked_up_are_generates_greedy_text",
    ),
    Pinned(
        Text(
            zh="两种语言的文本核对",
            en="texts in both languages",
        ),
        "tests/generation/test_prompt_lookup.py::test_the_real_models_text_in_float32_is_generates",
    ),
)
