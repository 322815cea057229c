"""What an interviewer asks about a run of text graphs: before it, in one sentence after it, and next."""

from __future__ import annotations

import math

from playground.lab.text import Text, written
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.text_graph.findings import NOTABLE, Findings
from playground.topics.text_graph.links import Score
from playground.topics.text_graph.settings import Settings


def _who_leads(settings: Settings, found: Findings) -> Outcome | None:
    """Whether the most central node at the end led at the cut, was there without leading, or entered later."""
    end, cut = found.leader, found.leader_at_cut
    answer = "same" if end.word == cut.word else "new" if end.first > found.past else "other"
    return Outcome(
        answer,
        Text(
            zh="划分点（第 {past} 句）是“{cut}”，最后是“{end}”，它首次出现在第 {first} 句",
            en="at the cut (sentence {past}) “{cut}”, at the end “{end}”, first mentioned in sentence {first}",
        ).format(past=found.past, cut=cut.word, end=end.word, first=end.first),
    )


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="读完全文时，PageRank 最高的节点会是哪一个？",
        en="Which node will have the highest PageRank when the whole text is read?",
    ),
    _who_leads,
    (
        ("same", Text(zh="划分点上领先的那个", en="the one that leads at the cut")),
        ("other", Text(zh="划分点前已有的另一个", en="another one that is there at the cut")),
        ("new", Text(zh="划分点之后才出现的", en="one that enters after the cut")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says how the graph convolution did on new links against common neighbours, and who is central; or why there is no score."""
    if not found.scores:
        if found.why == "no_graph":
            reason = Text(
                zh="过去的 {n} 条边没有东西可学（没有边，或每一对都已相连）",
                en="the graph of the past offers nothing to learn from (edges: {n}; either none, or every pair is linked)",
            ).format(n=found.past_links)
        elif found.apart:
            reason = Text(
                zh="未来连接旧节点的新边只有 {n} 条，少于 {least} 条",
                en="there are only {n} new edges between known nodes, fewer than {least}",
            ).format(n=found.new_links, least=found.least)
        else:
            reason = Text(
                zh="{n} 个旧节点最后两两都相连过，没有负例",
                en="all pairs of the {n} known nodes end up linked, so there are no negatives",
            ).format(n=found.used)
        return Text(
            zh="{reason}，不给 AUC；最后最中心的节点是“{leader}”。",
            en="No AUC is given because {reason}; the most central node at the end is “{leader}”.",
        ).format(reason=reason, leader=found.leader.word)
    gcn, common = found.scores["gcn"], found.scores["common"]
    how = {
        "above": Text(zh="高于", en="above"),
        "below": Text(zh="低于", en="below"),
        "level": Text(zh="分不清是否好过", en="not distinguishable from"),
    }[found.standing]
    return Text(
        zh="图卷积在 {n} 条未来新边上的 AUC 为 {gcn}，{how}共同邻居的 {common}；随机切分会把共同邻居算成 {leaky}；最后最中心的节点是“{leader}”。",
        en="On {n} new edges in the future the graph convolution has an AUC of {gcn}, {how} common neighbours' {common}; a random split would give common neighbours {leaky}; the most central node at the end is “{leader}”.",
    ).format(
        n=found.new_links,
        gcn=f"{gcn.auc:.2f}",
        common=f"{common.auc:.2f}",
        leaky=f"{found.leaky['common'].auc:.2f}",
        how=how,
        leader=found.leader.word,
    )


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this result raises."""
    asked: list[FollowUp] = []
    if found.scores:
        time, leaky = found.scores["common"], found.leaky["common"]
        if leaky.auc - time.auc > NOTABLE:
            asked.append(_leak(time.auc, leaky.auc))
        if time.auc_high < 0.5:
            asked.append(_reversed(time.auc, time.auc_high))
        if found.standing in ("below", "level"):
            asked.append(_no_gain(found))
        busy = found.scores["preferential"]
        if busy.auc - 0.5 > 2 * NOTABLE and busy.auc - busy.matched > NOTABLE:
            asked.append(_busy(busy.auc, busy.matched, time))
    else:
        asked.append(_no_number(found) if found.why == "few_links" and found.apart else _no_pairs())
    if found.leader.word != found.leader_static.word and settings.decay < 1:
        asked.append(_static(found, settings.decay))
    return tuple(asked)


def _leak(time: float, leaky: float) -> FollowUp:
    return FollowUp(
        Text(
            zh="同样的共同邻居，随机切分 {leaky}，时间切分 {time}。差在哪里？",
            en="Common neighbours score {leaky} on the random split and {time} on the split in time. Where is the difference?",
        ).format(time=f"{time:.2f}", leaky=f"{leaky:.2f}"),
        Text(
            zh="一句话把它提到的词两两连成团。随机藏起团里的一条边，其余的边还在图上，共同邻居立刻把它补出来：考的是补全一个已经发生的事件，不是预测下一个。"
            "时间切分把整句都藏起来。另外，随机切分的训练图里还有未来的边。上线后只有过去，所以只有时间切分的数字算数。",
            en="A sentence links all its words to each other. Hide one edge of that clique at random and the others remain, so common neighbours fill"
            " it in at once: that tests completing an event that has happened, not predicting the next. The split in time hides the whole"
            " sentence. The random split's training graph also holds edges from the future. In production there is only a past, so only the split in time counts.",
        ),
    )


def _reversed(auc: float, high: float) -> FollowUp:
    return FollowUp(
        Text(
            zh="共同邻居的 AUC 是 {auc}，区间上限 {high} 也低于 0.5。把分数取负不就赢了吗？",
            en="Common neighbours have an AUC of {auc}, and even the upper limit {high} is below 0.5. Why not simply flip the sign?",
        ).format(auc=f"{auc:.2f}", high=f"{high:.2f}"),
        Text(
            zh="符号是看了未来才知道的，照它改就是拿测试集选模型。低于 0.5 说明划分点前后的规律反了：以前相连靠“同群”，现在靠“跨群”。"
            "要在过去里做滚动划分，若更早的划分点上也是反的，才有理由换成偏好跨群的打分（按关系学的双线性打分、把自身与邻居分开编码）；若只有最后一次反了，就是漂移，应当报警并缩短记忆。",
            en="The sign is known only from the future, so flipping it selects a model on the test set. Below 0.5 means that the rule has turned around at the cut:"
            " links used to stay within a group and now cross. Make rolling cuts inside the past: if earlier cuts are reversed too, there is reason for a score that favours crossing"
            " (a bilinear score, ego and neighbours encoded separately); if only the last one is, that is drift, which calls for an alarm and a shorter memory.",
        ),
    )


def _no_gain(found: Findings) -> FollowUp:
    gain = found.scores["gcn"].against
    assert gain is not None
    return FollowUp(
        Text(
            zh="图卷积的 AUC 减共同邻居的是 {gain}（区间 {low} 到 {high}）。是不是没训练好？"
            if gain[0] < 0
            else "图卷积只比共同邻居高 {gain}（区间 {low} 到 {high}），够不够？",
            en="AUC of the graph convolution minus that of common neighbours is {gain} (interval {low} to {high}). Was it badly trained?"
            if gain[0] < 0
            else "The graph convolution is only {gain} above common neighbours (interval {low} to {high}). Is that enough?",
        ).format(gain=written(gain[0]), low=written(gain[1]), high=written(gain[2])),
        Text(
            zh="不一定。过去只有 {links} 条边，参数却有上千个，网络没有足够的例子去学；点积解码器配上平滑过的向量，倾向于给“本来就近”的节点高分，而这些对大多已经相连。"
            "先看损失是否降下来，再看各种子的范围；要让图卷积占优，需要更多的边、有信息的节点特征，或显式加入共同邻居一类的结构特征（如 SEAL）。",
            en="Not necessarily. The past has only {links} edges for more than a thousand parameters: too few examples. A dot product of smoothed vectors"
            " also favours nodes that are near each other, and most of those pairs are linked already. See first that the loss went down, then the range over the seeds. For the"
            " convolution to win it needs more edges, informative node features, or structural features such as common neighbours given explicitly (SEAL).",
        ).format(links=found.past_links),
    )  # fmt: skip


def _busy(auc: float, matched: float, common: Score) -> FollowUp:
    return FollowUp(
        Text(
            zh="优先连接的 AUC 有 {auc}，换成度数匹配的负例只剩 {matched}。它学到了什么？",
            en="Preferential attachment has an AUC of {auc}, but {matched} against degree-matched negatives. What does it know?",
        ).format(auc=f"{auc:.2f}", matched=f"{matched:.2f}"),
        Text(
            zh="只知道谁热门。均匀抽的负例多是冷门节点对，分开热门与冷门就能得高分；负例与正例一样热门时，这点信息就不够了。别的方法也要这样查：共同邻居从 {common} 变为 {common_matched}。"
            "推荐“谁和谁会发生联系”若要有用，应当报告度数匹配的结果，或按节点分组排序（每个节点自己的候选里排第几）。",
            en="Only how busy each node is. Uniform negatives are mostly pairs of rare nodes, and telling busy from rare is enough; against pairs that are"
            " equally busy it isn't. Check the others likewise: common neighbours go from {common} to {common_matched}. If a system must say who will meet whom, report degree-matched results, or rank per node: where is the true"
            " partner among this node's own candidates?",
        ).format(common=f"{common.auc:.2f}", common_matched=f"{common.matched:.2f}"),
    )


def _no_number(found: Findings) -> FollowUp:
    return FollowUp(
        Text(
            zh="这次只有 {n} 条新边，为什么不照样算一个 AUC？",
            en="Only this many new edges: {n}. Why not compute an AUC anyway?",
        ).format(n=found.new_links),
        Text(
            zh="能算，但没有意义：每条边占 AUC 的几分之一，换一条边结果就会大变。宁可不报，也不报一个看起来精确的数。"
            "出路是更长的文本、把划分点提前、放宽窗口，或做滚动划分，把几个时刻的新边合起来评。",
            en="It can be computed and would mean nothing: every edge is a large fraction of it, and one edge more or less would move it far. No number"
            " is better than one that looks exact. The ways out: a longer text, an earlier cut, a wider window, or rolling cuts whose new edges"
            " are pooled.",
        ),
    )


def _no_pairs() -> FollowUp:
    return FollowUp(
        Text(zh="这次没有给 AUC。算它需要什么，这里缺了哪一样？", en="No AUC is given. What does it take, and what is missing here?"),
        Text(
            zh="AUC 是一条真边的得分高于一对非边的概率：要有未来的新边作正例，要有从不相连的对作负例，过去的图里既要有边、也要有不相连的对，网络才有得学。"
            "缺了负例，AUC 没有定义；过去没有边或处处有边，就没有可训练的图。出路是换一段文本、移动划分点或改窗口。",
            en="AUC is the probability that a true edge outscores a non-edge. It takes new edges in the future as positives, pairs that are never linked as negatives, and a past with both"
            " edges and unlinked pairs to learn from. Without negatives it is undefined; a past without edges, or with all of them, has nothing to train on. The ways out: another text,"
            " another cut, another window.",
        ),
    )  # fmt: skip


def _static(found: Findings, decay: float) -> FollowUp:
    return FollowUp(
        Text(
            zh="静态图里最中心的是“{static}”，带衰减的是“{end}”。哪个对？",
            en="In the static graph “{static}” is most central, with decay “{end}”. Which is right?",
        ).format(static=found.leader_static.word, end=found.leader.word),
        Text(
            zh="问题不同，答案就不同。静态图答“全文里谁最重要”，衰减图答“此刻谁最重要”。衰减率就是记忆的长短：每句保留 {decay}，约 {half} 句后减半。"
            "应当由任务定，能验证就在验证集上挑，而不是挑结果好看的。",
            en="They answer different questions: who matters in the whole text, and who matters now. The decay is the length of memory: keeping"
            " {decay} per sentence halves a weight in about {half} sentences. Let the task decide, choose it on validation data where"
            " there are any, and not by which result looks better.",
        ).format(decay=f"{decay:.2f}", half=f"{math.log(0.5) / math.log(decay):.1f}"),
    )
