"""Texts worth trying: those on which the method visibly fails, and examples; and what the cards say of them."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.text_graph.findings import NOTABLE, Findings
from playground.topics.text_graph.settings import Settings
from playground.topics.text_graph.stories import MIXED


def _worse_than_guessing(settings: Settings, found: Findings) -> bool:
    """Whether common neighbours and the convolution rank the new links below the pairs that stay apart, intervals included."""
    return bool(found.scores) and all(found.scores[name].auc_high < 0.5 for name in ("common", "gcn"))


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        label=Text(zh="文本太短", en="too short a text"),
        values={
            "text": Text(
                zh="渔夫在码头修小船。市长到学校看学生。渔夫给市长看小船。医生坐小船去医院。",
                en="The fisherman repaired a boat at the harbour. The mayor visited a teacher at the school. The fisherman showed the mayor a boat. The doctor took a boat to the hospital.",
            )
        },
        expect=Text(
            zh="划分点之后几乎没有旧节点之间的新边：不给 AUC，只说怎样才会有。",
            en="After the cut there is hardly a new edge between known nodes: no AUC is given, only how to get one.",
        ),
        seen=lambda settings, found: found.why == "few_links" and not found.scores and not found.leaky,
    ),
    Failure(
        label=Text(zh="代词断了链", en="pronouns break the chain"),
        values={
            "text": Text(
                zh="工程师走到大桥边检查桥墩。他发现了裂缝。他马上报告市长。他们封闭了大桥。工程师去电站看变压器。他修好了它。记者在码头采访市长。她写了报道。",
                en="The engineer walked to the bridge to inspect a pillar. He found a crack. He told the mayor at once. They closed the bridge. The engineer went to the station and its transformer. He repaired it. The reporter met the mayor at the harbour. She wrote about it.",
            )
        },
        expect=Text(
            zh="“他”“她”“它”不是节点：工程师与市长之间没有边，新边也不够评分。",
            en="“He”, “she” and “it” are no nodes: no edge joins engineer and mayor, and there are too few new edges for a score.",
        ),
        seen=lambda settings, found: (
            not found.scores and not {"他", "她", "它", "he", "she", "it"} & {node.word for node in found.central}
        ),
    ),
    Failure(
        label=Text(zh="两群走到一起", en="two groups mix"),
        values={"text": MIXED, "past": 0.65, "features": "one-hot"},
        expect=Text(
            zh="划分点之前两群词几乎只在群内相连，之后的新边全是跨群的：共同邻居和图卷积的 AUC 都低于 0.5，比乱猜还差。特征用独热，只看图。",
            en="Before the cut nearly all links are within a group, after it every new edge crosses: common neighbours and the convolution both have an AUC below 0.5, worse than guessing. Features are one-hot, so that only the graph counts.",
        ),
        seen=_worse_than_guessing,
    ),
)

EXAMPLES = (
    Example(Text(zh="静态图：从不衰减", en="A static graph: no decay"), {"decay": 1.0}),
    Example(Text(zh="窗口两句", en="A window of two sentences"), {"window": 2}),
    Example(Text(zh="独热特征", en="One-hot features"), {"features": "one-hot"}),
    Example(
        Text(zh="实体，中英混排", en="Names, both languages"),
        {
            "nodes": "entities",
            "past": 0.5,
            "text": "李明从北京飞到上海见 Alice。Alice 在 Acme 做研究。李明和王芳在 Acme 开会。王芳把 Alice 请到北京。"
            "Bob 在上海替 Acme 签了合同。李明和 Bob 去了广州。王芳在广州见到 Alice。Bob 把王芳介绍给上海的 Acme。李明带 Alice 去广州。",
        },
    ),
)


def _gap(found: Findings, method: str) -> float:
    """How much the random split adds to a method's AUC."""
    return found.leaky[method].auc - found.scores[method].auc


def _spread_over_cuts(found: Findings) -> float:
    """How far the AUC of common neighbours differs between cuts."""
    values = [cut.auc["common"][0] for cut in found.rolling if cut.auc]
    return max(values) - min(values)


def _below(found: Findings) -> bool:
    """Whether the graph convolution is below common neighbours, the interval of the difference included."""
    return found.standing == "below"


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看失败示例“两群走到一起”：新边全是跨群的，共同邻居和图卷积的 AUC 都低于 0.5",
            en="See the failure “two groups mix”: every new edge crosses, and common neighbours and the convolution both have an AUC below 0.5",
        ),
        FAILURES[2].values,
        _worse_than_guessing,
    ),
    Claim(
        Text(
            zh="看失败示例“代词断了链”：代词不是节点，工程师与市长之间没有边",
            en="See the failure “pronouns break the chain”: pronouns are no nodes, so no edge joins the engineer and the mayor",
        ),
        FAILURES[1].values,
        FAILURES[1].seen,
    ),
    Claim(
        Text(
            zh="看“这张图有多大”面板：默认文本上它超过 3，两层就可能放大 9 倍以上",
            en="See the panel “The size of the graph”: on the default text it is above 3, so two layers may multiply by 9 or more",
        ),
        {},
        lambda settings, found: found.growth is not None and found.growth > 3,
    ),
    Claim(
        Text(
            zh="看“过平滑：层数与相似度”：传播 32 次后，节点两两之间的平均余弦已在 0.85 以上",
            en="See the panel “Over-smoothing: likeness by depth”: after 32 propagations the mean cosine of two nodes is above 0.85",
        ),
        {},
        lambda settings, found: found.likeness["32"] > 0.85 > 0.5 > found.likeness["0"],
    ),
    Claim(
        Text(
            zh="看“各方法的得分”：优先连接的 AUC 很高，换成度数匹配的负例就回到 0.5 附近",
            en="See the table “Scores of the methods”: preferential attachment has a high AUC and falls to about 0.5 against degree-matched negatives",
        ),
        {},
        lambda settings, found: (
            found.scores["preferential"].auc > 0.7 and abs(found.scores["preferential"].matched - 0.5) < NOTABLE
        ),
    ),
    Claim(
        Text(
            zh="看“动态与静态：谁最中心”：默认文本上，静态图里最中心的节点不是最后最中心的那个",
            en="See the table “Dynamic against static: who is central”: on the default text the node that leads the static graph isn't the one that leads at the end",
        ),
        {},
        lambda settings, found: found.leader.word != found.leader_static.word,
    ),
    Claim(
        Text(
            zh="看“预测新边：AUC”：同样的共同邻居和 Adamic–Adar，随机切分都给出更高的分数",
            en="See the chart “Predicting new edges: AUC”: the same common neighbours and Adamic–Adar both score higher on the random split",
        ),
        {},
        lambda settings, found: min(_gap(found, "common"), _gap(found, "adamic")) > NOTABLE,
    ),
    Claim(
        Text(
            zh="图卷积不如共同邻居：看“各方法的得分”里“减共同邻居”一列和它的区间",
            en="the convolution does worse: see the column “minus common n.” of the scores and its interval",
        ),
        {},
        lambda settings, found: _below(found) and 100 < found.past_links < 300,
    ),
    Claim(
        Text(
            zh="看“滚动划分：AUC”：默认文本上，共同邻居的 AUC 在各划分点之间相差超过 0.1",
            en="See the panel “Rolling cuts: AUC”: on the default text the AUC of common neighbours differs by more than 0.1 between cuts",
        ),
        {},
        lambda settings, found: _spread_over_cuts(found) > 0.1,
    ),
    Claim(
        Text(
            zh="看失败示例“文本太短”：新边不够，这里不给数字，只说怎样才会有",
            en="See the failure “too short a text”: there are too few new edges, and no number is given, only how to get one",
        ),
        FAILURES[0].values,
        FAILURES[0].seen,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="中文靠词性",
            en="Nodes come from parts of speech here",
        ),
        "playground/topics/text_graph/test_lab.py::test_keywords_in_chinese_english_and_both",
    ),
    Pinned(
        Text(
            zh="英文靠停用词表与大小写",
            en="in English from stop words and capitals",
        ),
        "playground/topics/text_graph/test_lab.py::test_entities_need_a_capital_everywhere",
    ),
    Pinned(
        Text(
            zh="这里不做共指",
            en="The lab resolves no coreference",
        ),
        "playground/topics/text_graph/test_lab.py::test_coreference_is_not_resolved",
    ),
    Pinned(
        Text(
            zh="节点特征默认是模型的输入嵌入（词的各词元向量取平均，再用 PCA 降维）",
            en="Node features are the model's input embeddings by default (a word's token vectors averaged, then PCA)",
        ),
        "playground/topics/text_graph/test_lab.py::test_embeddings_are_the_models_own",
    ),
    Pinned(
        Text(
            zh="所以这里只问从未连过的对",
            en="so the lab asks only about pairs never linked before",
        ),
        "playground/topics/text_graph/test_links.py::test_the_split_in_time_asks_only_for_what_the_past_lacks",
    ),
    Pinned(
        Text(
            zh="这里的候选只由划分点之前的文本决定",
            en="Candidates here are decided by the text before the cut alone",
        ),
        "playground/topics/text_graph/test_lab.py::test_the_future_changes_nothing_that_was_trained",
    ),
    Pinned(
        Text(
            zh="连英文里哪些词算专名也是",
            en="down to which English words count as names",
        ),
        "playground/topics/text_graph/test_lab.py::test_which_words_are_names_in_the_past_is_told_by_the_past_alone",
    ),
    Pinned(
        Text(
            zh="图上到划分点为止的节点与颜色同样如此；只有位置按全文排布",
            en="So are all nodes and colours that the drawing shows up to the cut; only their places come from the whole text",
        ),
        "playground/topics/text_graph/test_lab.py::test_what_is_drawn_up_to_the_cut_knows_no_later_sentence",
    ),
)
