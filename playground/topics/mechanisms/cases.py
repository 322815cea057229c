"""Settings of mechanisms worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.mechanisms.findings import Findings
from playground.topics.mechanisms.settings import Settings

FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="引导过头", en="Steered too far"),
        {"strength": 8.0},
        expect=Text(
            zh="方向加得太重：中性文本的困惑度翻倍不止，续写也乱了。",
            en="The direction is added too strongly: the perplexity of neutral text more than doubles, and the continuation breaks.",
        ),
        seen=lambda settings, found: found.steered.cost > 2,
    ),
    Failure(
        Text(zh="没有重复，看不出归纳", en="No repeats, no induction"),
        {
            "text": Text(zh="法国的首都是", en="The opposite of hot is"),
            "corrupted": Text(zh="日本的首都是", en="The opposite of big is"),
            "answer": Text(zh="巴黎", en="cold"),
            "wrong": Text(zh="东京", en="small"),
        },
        expect=Text(
            zh="文本里没有重复的词元，“这些头在你的文本上”表里归纳与重复两类没有值：模式要在能显出它的文本上量。",
            en="The text repeats no token, so the table of the heads on your text has no value for induction and duplicates: a pattern has to be measured where it can show.",
        ),
        seen=lambda settings, found: not found.ablated.repeats,
    ),
)

LANGUAGES = (
    "今天天气很好，我们去公园散步。\n这本书写得很有意思。\n他每天早上七点起床。\n我想喝一杯热咖啡。",
    "The weather is fine today, so we walk in the park.\nThis book is very interesting.\nHe gets up at seven every morning.\nI would like a cup of hot coffee.",
)
EXAMPLES = (
    Example(Text(zh="前一词元头", en="Previous-token heads"), {"head_kind": "previous"}),
    Example(
        Text(zh="间接宾语（英文）", en="Indirect object"),
        {
            "text": "When Mary and John went to the store, John gave a drink to",
            "corrupted": "When Mary and John went to the store, Mary gave a drink to",
        },
    ),
    Example(
        Text(zh="换语言的方向", en="A direction of language"),
        {
            "towards": Text(zh=LANGUAGES[1], en=LANGUAGES[0]),
            "away": Text(zh=LANGUAGES[0], en=LANGUAGES[1]),
        },
    ),
)

CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“激活修补”热图：这个答案先一直留在不同的那个词上，到某一层转到最后一个位置",
            en="See the heat map of activation patching: this answer stays at the word that differs for many layers, then goes over to the last position",
        ),
        {},
        lambda settings, found: found.patched.handover is not None and found.patched.handover > 6,
    ),
    Claim(
        Text(
            zh="换入一整层的残差流，差要完全恢复；什么也不换，差要保持不变。两者只容许舍入误差",
            en="patching the whole residual stream of a layer must restore the difference exactly, and patching nothing must leave it exactly, but for rounding",
        ),
        {},
        lambda settings, found: max(found.patched.all_gap, found.patched.none_gap) < 1e-3,
    ),
    Claim(
        Text(
            zh="看“消融之后损失涨了多少”：归纳头一消融，抄写就坏，同样多的随机头影响小得多",
            en="See “How much the loss rises by ablation”: without the induction heads copying breaks, while as many heads at random do far less",
        ),
        {},
        lambda settings, found: found.ablated.cost > 0.5 and found.ablated.cost > 3 * found.ablated.others_cost,
    ),
    Claim(
        Text(
            zh="运行示例“前一词元头”，看消融表：消融的虽不是归纳头，第二遍的损失同样大涨",
            en="Run the example “Previous-token heads” and see the table of ablation: they aren't induction heads, yet the loss of the second copy rises steeply too",
        ),
        EXAMPLES[0].values,
        lambda settings, found: found.ablated.cost > 2 and found.ablated.cost > 3 * found.ablated.others_cost,
    ),
    Claim(
        Text(
            zh="看“直接 logit 归因”：份额最大的头，正在热图上答案转到最后位置的那一带",
            en="See the grid of direct logit attribution: its largest head sits where the patching map's answer goes over to the last position",
        ),
        {},
        lambda settings, found: (
            found.patched.handover is not None and abs(found.direct.layer - found.patched.handover) <= 2
        ),
    ),
    Claim(
        Text(
            zh="运行失败示例“引导过头”，看困惑度曲线：中性文本同时坏掉",
            en="Run the failure “Steered too far” and look at the curve of perplexity: neutral text breaks at the same time",
        ),
        FAILURES[0].values,
        lambda settings, found: found.steered.cost > 2,
    ),
    Claim(
        Text(
            zh="这里的一个是为这个模型现训的，只读过约 10.7 万词元，有 4096 个特征，规模小得多",
            en="The one here was trained for this very model on about 107,000 tokens, has 4,096 features and is far smaller",
        ),
        {},
        lambda settings, found: (
            found.sparse is not None and found.sparse.features == 4096 and round(found.sparse.trained_on, -3) == 107_000
        ),
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="这个模型没有 logit 截顶，等式成立",
            en="it has no cap on its logits, so the equation holds",
        ),
        "tests/explanation/test_direct_attribution.py::test_the_parts_add_up_on_the_real_model",
    ),
    Pinned(
        Text(
            zh="这里用 top-k：$z=\\text{TopK}(W_e(x-b)+b_e)$",
            en="The top-k kind learns $z=\\text{TopK}(W_e(x-b)+b_e)$",
        ),
        "tests/learning/test_autoencoder.py::test_encoding_and_decoding_by_hand",
    ),
    Pinned(
        Text(
            zh="这里留出的中文上恢复 95%，损失仍从每词元 4.27 奈特升到 4.73",
            en="Here 95% is recovered on held-out Chinese, and the loss still rises from 4.27 to 4.73 nats a token",
        ),
        "playground/topics/mechanisms/test_lab.py::test_the_card_s_figures_of_the_autoencoder_are_its_report_s",
    ),
)
