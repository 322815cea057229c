"""Texts and tables worth trying: those on which a metric visibly fails, examples, and the runs that show what the cards say."""

from __future__ import annotations

from collections.abc import Callable

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.evaluation.findings import Findings
from playground.topics.evaluation.settings import Settings

_FEW = "gold\ta\tb\n" + "\n".join(["yes\tyes\tyes"] * 5 + ["no\tno\tno"] * 2 + ["yes\tno\tyes"] * 2 + ["no\tyes\tno"])
_RARE = "gold,a,b\n" + "\n".join(["ok,ok,ok"] * 44 + ["ok,ok,fraud"] * 2 + ["fraud,ok,fraud"] * 3 + ["fraud,ok,ok"])
_FULL_WIDTH = "标准答案，预测A，预测B，置信度\n" + "\n".join(
    [
        "体育，体育，体育，0.97",
        "财经，财经，财经，0.91",
        "体育，财经，体育，0.88",
        "娱乐，娱乐，娱乐，0.93",
        "财经，财经，体育，0.74",
        "娱乐，体育，娱乐，0.81",
    ]
    * 4
)
CHINESE_ON_SPACES = {
    "text": "我们明天早上去北京开会。", "other": "我们明天上午去北京开会。", "references": "我们明天早上要去北京开会。",
}  # fmt: skip


def _wrong_is_preferred(settings: Settings, found: Findings) -> bool:
    """Whether BLEU puts the wrong B above the right A."""
    return found.bleu_b > found.bleu_a


def _one_token(settings: Settings, found: Findings) -> bool:
    """Whether 13a gives almost nothing where zh gives much."""
    return found.a.by_tokenizer["13a"].score < 10 and found.a.by_tokenizer["zh"].score > 60


def _large_and_uncertain(settings: Settings, found: Findings) -> bool:
    """Whether B is at least 20 points better and the test still can't tell."""
    compared = found.labels.comparison if found.labels else None
    return compared is not None and compared.difference >= 0.2 and compared.p_value > 0.05


def _accuracy_hides(settings: Settings, found: Findings) -> bool:
    """Whether A, which never finds the rare class, has an accuracy above 90% and a macro-F1 below 0.5."""
    if found.labels is None:
        return False
    scores = found.labels.a.scores
    return scores.accuracy > 0.9 and scores.averages["macro"].f1 < 0.5


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="BLEU 偏爱意思错的那句", en="BLEU prefers the wrong one"),
        {"unit": "word"},
        Text(
            zh="A 换了说法但意思对；B 只差几个字，意思却错了：BLEU 给 B 的分更高。",
            en="A says the same in other words; B differs in one word and is wrong: BLEU scores B higher.",
        ),
        _wrong_is_preferred,
    ),
    Failure(
        Text(zh="用 13a 切中文", en="Chinese cut by 13a"),
        CHINESE_ON_SPACES,
        Text(
            zh="只差一个字的中文句子，tok:13a 给的分几乎是 0：它按空格切，整句成了一个词。",
            en="A Chinese sentence that lacks one character gets almost 0 with tok:13a, which cuts at spaces: the sentence is one word.",
        ),
        _one_token,
    ),
    Failure(
        Text(zh="十条样本，差三成", en="Ten examples, thirty points"),
        {"table": _FEW},
        Text(
            zh="十条里 B 多对三条，准确率高出三成，McNemar 检验仍分不清。",
            en="B is right on three more of ten examples, and McNemar's test still can't tell.",
        ),
        _large_and_uncertain,
    ),
    Failure(
        Text(zh="准确率盖住稀有类", en="Accuracy hides the rare class"),
        {"table": _RARE},
        Text(
            zh="A 一条 fraud 都没找出来，准确率仍有 92%；宏平均 F1 不到 0.5。",
            en="A finds not one fraud and is still 92% accurate; its macro-F1 is below 0.5.",
        ),
        _accuracy_hides,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="按字计分", en="Count by characters"),
        {"unit": "character"},
    ),
    Example(
        Text(zh="全角逗号的表", en="A table with full-width commas"),
        {"table": _FULL_WIDTH},
    ),
    Example(
        Text(zh="中英混排", en="Both languages"),
        {
            "text": "我用 Python 写了两个 demo。",
            "other": "我用 Java 写了两个 demo。",
            "references": "我用 Python 写了两个演示程序。\n两个 demo 是我用 Python 写的。",
            "table": "",
        },
    ),
    Example(
        Text(zh="只有 A，没有 B", en="A alone, no B"),
        {"table": "gold;prediction\n" + "\n".join(["是;是", "否;否", "是;否", "否;否", "是;是", "否;是"] * 3)},
    ),
)


def _by_unit_differ(settings: Settings, found: Findings) -> bool:
    """Whether A's BLEU by word is another than by character, by a point at least."""
    word, character = (found.a.by_unit[unit].bleu.score for unit in ("word", "character"))
    return abs(word - character) >= 1


def _number_above(settings: Settings, found: Findings) -> bool:
    """Whether another number scores above a word moved and a synonym."""
    number, moved, synonym = (found.edit(kind) for kind in ("number", "moved", "synonym"))
    if not (number and moved and synonym):
        return False
    return number.scores.bleu.score > max(moved.scores.bleu.score, synonym.scores.bleu.score)


def _bins_matter(settings: Settings, found: Findings) -> bool:
    """Whether the largest ECE is at least half as large again as the smallest."""
    calibration = found.labels.calibration if found.labels else None
    return calibration is not None and calibration.largest_error > 1.5 * calibration.smallest_error


def _perplexities_differ(settings: Settings, found: Findings) -> bool:
    """Whether A's largest perplexity is more than three times its smallest."""
    reading = found.a.reading
    values = [reading.by_token, reading.by_word, reading.by_character] if reading else []
    known = [value for value in values if value is not None]
    return len(known) == 3 and max(known) > 3 * min(known)


def _undecided(settings: Settings, found: Findings) -> bool:
    """Whether B is 10 points better with p = 0.07 by McNemar, and a smaller p by the bootstrap."""
    compared = found.labels.comparison if found.labels else None
    if compared is None:
        return False
    bootstrapped = next(test.difference.p_value for test in compared.tests if test.name == "accuracy")
    return (
        round(compared.difference, 2) == 0.1 and round(compared.p_value, 2) == 0.07 and bootstrapped < compared.p_value
    )


def _significantly_wrong(settings: Settings, found: Findings) -> bool:
    """Whether the wrong system's BLEU is more than twice as high with p below 0.01."""
    return found.systems.worse > 2 * found.systems.better and found.systems.p_value < 0.01


def _mostly_flips(settings: Settings, found: Findings) -> bool:
    """Whether the judge changes its choice on more than half of the pairs."""
    return found.judged.flip_share > 0.5


def _luck(settings: Settings, found: Findings) -> bool:
    """Whether McNemar's p is 0.25."""
    compared = found.labels.comparison if found.labels else None
    return compared is not None and round(compared.p_value, 2) == 0.25


def _ninety_two(settings: Settings, found: Findings) -> bool:
    """Whether A's accuracy is 92% without a single fraud found."""
    if found.labels is None:
        return False
    scores = found.labels.a.scores
    return (
        round(scores.accuracy, 2) == 0.92
        and scores.by_class[scores.classes.index("fraud")].recall == 0
        and _accuracy_hides(settings, found)
    )


def _claim(
    zh: str, en: str, holds: Callable[[Settings, Findings], bool], number: int | None = None
) -> Claim[Settings, Findings]:
    """A sentence with the default run, or that of a failure."""
    return Claim(Text(zh=zh, en=en), {} if number is None else FAILURES[number].values, holds)


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    _claim(
        "看“重合指标（0–100）”，同一句话按词是一个分，按字是另一个分",
        "see “Overlap scores (0–100)”, where one sentence has one score by word and another by character",
        _by_unit_differ,
    ),
    _claim(
        "看“只改一处，各指标怎么说”：默认句子里，挪动一个词或换同义词意思没变，改掉数字意思变了，BLEU 却给改数字的更高分",
        "See “One edit, and what each metric says”: in the default sentence, moving a word or using a synonym keeps the meaning and another number changes it, yet BLEU scores the wrong number higher",
        _number_above,
    ),
    _claim(
        "看“ECE 随分箱而变”：同一组预测，箱数不同，数值就不同",
        "see “ECE depends on the bins”, where the same predictions have several values",
        _bins_matter,
    ),
    _claim(
        "看“困惑度与每字节比特数”：同一句话、同一个概率，按词元、按字、按词摊，困惑度能差出好几倍",
        "See “Perplexity and bits per byte”: one text, one probability, and perplexities by token, character and word that differ several times over",
        _perplexities_differ,
    ),
    _claim(
        "看“B 比 A 好吗：配对检验”：默认的 60 条里 B 高 10 个百分点，McNemar 检验的 p 是 0.07，仍分不清",
        "See “Is B better than A? Paired tests”: on the 60 default examples B is 10 points better and McNemar's p is 0.07, which settles nothing",
        _undecided,
    ),
    _claim(
        "看“显著，却是错的”：24 对句子里，句句同义的“系统”语料级 BLEU 远低于句句意思错的“系统”，配对自助检验还极其显著",
        "See “Significant, and wrong”: over 24 pairs, the “system” that always keeps the meaning has a far lower corpus BLEU than the one that never does, and the paired bootstrap calls it highly significant",
        _significantly_wrong,
    ),
    _claim(
        "看“让这个模型当裁判”：候选一对调，这个 2.7 亿参数的基座模型大多改选",
        "See “This model as the judge”: when the candidates are swapped, this base model of 270 million parameters mostly changes its choice",
        _mostly_flips,
    ),
    _claim(
        "运行失败示例“BLEU 偏爱意思错的那句”，看“重合指标（0–100）”：错句的分更高",
        "Run the failure “BLEU prefers the wrong one” and look at “Overlap scores (0–100)”: the wrong sentence scores higher",
        _wrong_is_preferred,
        0,
    ),
    _claim(
        "运行失败示例“用 13a 切中文”，看“同一句，不同签名”：同一句话在 zh 下过 60，在 13a 下不到 10",
        "Run the failure “Chinese cut by 13a” and look at “One sentence, several signatures”: the same sentence is above 60 with zh and below 10 with 13a",
        _one_token,
        1,
    ),
    _claim(
        "看失败示例“准确率盖住稀有类”：A 一条 fraud 都没找到，准确率仍有 92%，宏平均 F1 不到 0.5",
        "See the failure “Accuracy hides the rare class”: A finds not one fraud and is still 92% accurate, with a macro-F1 below 0.5",
        _ninety_two,
        3,
    ),
    _claim(
        "看失败示例“十条样本，差三成”：p = 0.25",
        "See the failure “Ten examples, thirty points”: p = 0.25",
        _luck,
        2,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="这里的置信度是 A 给自己答案的概率，Brier 也按“这个答案对不对”算",
            en="Here confidence is A's probability of its own answer, and Brier scores the event “this answer is right”",
        ),
        "playground/topics/evaluation/test_lab.py::test_confidence_is_of_as_answer_and_brier_scores_whether_it_is_right",
    ),
)
