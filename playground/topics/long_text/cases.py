"""Texts and settings worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.long_text.findings import Findings
from playground.topics.long_text.settings import Settings

# Small numbers beside what an example is about.
_SMALL = {"longest": 128, "depths": 2}
_PAST_THE_WINDOW = {"longest": 2048, "lengths": 2, "depths": 3, "distractors": ""}

FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="窗口太小", en="A window too small"),
        {"window": 16, "stride": 16, **_SMALL},
        expect=Text(
            zh="16 个词元的窗口：不相交窗口每词元比整篇多 0.5 奈特以上。",
            en="Disjoint windows of 16 tokens: the loss is over 0.5 nats per token above that of the whole.",
        ),
        seen=lambda settings, found: _above(found, "disjoint") > 0.5,
    ),
    Failure(
        Text(zh="步长 1", en="Stride 1"),
        {"stride": 1, "window": 128, **_SMALL},
        expect=Text(
            zh="每次只移一个词元：整篇要算的词元是一遍读完的 50 倍以上，这里只能抽几十个词元计分。",
            en="Moving by one token takes over 50 times the tokens of reading the text once; only some dozens of tokens can be scored here.",
        ),
        seen=lambda settings, found: found.overlap_factor > 50 and not found.complete and found.scored < 100,
    ),
    Failure(
        Text(zh="干扰句", en="Distractors"),
        {},
        expect=Text(
            zh="文中散放几句同形的干扰句：答案平均领先的幅度变小，而且不是每一格都找得到。",
            en="With distractors of the same form scattered in the text the mean margin falls, and not every cell is found.",
        ),
        seen=lambda settings, found: (
            found.hits["distracted"].margin.mean < found.hits["literal"].margin.mean
            and found.hits["distracted"].found < found.hits["distracted"].count
        ),
    ),
)

EXAMPLES = (
    Example(
        Text(zh="中英混排", en="Both languages"),
        {
            "text": Text(
                zh="KV cache 保存每个 token 的 key 和 value。上下文越长，cache 越大。FlashAttention 不改变结果，只改变访存的次序。"
                "RoPE 把位置写进旋转角，超出训练长度后要做 scaling。长文本的评测不能只看 needle in a haystack，还要看多跳推理和聚合。",
                en="A KV cache keeps keys and values. 上下文越长，缓存越大。FlashAttention changes the order of memory accesses, not the result. 位置编码决定模型能外推多远。"
                " Long-context benchmarks must test more than a single needle: 多跳推理和聚合也要测。",
            ),
            "window": 32,
            "stride": 8,
            "chunk": 40,
            **_SMALL,
        },
    ),
    Example(
        Text(zh="重复的文本：远处的前文最有用", en="Repeated text: far context helps most"),
        {
            "text": Text(
                zh="春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。白日依山尽，黄河入海流。欲穷千里目，更上一层楼。"
                * 6,
                en="The password of the harbour gate is seven green owls and a wooden spoon. Nobody but the night watch may know it. "
                * 6,
            ),
            "window": 32,
            "stride": 16,
            **_SMALL,
        },
    ),
    Example(
        Text(zh="自己的针：一个口令", en="A needle of one's own: a code"),
        {
            "needle": Text(zh="仓库大门的口令是蓝鲸。", en="The code of the warehouse gate is walrus."),
            "literal": Text(zh="仓库大门的口令是什么？", en="What is the code of the warehouse gate?"),
            "reworded": Text(zh="想进库房，该对看守说哪个词？", en="Which word lets you into the depot?"),
            "answer": Text(zh="蓝鲸", en="walrus"),
            "others": Text(zh="海豚、企鹅、海狮", en="dolphin, penguin, otter"),
            "distractors": "",
            "longest": 256,
            "depths": 2,
        },
    ),
    Example(
        Text(zh="超出局部窗口的干草堆", en="A haystack past the window"),
        _PAST_THE_WINDOW,
    ),
)

_STRIDE_1 = FAILURES[1].values


def _above(found: Findings, name: str) -> float:
    """Nats per token of a strategy above the whole."""
    estimate = found.strategies[name].against_whole
    return 0.0 if estimate is None else estimate.mean


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“四种读法的困惑度”：同一批词元，不相交窗口比整篇差，重叠窗口差得少一些",
            en="see “Perplexity by strategy”: on the same tokens disjoint windows are worse than the whole, and overlapping ones lose less",
        ),
        {},
        lambda settings, found: _above(found, "disjoint") > max(0.0, _above(found, "overlapping")),
    ),
    Claim(
        Text(
            zh="看“KV 字节随长度”：过了窗口，实测与公式一起变缓",
            en="see “KV bytes over length”: measured and formula bend together",
        ),
        {},
        lambda settings, found: (
            found.key_values.measured == found.key_values.formula
            and found.key_values.window is not None
            and found.tokens > found.key_values.window
            and found.key_values.saved > 0
        ),
    ),
    Claim(
        Text(
            zh="看“末位词元真正看多远”：局部层的缓存里没有窗口以外的键，全局层一直看到开头",
            en="see “How far the last token looks”: the local layers hold no key beyond the window, the global ones reach the beginning",
        ),
        {},
        lambda settings, found: found.reach + 1 == found.key_values.window and found.text_reach == found.tokens,
    ),
    Claim(
        Text(
            zh="看“捞到几次”：同一根针、同样的文本，只在其中散放几句同形的话，答案平均领先的幅度就变小",
            en="see “How often it is found”: with the same needle and the same text, scattering some sentences of the same form in it reduces the mean margin",
        ),
        {},
        lambda settings, found: found.hits["distracted"].margin.mean < found.hits["literal"].margin.mean,
    ),
    Claim(
        Text(
            zh="默认的提示连同干草堆都短于局部窗口",
            en="By default the whole prompt is shorter than the local window",
        ),
        {},
        lambda settings, found: (
            found.key_values.window is not None and max(cell.tokens for cell in found.cells) < found.key_values.window
        ),
    ),
    Claim(
        Text(
            zh="示例“超出局部窗口的干草堆”里，最长的提示超过局部窗口的四倍",
            en="in the example “A haystack past the window” the longest prompt is over four local windows long",
        ),
        _PAST_THE_WINDOW,
        lambda settings, found: (
            found.key_values.window is not None
            and max(cell.tokens for cell in found.cells) > 4 * found.key_values.window
        ),
    ),
    Claim(
        Text(
            zh="这里换词提问时两者就不一致：按概率找到的格比按贪心解码的多",
            en="On the reworded question they disagree here: by probability more cells are found than by greedy decoding",
        ),
        {},
        lambda settings, found: found.hits["reworded"].found > found.hits["reworded"].greedy,
    ),
    Claim(
        Text(
            zh="看“按字符切与按句切”：按字符切的切口大多落在句子中间，按句切的一个也没有",
            en="see “Cut by characters and by sentences”: most borders by characters fall inside a sentence, none by sentences does",
        ),
        {},
        lambda settings, found: (
            2 * found.by_characters.in_sentences > found.by_characters.borders and found.by_sentences.in_sentences == 0
        ),
    ),
    Claim(
        Text(
            zh="看失败示例“步长 1”：整篇要算的词元是一遍读完的 50 倍以上",
            en="see the failure “Stride 1”: over 50 times the tokens of reading the text once",
        ),
        _STRIDE_1,
        lambda settings, found: found.overlap_factor > 50,
    ),
    Claim(
        Text(
            zh="看“局部层的掩码”：每个查询只能读最近一个窗口",
            en="see “Mask of a local layer”: each query reads the latest window only",
        ),
        {},
        lambda settings, found: found.reach + 1 == found.key_values.window,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="这里的模型 18 层中只有 3 层是全局层，每层 4 个头、头宽 256",
            en="Here, 3 of the model's 18 layers are global, each with 4 heads of size 256",
        ),
        "playground/topics/long_text/test_lab.py::test_the_cards_operations_are_the_models",
    ),
)
