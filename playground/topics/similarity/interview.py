"""What an interviewer asks about a run of similarity: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Label, Text, say
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.language.scripts import LANGUAGE_NAMES
from playground.statistics.intervals import Share
from playground.topics.similarity.findings import Findings
from playground.topics.similarity.scoring import METHODS
from playground.topics.similarity.settings import NAMES, Settings


def _sees_negation(settings: Settings, found: Findings) -> Outcome:
    """Whether the prompted state scores the negated sentence below the paraphrase in more, fewer or just half of the items."""
    share = found.of("state").changes["negation"]
    evidence = Text(
        zh="{count} 组{language}句子里，否定句得分低于改写句的有 {right} 组",
        en="of {count} {language} items the negated sentence scores below the paraphrase in {right}",
    ).format(count=share.count, right=share.right, language=LANGUAGE_NAMES[found.language])
    twice = 2 * share.right
    return Outcome("most" if twice > share.count else "few" if twice < share.count else "half", evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="加一个“不”字，分数会掉吗？挑战集里，提示状态给否定句的分数低于改写句的，占多少？",
        en="Does a “not” lower the score? In how much of the challenge set does the prompted state score the negated sentence below the paraphrase?",
    ),
    _sees_negation,
    (
        ("most", Text(zh="一半以上", en="more than half")),
        ("half", Text(zh="正好一半", en="exactly half")),
        ("few", Text(zh="不到一半", en="less than half")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says which line is ranked first, what the prompted state's score is worth, and how negation fares."""
    state, negation = found.of("state"), found.of("state").changes["negation"]
    return Text(
        zh="{first}；提示状态给第 1 行 {score}，高于 {percentile} 的随机句对（随机均值 {mean}），与分级的相关 {rho}，否定句低于改写句的有 {right}/{count} 组。",
        en="{first}; the prompted state gives line 1 {score}, above {percentile} of random pairs (their mean: {mean}), correlates {rho} with the"
        " grades, and scores the negated sentence below the paraphrase in {right} of {count} items.",
    ).format(
        first=_first(found),
        score=f"{state.scores[0]:.2f}",
        percentile=f"{state.percentiles[0]:.0%}",
        mean=f"{state.random_mean:.2f}",
        rho="–" if state.grades.value is None else f"{state.grades.value:.2f}",
        right=negation.right,
        count=negation.count,
    )


def _first(found: Findings) -> Text:
    if len(found.lines) == 1:
        return Text(zh="只有一行，没有名次可比", en="With a single line there is nothing to rank")
    if found.agreed:
        return Text(
            zh="{methods} 种方法都把第 {place} 行排在第一", en="All {methods} methods rank line {place} first"
        ).format(methods=len(METHODS), place=found.first("state") + 1)
    both = found.of("bm25").tied == found.of("state").tied == 1 and found.first("bm25") == found.first("state")
    if both:
        return Text(
            zh="各方法并不一致：BM25 和提示状态都把第 {place} 行排在第一，{others}不是",
            en="The methods don't all agree on the first: for BM25 and the prompted state it is line {place}, not for {others}",
        ).format(place=found.first("state") + 1, others=_others(found))
    return Text(
        zh="各方法并不一致：BM25 {bm25}，提示状态{state}",
        en="The methods don't all agree on the first: BM25 {bm25}, the prompted state {state}",
    ).format(bm25=_choice(found, "bm25"), state=_choice(found, "state"))


def _others(found: Findings) -> Text:
    """Names the methods that don't put the prompted state's first line first, alone."""
    first = found.first("state")
    names = [NAMES[name] for name in METHODS if found.of(name).tied > 1 or found.first(name) != first]
    return Text("、".join(say(name, "zh") for name in names), " and ".join(say(name, "en") for name in names))


def _choice(found: Findings, method: str) -> Text:
    """What a method puts first: a line, or several that score the same."""
    tied = found.of(method).tied
    if tied == 1:
        return Text(zh="把第 {place} 行排在第一", en="ranks line {place} first").format(place=found.first(method) + 1)
    return Text(zh="给 {tied} 行同样的最高分", en="gives {tied} lines the same top score").format(tied=tied)


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked: list[FollowUp] = []
    raw = found.raw_state
    if raw.random_mean > 0.7:
        asked.append(
            FollowUp(
                Text(
                    zh="随机两句的原始余弦平均就有 {mean}，0.9 还能说明相似吗？",
                    en="Two random sentences have a raw cosine of {mean} on average: does 0.9 still mean similar?",
                ).format(mean=f"{raw.random_mean:.2f}"),
                Text(
                    zh="不能直接说明。向量共有一个很大的分量，余弦的零点被抬高了。先减均值（或白化），再把分数换成它在随机句对里的百分位；阈值要在自己领域的标注对上定，换一个模型就重定。",
                    en="Not by itself. The vectors share a large component, which lifts the zero of the cosine. Remove the mean (or whiten), then read the score as a percentile among random pairs; set a threshold on labelled pairs of your own domain, and set it again for another model.",
                ),
            )
        )
    negation = found.of("state").changes["negation"]
    if 2 * negation.right < negation.count:
        asked.append(
            FollowUp(
                Text(
                    zh="提示状态在 {count} 组里{right}把否定句排在改写句之后，检索系统怎么办？",
                    en="The prompted state puts the negated sentence behind the paraphrase in {right} of {count} items: what does a retrieval system do about it?",
                ).format(right=_few(negation.right), count=negation.count),
                Text(
                    zh="向量只做召回，再让同时读两句的交叉编码器或 NLI 模型判断是否矛盾；训练嵌入时把只差否定、数字、实体的句子放进难负例。只改相似度阈值没有用：否定句的分数多半还高于改写句。",
                    en="Use the vectors for recall only, and let a cross-encoder or an NLI model, which reads both sentences together, check for contradiction; in training put sentences that differ by a negation, number or entity among the hard negatives. Another threshold doesn't help, since negated sentences mostly score above paraphrases.",
                ),
            )
        )
    state = found.of("state")
    if state.all_controlled.value > 0.5 > state.all_changes.value:
        asked.append(_which_comparison(state.all_changes, state.all_controlled))
    alone = all(found.of(method).tied == 1 for method in ("bm25", "state"))
    if alone and found.first("bm25") != found.first("state"):
        asked.append(
            FollowUp(
                Text(
                    zh="BM25 选第 {bm25} 行，提示状态选第 {state} 行，线上该用哪个？",
                    en="BM25 picks line {bm25}, the prompted state line {state}: which one goes into production?",
                ).format(bm25=found.first("bm25") + 1, state=found.first("state") + 1),
                Text(
                    zh="都用。BM25 抓精确的词（型号、人名、代码），向量抓换了说法的意思；用倒数排名融合（RRF）合并两份名单，不必对齐分数，再交给重排模型。两者各占多少要在自己的查询上量。",
                    en="Both. BM25 finds exact words (part numbers, names, code), vectors find the same meaning in other words; reciprocal rank fusion merges the two lists without aligning scores, and a reranker follows. How much either brings has to be measured on your own queries.",
                ),
            )
        )
    binary, again = found.code("binary"), found.code("rescored")
    if again.recall > binary.recall:
        asked.append(
            FollowUp(
                Text(
                    zh="只存符号的向量召回是 {binary}，重排后是 {again}，代价是什么？",
                    en="Vectors of signs alone have a recall of {binary}, rescored {again}: at what price?",
                ).format(binary=f"{binary.recall:.2f}", again=f"{again.recall:.2f}"),
                Text(
                    zh="内存里只放符号，用异或和计数算汉明距离；取出的候选再读浮点（或 int8）向量算准确的余弦。代价是多存一份较准的向量、每次查询多读几十个，以及候选数这个要调的参数：真近邻没进候选，重排也找不回来。",
                    en="Memory holds signs only and distances are XOR and popcount; the candidates' float (or int8) vectors are then read for exact cosines. The price: a second, more exact copy, a few dozen reads per query, and the number of candidates to tune, for a neighbour that isn't among them can't be brought back.",
                ),
            )
        )
    best = found.best_graded
    if best is not None and best not in ("state", "state_raw"):
        asked.append(
            FollowUp(
                Text(
                    zh="与分级最相关的是{name}（{rho}），不是提示状态，为什么？",
                    en="Best correlated with the grades is {name} ({rho}), not the prompted state: why?",
                ).format(name=_name(best), rho=f"{found.methods[best].grades.value:.2f}"),
                Text(
                    zh="先看区间是否重叠：60 对的自助区间很宽，名次可能只是抽样的偶然。再者，这个模型没有为相似度训练过；对比学习过的嵌入模型在 STS 上通常明显高于没训练过的状态。",
                    en="First see whether the intervals overlap: with 60 pairs they are wide, and the order may be chance. Besides, this model was never trained for similarity; an embedder trained contrastively usually does clearly better on STS than untrained states.",
                ),
            )
        )
    return tuple(asked)


def _few(count: int) -> Text:
    return Text(zh=f"只有 {count} 组", en=f"only {count}") if count else Text(zh="没有一组", en="none")


def _which_comparison(hard: Share, control: Share) -> FollowUp:
    return FollowUp(
        Text(
            zh="同样的改动句，低于改写句的只有 {hard}/{count} 组，低于近义改动句的却有 {control}/{count} 组。该信哪一个？",
            en="The same changed sentences score below the paraphrase in {hard} of {count} items and below the reworded sentence in {control} of {count}. Which do you believe?",
        ).format(hard=hard.right, control=control.right, count=hard.count),
        Text(
            zh="两个数回答不同的问题。前者问“换了说法的同义句会不会被改了意思的句子挤掉”，这正是检索里发生的事，但字面重叠与意思混在一起；后者让两边改得一样多，单问分数对意思有没有反应。"
            "区间 [{low}, {high}]，40 组只够说比一半多。要判断能不能上线看前者，要判断表示里有没有这条信息看后者，或者训练一个探针。",
            en="They answer different questions. The first asks whether a changed sentence displaces a true paraphrase, which is what happens in retrieval, but it mixes overlap with meaning; the second edits both"
            " by as much and asks whether the score responds to meaning at all. With an interval of [{low}, {high}], 40 items are only enough to say more than half. For a product look at the first; for whether the information is in the representation at the second, or train a probe.",
        ).format(low=f"{control.low:.2f}", high=f"{control.high:.2f}"),
    )


def _name(variant: str) -> Label:
    return NAMES[variant.removesuffix("_raw")]
