"""Settings of semi-supervised learning worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.semi_supervised.findings import CONSISTENCY, SELF, SPREADING, Findings
from playground.topics.semi_supervised.settings import Settings


def _no_clusters(settings: Settings, found: Findings) -> bool:
    """Whether edges stay within a class hardly more often than by chance, and self-training is reliably below labels only."""
    return found.purity - found.chance < 0.15 and found.methods[SELF].gain.side < 0


def _forced(settings: Settings, found: Findings) -> bool:
    """Whether equal classes among pseudo-labels cost a tenth of accuracy in a pool where books are rare."""
    book = found.by_class["book"]
    precision = found.methods[SELF].last_precision
    return (
        found.methods[SELF].gain.side < 0
        and found.methods[SELF].gain.value < -0.08
        and book.pool < 0.1
        and book.pseudo is not None
        and book.pseudo > 0.3
        and precision is not None
        and precision.value < 0.8
    )


def _small_pool(settings: Settings, found: Findings) -> bool:
    """Whether self-training on the few English reviews is reliably below labels only."""
    return found.unlabelled < min(300, found.asked) and found.methods[SELF].gain.side < 0


_SENTIMENT = {"method": SELF, "task": "sentiment", "unlabelled": 500}
_FORCED = {"method": SELF, "balanced": True, "unlabelled": 500}
_ENGLISH = {"method": SELF, "reviews": "en", "labelled": 24}

FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="换成情感", en="Sentiment instead"),
        _SENTIMENT,
        expect=Text(
            zh="同样的评论换成情感标签：类别不成团，自训练可靠地低于只用标签。",
            en="The same kind of reviews under sentiment labels: the classes form no clusters, and self-training is reliably below labels only.",
        ),
        seen=_no_clusters,
    ),
    Failure(
        Text(zh="强行各类一样多", en="Equal classes by force"),
        _FORCED,
        expect=Text(
            zh="池子里图书只占百分之几，却要每类伪标签一样多：大量别的评论被打成图书，准确率掉了约一成。",
            en="Books are a few per cent of the pool, yet each class must have as many pseudo-labels: other reviews get called books, and"
            " accuracy falls by about a tenth.",
        ),
        seen=_forced,
    ),
    Failure(
        Text(zh="英文的小池子", en="A small English pool"),
        _ENGLISH,
        expect=Text(
            zh="英文只有两百多条无标签评论，词嵌入又分不清领域：伪标签错得多，自训练可靠地低于只用标签。",
            en="English has fewer than three hundred unlabelled reviews, and the embeddings tell domains apart poorly: many pseudo-labels are wrong,"
            " and self-training is reliably below labels only.",
        ),
        seen=_small_pool,
    ),
)

_MANY = {"method": CONSISTENCY, "unlabelled": 3000}
_FEW = {"method": SELF, "labelled": 12, "unlabelled": 500, "bought": 60}

EXAMPLES = (
    Example(Text(zh="只有 12 条标签", en="Only 12 labels"), _FEW),
    Example(Text(zh="3000 条无标签", en="3,000 unlabelled"), _MANY),
    Example(Text(zh="细看标签传播", en="Label spreading"), {"method": SPREADING, "threshold": 0.6, "unlabelled": 500}),
    Example(
        Text(zh="英文，60 条标签", en="English, 60 labels"), {"method": CONSISTENCY, "reviews": "en", "labelled": 60}
    ),
)


def _higher_is_purer(settings: Settings, found: Findings) -> bool:
    firsts = [item for item in found.thresholds if item.first_precision is not None]
    right = [item.first_precision.value for item in firsts if item.first_precision is not None]
    many = [item.first_coverage.value for item in firsts]
    return right == sorted(right) and many == sorted(many, reverse=True) and len(firsts) > 2


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“数据”：默认的领域任务上，近邻图的边有七成以上连着同类，随机只有约一半",
            en="See “Data”: on the default domain task more than seven in ten edges of the neighbour graph stay within a class, against about half by chance",
        ),
        {},
        lambda settings, found: found.purity > 0.7 and 0.4 < found.chance < 0.6,
    ),
    Claim(
        Text(
            zh="运行失败示例“换成情感”：点的来源和方法都不变，只换一套标签，同类邻边只略高于随机，自训练的增益区间落到 0 以下",
            en="Run the failure “Sentiment instead”: same source of points, same methods, another labelling; edges stay within a class hardly more often than by chance, and the interval of self-training's gain falls below 0",
        ),
        _SENTIMENT,
        _no_clusters,
    ),
    Claim(
        Text(
            zh="看“各方法的准确率”：默认设置下，一致性正则的增益区间在 0 以上，自训练的含 0，标签传播的在 0 以下",
            en="See “Accuracy by method”: at the defaults the gain of consistency has an interval above 0, that of self-training holds 0, that of label spreading is below 0",
        ),
        {},
        lambda settings, found: (
            [found.methods[name].gain.side for name in (CONSISTENCY, SELF, SPREADING)] == [1, 0, -1]
        ),
    ),
    Claim(
        Text(
            zh="看“逐轮的准确率”：自训练第一轮升得最高，之后回落",
            en="See “Accuracy by round”: self-training peaks in the first round, then falls back",
        ),
        {},
        lambda settings, found: (
            max(item.value for item in found.methods[SELF].accuracy) == found.methods[SELF].accuracy[1].value
            and found.methods[SELF].last.value < found.methods[SELF].accuracy[1].value
        ),
    ),
    Claim(
        Text(
            zh="看“起始标签有错时”：四成起始标签有错时，第一轮打错的伪标签，九成以上原样留到最后一轮",
            en="See “Noisy starts”: with four in ten labels wrong at the start, over nine in ten of the first round's wrong pseudo-labels survive unchanged",
        ),
        {},
        lambda settings, found: (
            found.noisiest.noise == 0.4 and found.noisiest.survived is not None and found.noisiest.survived.value > 0.9
        ),
    ),
    Claim(
        Text(
            zh="看“伪标签的精度与覆盖率”：阈值越高，第一轮的精度越高，覆盖率越低",
            en="See “Precision and coverage of pseudo-labels”: the higher the threshold, the higher the first round's precision and the lower its coverage",
        ),
        {},
        _higher_is_purer,
    ),
    Claim(
        Text(
            zh="运行失败示例“强行各类一样多”：池子里图书只占百分之几，却要每类同样多，伪标签的精度和准确率都大跌",
            en="Run the failure “Equal classes by force”: books are a few per cent of the pool, yet each class must supply as many, and both precision and accuracy collapse",
        ),
        _FORCED,
        _forced,
    ),
    Claim(
        Text(
            zh="看“各方法的准确率”第一行：默认的中文领域任务上，字符 n-gram 不比预训练词嵌入差",
            en="See “Accuracy by method”, first row: on the default Chinese domains character n-grams are no worse than pre-trained embeddings",
        ),
        {},
        lambda settings, found: found.characters.value >= found.labels_only.value,
    ),
    Claim(
        Text(
            zh="失败示例“英文的小池子”里则相反",
            en="in the failure “A small English pool” it is the other way round",
        ),
        _ENGLISH,
        lambda settings, found: (found.characters.high or 1) < (found.labels_only.low or 0),
    ),
    Claim(
        Text(
            zh="看“买标签：最没把握的，还是随机的”：默认设置下，两种买法买完时分不出高低",
            en="See “Buying labels: least sure, or at random”: at the defaults the two can't be told apart once all are bought",
        ),
        {},
        lambda settings, found: found.buying.difference.side == 0,
    ),
    Claim(
        Text(
            zh="运行示例“只有 12 条标签”，再买 60 条，按不确定性买的可靠地更高",
            en="Run the example “Only 12 labels” with 60 to buy, and uncertainty is reliably ahead",
        ),
        _FEW,
        lambda settings, found: found.buying.difference.side > 0 and found.by_class["book"].pool < 0.05,
    ),
    Claim(
        Text(
            zh="看“用测试集挑阈值和轮数”：挑它的那一半上的准确率高于另一半",
            en="See “Threshold and round chosen on test data”: accuracy on the half that chose them is higher than on the other half",
        ),
        {},
        lambda settings, found: found.leak.difference.side > 0,
    ),
    Claim(
        Text(
            zh="运行失败示例“英文的小池子”：只有两百多条无标签，表示又弱，自训练可靠地低于只用标签",
            en="Run the failure “A small English pool”: with fewer than three hundred unlabelled reviews and a weak representation self-training is reliably below labels only",
        ),
        _ENGLISH,
        _small_pool,
    ),
    Claim(
        Text(
            zh="看示例“3000 条无标签”：一致性正则的增益区间在 0 以上，标签传播的仍在 0 以下",
            en="see the example “3,000 unlabelled”, where the gain of consistency has an interval above 0 and that of label spreading is still below 0",
        ),
        _MANY,
        lambda settings, found: (
            found.unlabelled == 3000 and [found.methods[name].gain.side for name in (CONSISTENCY, SPREADING)] == [1, -1]
        ),
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="弱视图是原文，强视图删词或换词，每条只做一次",
            en="the weak view is the text itself, the strong one deletes or replaces words, drawn once per review",
        ),
        "playground/topics/semi_supervised/test_lab.py::test_strong_views_are_distorted_the_same_for_a_seed",
    ),
    Pinned(
        Text(
            zh="网络是线性的",
            en="and the network is linear",
        ),
        "playground/topics/semi_supervised/test_lab.py::test_the_network_of_consistency_is_linear",
    ),
    Pinned(
        Text(
            zh="表里另有一行去掉这一项的对照",
            en="A control row trains as long without that term",
        ),
        "playground/topics/semi_supervised/test_lab.py::test_without_its_weight_consistency_is_its_control",
    ),
    Pinned(
        Text(
            zh="这里中文评论的领域标签就出自一个关键词函数",
            en="The Chinese domain labels here come from one such keyword function",
        ),
        "tests/data/test_domains.py::test_a_fragment_has_the_domain_whose_words_alone_it_has",
    ),
)
