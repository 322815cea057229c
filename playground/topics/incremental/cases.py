"""Updates that visibly fail, examples, and what the cards say of the lab."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Aside, Claim, Example, Failure, Pinned
from playground.topics.incremental.findings import Findings
from playground.topics.incremental.settings import Settings
from playground.topics.incremental.words import AVERAGE, RANDOM, UNKNOWN


def _class_lost(settings: Settings, found: Findings) -> bool:
    """Whether new data alone leave under 15% on old data, and the adapter at every rank forgets over 20 points."""
    return found.naive.old.value < 0.15 and all(one.score.forgotten.value > 0.2 for one in found.ranks)


def _adapter_forgets(settings: Settings, found: Findings) -> bool:
    """Whether a large adapter at a high rate forgets over 15 points."""
    return found.rank == 8 and found.scores["adapter"].forgotten.value > 0.15


_CLASS = {"data": "class", "seeds": 3}
_HIGH = {"rank": 8, "rate": "3", "seeds": 4, "steps": 40}

FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="来了新类，只用新类训", en="A new class, trained alone"),
        _CLASS,
        expect=Text(
            zh="只用新数据，旧数据的准确率剩不到 15%；换成适配器，不论秩多小也要忘掉 20 个百分点以上。",
            en="With new data only accuracy on old data ends below 15%; an adapter, of whatever rank, forgets more than 20 points too.",
        ),
        seen=_class_lost,
    ),
    Failure(
        Text(zh="适配器秩高、学习率也高", en="An adapter of high rank at a high rate"),
        _HIGH,
        expect=Text(
            zh="秩 8、三倍学习率的适配器忘掉 15 个百分点以上：适配器不等于不忘。",
            en="At rank 8 and three times the rate the adapter forgets more than 15 points: an adapter isn't protection in itself.",
        ),
        seen=_adapter_forgets,
    ),
)

_AGREE = {"data": "sentiment", "seeds": 3, "steps": 40,
          "text": Text(zh="文笔平淡，看到一半就放下了。", en="这本书翻译得很好，值得再读。")}  # fmt: skip
_LINES = Text(
    zh="电影\t这部电影的剧情很紧凑\n电影\t演员的表演很自然\n电影\t特效好，结尾有点仓促\n电影\t配乐很动人\n电影\t导演的镜头很克制\n电影\t影院里笑声不断\n"
    "酒店\t前台办理入住很快\n酒店\t房间小，但床很舒服\n酒店\t早餐供应到十点",
    en="film\tThe plot of this film is tight\nfilm\tThe actors play naturally\nfilm\tGood effects, a hasty ending\nfilm\tThe score is moving\nfilm\tThe camera keeps its distance\n"
    "film\tThe whole cinema laughed\nhotel\tCheck-in at the desk was quick\nhotel\tA small room with a soft bed\nhotel\tBreakfast is served until ten",
)  # fmt: skip
_OWN = {
    "lines": _LINES,
    "seeds": 4,
    "text": Text(zh="镜头很美，故事却没讲完。", en="Beautiful shots, but the story never ends."),
}

EXAMPLES = (
    Example(Text(zh="标签含义一致：酒店到书的好差评", en="Labels that agree: good or bad, hotels then books"), _AGREE),
    Example(Text(zh="你自己的新数据，带一个新类", en="Your own new data, with a new class"), _OWN),
)


def _forgets_and_replays(settings: Settings, found: Findings) -> bool:
    replay, naive = found.scores["replay"], found.naive
    return (
        naive.forgotten.value > 0.1
        and naive.forgotten.side > 0
        and replay.forgotten.value < naive.forgotten.value / 2
        and replay.gained_against is not None
        and replay.gained_against.side >= 0
    )


def _rank_curve(settings: Settings, found: Findings) -> bool:
    """Whether rank 1 is better than all parameters on old data and worse on new data, paired by seed."""
    one = found.ranks[0].score
    assert one.against is not None and one.gained_against is not None
    return found.ranks[0].value == 1 and one.against.side > 0 and one.gained_against.side < 0


def _merge_halves(settings: Settings, found: Findings) -> bool:
    by_amount = {one.amount: one for one in found.merges}
    return (
        by_amount[0.0].old == found.before_old
        and by_amount[1.0].old == found.naive.old
        and by_amount[0.5].lost.value < found.naive.forgotten.value / 2
        and by_amount[0.5].new.value > found.before_new.value + 0.1
    )


def _paced(settings: Settings, found: Findings) -> bool:
    scores = {(one.schedule, one.rate): one.score for one in found.paces}
    cold, warm, high = scores["cold", 1.0], scores["rewarmed", 1.0], scores["rewarmed", 3.0]
    return cold.new.value < warm.new.value - 0.1 and high.forgotten.value > warm.forgotten.value + 0.05


def _rows_needed(settings: Settings, found: Findings) -> bool:
    rows = found.vocabulary.treatments
    return (
        all(abs(rows[name].new_before.value - rows[UNKNOWN].new_before.value) < 0.1 for name in (RANDOM, AVERAGE))
        and all(against is not None and against.side > 0 for against in (rows[RANDOM].against, rows[AVERAGE].against))
    )  # fmt: skip


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“各种更新的结果”：只用新数据，旧数据掉了十个百分点以上；混入一成旧数据，遗忘不到它的一半，新数据也没有测出变差",
            en="See “What each update did”: with new data only more than ten points on old data are lost; with a tenth of old data mixed in less than half of that, and nothing measurable on new data",
        ),
        {},
        _forgets_and_replays,
    ),
    Claim(
        Text(
            zh="看“秩与遗忘”：秩为 1 的适配器比全部参数忘得少，也学得少",
            en="See “Rank against forgetting”: the adapter of rank 1 forgets less than all parameters do, and learns less",
        ),
        {},
        _rank_curve,
    ),
    Claim(
        Text(
            zh="看“回放比例”：每批只混 5%，遗忘就少了一半以上",
            en="See “Replay share”: 5% of each batch already halves what is forgotten, or better",
        ),
        {},
        lambda settings, found: next(
            one.score.forgotten.value < found.naive.forgotten.value / 2 for one in found.shares if one.value == 0.05
        ),
    ),
    Claim(
        Text(
            zh="看“底座与更新后的合并”：系数 0 就是底座，1 就是更新后；取 0.5 时遗忘不到更新后的一半，新数据仍比底座高十个百分点以上",
            en="See “Merge of base and tuned”: amount 0 is the base and 1 the tuned network; at 0.5 less than half is forgotten, and new data are still more than ten points above the base",
        ),
        {},
        _merge_halves,
    ),
    Claim(
        Text(
            zh="看“权重漂移与遗忘”：混入旧数据的权重走得和只用新数据差不多远，遗忘却不到一半",
            en="See “Drift of weights against forgetting”: with replay the weights go about as far as with new data only, and less than half is forgotten",
        ),
        {},
        lambda settings, found: (
            found.scores["replay"].drift.value > 0.85 * found.naive.drift.value
            and found.scores["replay"].forgotten.value < found.naive.forgotten.value / 2
        ),
    ),
    Claim(
        Text(
            zh="看“学习率怎么接上”：停在结束时的低学习率学得少得多，三倍峰值平均忘得更多",
            en="See “How the learning rate resumes”: the low rate of the end learns far less, and three times the peak forgets more on average",
        ),
        {},
        _paced,
    ),
    Claim(
        Text(
            zh="看“真忘还是假忘”：冻结隐层，每类用 10 条旧样本重训输出层，就找回一半以上的遗忘",
            en="See “Lost, or only misread”: with the hidden layer frozen, refitting the output on 10 old examples a class regains more than half of what was forgotten",
        ),
        {},
        lambda settings, found: (
            found.probe.examples == 10
            and found.probe.regained.side > 0
            and found.probe.regained.value > found.naive.forgotten.value / 2
        ),
    ),
    Claim(
        Text(
            zh="看“新词要新行”：加了行而没训练，新数据的准确率几乎不动；训过之后才超过“未知”",
            en="See “New words need new rows”: rows that were added and not trained hardly change accuracy on new data; trained, they beat “unknown”",
        ),
        {},
        _rows_needed,
    ),
    Claim(
        Text(
            zh="看“新行动了多少”：没有词用到的保留行，一动不动",
            en="see “How far the new rows moved”: the reserved row that no word uses doesn't move at all",
        ),
        {},
        lambda settings, found: found.vocabulary.reserved == 0 and found.vocabulary.untouched,
    ),
    Claim(
        Text(
            zh="看“代价”：秩 2 的适配器只训全部参数的四分之一左右，要接着训则得存三倍的字节",
            en="See “Cost”: the adapter of rank 2 trains about a quarter of the parameters, and to resume takes three times the bytes",
        ),
        {},
        lambda settings, found: (
            found.rank == 2
            and 0.2 < found.scores["adapter"].cost.trained / found.parameters < 0.3
            and all(one.cost.resumed == 3 * one.cost.saved for one in found.scores.values())
        ),
    ),
    Claim(
        Text(
            zh="运行失败示例“来了新类，只用新类训”：旧数据剩不到 15%，适配器也要忘掉 20 个百分点以上",
            en="run the failure “A new class, trained alone”: old data end below 15%, and the adapter forgets more than 20 points too",
        ),
        _CLASS,
        _class_lost,
    ),
    Claim(
        Text(
            zh="运行失败示例“适配器秩高、学习率也高”：适配器忘掉 15 个百分点以上",
            en="Run the failure “An adapter of high rank at a high rate”: the adapter forgets more than 15 points",
        ),
        _HIGH,
        _adapter_forgets,
    ),
    Claim(
        Text(
            zh="运行示例“标签含义一致：酒店到书的好差评”：只用新数据，遗忘不到十个百分点，新数据却涨了十个百分点以上",
            en="Run the example “Labels that agree: good or bad, hotels then books”: with new data only less than ten points are forgotten, and more than ten are gained on new data",
        ),
        _AGREE,
        lambda settings, found: (
            found.naive.forgotten.value < 0.1 and found.naive.new.value > found.before_new.value + 0.1
        ),
    ),
)  # fmt: skip

PINNED = (
    Pinned(
        Text(
            zh="这里的适配器加在小网络的隐层权重上，不在语言模型上",
            en="The adapter here is on the hidden weights of a small network, not on the language model",
        ),
        "playground/topics/incremental/test_lab.py::test_an_adapters_change_has_its_rank_and_it_trains_as_many_parameters_as_by_hand",
    ),
    Pinned(
        Text(
            zh="这里默认的一次运行同时训一百多个网络，各走 60 步",
            en="a default run here trains more than a hundred networks at once, for 60 steps each",
        ),
        "playground/topics/incremental/test_lab.py::test_a_run_trains_over_a_hundred_networks_at_once",
    ),
)

ASIDES = (
    Aside(
        Text(
            zh="持续学习讲的是一串任务；这里只有一次更新",
            en="Unlike continual learning, which is about a sequence of tasks, this is one update",
        ),
        "the subject of the topic, against that of another",
    ),
)
