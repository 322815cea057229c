"""Texts worth trying: those on which a method visibly fails, examples, and the runs that show what the cards say."""

from __future__ import annotations

import math

from playground.lab.text import Language, Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.language.scripts import main_language
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
        Text(zh="反讽照字面理解", en="Irony taken at its word"),
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
        Text(zh="未校准的提示", en="The prompt uncalibrated"),
        {"text": Text(zh="房间干净安静，下次还来。", en="The food is not good here.")},
        Text(
            zh="未校准的提示把 A 这句好评判为负面：没有文本时，模型就偏向“差”。减去这个偏向才判对。",
            en="The plain prompt calls A positive, though it complains: with no text at all the model already leans to"
            " “positive”. Taking that away puts it right.",
        ),
        _biased,
    ),
    Failure(
        Text(zh="没有一个褒贬词", en="Not one opinion word"),
        {
            "text": Text(
                zh="看完这部电影，我只想要回我的票钱。", en="After this film I wanted to be paid for my time."
            ),
            "other": Text(zh="看完这部电影，我只想再买一张票。", en="After this film I bought another ticket."),
        },
        Text(
            zh="A 里没有词典认识的褒贬词，所以它给 0.5，没有作答；意思全在情境里。",
            en="A has no opinion word that the lexicon knows, so it says 0.5 and doesn't answer: the meaning is in the situation.",
        ),
        _word_unknown,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="三句否定一句", en="Three clauses, one negated"),
        {
            "text": Text(
                zh="房间很干净，服务也热情，下次还会来。",
                en="The room was clean, the staff were friendly, and I will come back.",
            )
        },
    ),
    Example(
        Text(zh="先扬后抑", en="Good points, then bad"),
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


_UNCALIBRATED = FAILURES[1].values


def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


def _shift(found: Findings, side: str) -> float:
    """By how much calibration moves the log-odds of a side."""
    probabilities = getattr(found, side).probabilities
    return _log_odds(probabilities["prompt"]) - _log_odds(probabilities["calibrated"])


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="划去互为备份的两个词（如“很”和“好看”），概率掉得比各自之和多 0.1 以上",
            en="without two words that back each other up (such as “good” and “enjoyed”) the probability falls by over 0.1 more than both falls together",
        ),
        {"struck": Text(zh="2:很|3:好看", en="1:enjoyed|3:good")},
        lambda settings, found: (
            found.a.struck is not None
            and found.a.struck.whole
            - found.a.struck.value
            - sum(found.a.leave_one_out.weights[unit] for unit in found.a.struck.units)
            > 0.1
        ),
    ),
    Claim(
        Text(
            zh="同一个朴素贝叶斯，在拟合过的评论上比在留出的评论上高 7 个百分点",
            en="the same naive Bayes is 7 points more accurate on the reviews it was fitted to than on held-out ones",
        ),
        {},
        lambda settings, found: (
            round(100 * (found.seen["bayes"].accuracy - found.accuracies["bayes"]["zh"].accuracy)) == 7
            and found.seen["bayes"].low > found.accuracies["bayes"]["zh"].high
        ),
    ),
    Claim(
        Text(
            zh="看“探针从什么学来”：只用中文标签训练，英文句子也判对九成",
            en="See “What the probe learnt from”: from Chinese labels alone it is still right on nine in ten of the English sentences",
        ),
        {},
        lambda settings, found: 0.85 < found.learned.chinese_alone.accuracy < 0.95,
    ),
    Claim(
        Text(
            zh="训练里去掉一个领域的英文评论，再判这个领域，六条里对五条以上",
            en="on English reviews of a domain left out of training it is right on more than five in six",
        ),
        {},
        lambda settings, found: found.learned.unseen_domain.accuracy > 5 / 6,
    ),
    Claim(
        Text(zh="区间比中文宽得多", en="so its interval is much wider"),
        {},
        lambda settings, found: found.accuracies["probe"]["en"].width > 2 * found.accuracies["probe"]["zh"].width,
    ),
    Claim(
        Text(
            zh="在中文上拟合的朴素贝叶斯，到英文上不比乱猜好",
            en="Naive Bayes fitted to Chinese does no better than chance on them",
        ),
        {},
        lambda settings, found: found.accuracies["bayes"]["en"].low < 0.5 < found.accuracies["bayes"]["en"].high,
    ),
    Claim(
        Text(
            zh="减去常数只移动分界线，同一语言里文本的排序不变",
            en="Subtracting a constant moves the boundary and never changes the order of texts of one language",
        ),
        {},
        lambda settings, found: abs(_shift(found, "a") - _shift(found, "b")) < 1e-3 < abs(_shift(found, "a")),
    ),
    Claim(
        Text(
            zh="看“可靠性图”和 ECE、Brier 分数；ECE 随分组而变，所以两个都报",
            en="See “Reliability diagram” with its ECE and Brier score; ECE depends on the bins, so report both",
        ),
        {},
        lambda settings, found: (
            found.reliability["zh"].error < 0.1
            and all(len(one.bins) > 3 and one.brier < 0.25 for one in found.reliability.values())
        ),
    ),
    Claim(
        Text(
            zh="总和等于全文与去掉全部单元之差",
            en="add up to the text's value minus that without any units",
        ),
        {},
        lambda settings, found: all(
            side.shapley.baseline is not None
            and abs(sum(side.shapley.weights) - (side.shapley.value - side.shapley.baseline)) < 1e-3
            for side in (found.a, found.b)
        ),
    ),
    Claim(
        Text(
            zh="对照“注意力”与“留一法”：各层各头平均，末位词元把最多的一份注意力给了首词元",
            en="Compare the panel “Attention” with “Leave-one-out”: averaged over layers and heads, the last token gives the largest share of its attention to the first token",
        ),
        {},
        lambda settings, found: all(side.attended.first > side.attended.other for side in (found.a, found.b)),
    ),
    Claim(
        Text(
            zh="每一行判断旁都列着它在留出文本上的准确率和区间",
            en="Each row shows its accuracy on held-out texts with an interval",
        ),
        {},
        lambda settings, found: (
            set(found.accuracies) == set(found.a.probabilities)
            and all(
                share.low < share.accuracy < share.high for row in found.accuracies.values() for share in row.values()
            )
        ),
    ),
    Claim(
        Text(
            zh="词典作答时在留出的英文句上对九成，再看“难句集”：反讽却一对也没有全对",
            en="where it answers, the lexicon is right on 90% of the held-out English sentences; yet see “Hard sentences”: it has not one whole pair of irony right",
        ),
        {},
        lambda settings, found: (
            round(found.accuracies["lexicon"]["en"].accuracy, 2) == 0.9 and found.pairs["sarcasm"]["lexicon"].right == 0
        ),
    ),
    Claim(
        Text(
            zh="运行失败示例“未校准的提示”：一句好评被判为负面（英文则是一句抱怨被判为正面）",
            en="Run the failure “The prompt uncalibrated”: a complaint is called positive (in Chinese, praise is called negative)",
        ),
        _UNCALIBRATED,
        lambda settings, found: (
            _biased(settings, found)
            and (found.a.probabilities["prompt"] > 0.5) == (main_language(settings.text) is Language.EN)
        ),
    ),
    Claim(
        Text(
            zh="因为没有文本时模型就偏向一边",
            en="because with no text at all the model already leans to one side",
        ),
        {},
        lambda settings, found: found.prior["zh"] < 0.5 < found.prior["en"],
    ),
    Claim(
        Text(
            zh="准确率表里，“提示”一行远低于“提示＋校准”",
            en="In the table of accuracies the row “prompted” is far below “prompted, calibrated”",
        ),
        {},
        lambda settings, found: all(
            found.accuracies["calibrated"][language].low > found.accuracies["prompt"][language].high
            for language in ("zh", "en")
        ),
    ),
    Claim(
        Text(
            zh="它并不比没见过这些评论的朴素贝叶斯高多少",
            en="it is hardly above naive Bayes, which never saw those reviews",
        ),
        {},
        lambda settings, found: (
            found.accuracies["snownlp"]["zh"].accuracy < found.accuracies["bayes"]["zh"].accuracy + 0.02
        ),
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="标着“见过”",
            en="is marked “seen”",
        ),
        "playground/topics/sentiment/test_panels.py::test_leakage_is_seen_minus_unseen_and_not_told_of_what_saw_both",
    ),
    Pinned(
        Text(
            zh="规则没有想到的否定（“能好吃才怪”）会被判反",
            en="A negation that no rule foresaw (“anything but good”) comes out reversed",
        ),
        "playground/topics/sentiment/test_lab.py::test_lexicon_by_hand",
    ),
    Pinned(
        Text(
            zh="原文对几个无内容输入取平均，这里只用空串",
            en="the paper averages several content-free inputs, this lab uses the empty string alone",
        ),
        "playground/topics/sentiment/test_lab.py::test_an_empty_text_calibrates_to_a_half",
    ),
    Pinned(
        Text(
            zh="这里把居中的一段记为“难判定”",
            en="The lab calls that band “undecided”",
        ),
        "playground/topics/sentiment/test_lab.py::test_a_probability_is_named_by_the_band_of_the_report",
    ),
    Pinned(
        Text(
            zh="写出探针在这一段只对多少",
            en="states how often the probe is right inside it",
        ),
        "playground/topics/sentiment/test_panels.py::test_the_table_says_how_often_the_probe_is_right_inside_the_band",
    ),
)
