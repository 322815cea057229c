"""Questions that a run's numbers raise, with their answers. Computes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playground.lab.text import Text, say
from playground.lab.topic import FollowUp
from playground.topics.summarization.summaries import NAMES
from playground.topics.summarization.words import LONG_COPY, f1_of, longest_copy, order_of, unsupported


def follow_ups(settings: Any, result: Any) -> tuple[FollowUp, ...]:
    """What an interviewer would ask on seeing this result."""
    return (*_about_the_model(result), *_about_choosing(settings, result), *_about_scores(result))


def _about_the_model(result: Any) -> Iterator[FollowUp]:
    copy = longest_copy(result)
    if copy >= LONG_COPY:
        yield FollowUp(
            Text(zh="模型连抄了 {n} 个词。为什么概率最高的续写会是照抄？",
                 en="The model copied {n} words in a row. Why is copying the likeliest continuation?").format(n=copy),
            Text(zh="原文就在上下文里。归纳头找到前面同样的词，照着写出它后面的词，抄对一个，下一个更有把握，概率一路接近 1（看逐词面板的下划线）。"
                 "基座模型没有受过“要更短”的训练，示例只告诉它格式。微调让它知道该停在哪里、略去什么；指针网络则把“抄”做成显式的一条路，可以控制。",
                 en="The source stands in the context. Induction heads find the same words before and write what followed; each word copied makes the"
                 " next surer, and probabilities go to 1 (the lines under the tokens show it). A base model was never trained to be shorter, and"
                 " examples tell it the form alone. Fine-tuning teaches where to stop and what to leave out; pointer networks make copying an explicit path."),
        )  # fmt: skip
    bad = unsupported(result)
    if bad:
        yield FollowUp(
            Text(zh="标出的 {n} 处名字或数字，原文里没有。上线前怎么拦？",
                 en="{n} names or numbers marked here aren't in the source. How would you stop them in production?").format(n=bad),
            Text(zh="分三层。规则层：名字与数字逐个回查原文，查不到就重写或退回抽取，便宜，能拦住多数硬伤。模型层：蕴含模型逐句判断，能发现“名字对、关系错”。"
                 "流程层：要求每句给出原文出处，点开可核对。也要看误报：推算出来的数、缩写、换一种写法，都会被规则误标。",
                 en="In three layers. Rules: look up each name and number, and rewrite or fall back to extraction where one is missing; cheap, and it"
                 " stops most blunders. A model: entailment sentence by sentence finds the right name in a wrong relation. Process: every"
                 " sentence cites its source, open to a click. And count false alarms: derived numbers, abbreviations and other spellings are marked too."),
        )  # fmt: skip


def _about_choosing(settings: Any, result: Any) -> Iterator[FollowUp]:
    ranked, lead = order_of(result, "textrank"), order_of(result, "lead")
    if ranked and lead and set(ranked) != set(lead):
        yield FollowUp(
            Text(zh="TextRank 先选了第 {n} 句而不是第 1 句，凭什么？" if ranked[0] else "TextRank 选的是第 {all} 句，首句法是第 {lead} 句，差别从哪里来？",
                 en="TextRank chose sentence {n} first and not the first one: on what grounds?" if ranked[0] else
                 "TextRank chose sentences {all} and the lead {lead}: where does the difference come from?").format(
                n=ranked[0] + 1, all=_listed(ranked), lead=_listed(lead)),
            Text(zh="凭它和其他句共有的实词多：看图里最大的点连着哪些边。除以两句长度的对数只抵消一部分，长句仍占便宜。它不知道位置，也不知道句子说的是不是重点，"
                 "所以在新闻上常输给首句法，在结论靠后的文章里胜出。",
                 en="Because it shares many content words with others: see which edges the largest node has. Dividing by the logarithms of"
                 " lengths makes up for size only in part, so long sentences keep an advantage. It knows nothing of position and nothing of importance, so it"
                 " often loses to the lead on news and wins where the conclusion comes late."),
        )  # fmt: skip
    centroid = order_of(result, "centroid")
    if len(centroid) > 1:
        yield FollowUp(
            Text(zh="质心法选了第 {all} 句。把 λ 调到 1 会怎样？为什么不直接取得分最高的几句？",
                 en="The centroid method chose sentences {all}. What happens at λ = 1, and why not just take the highest scores?").format(all=_listed(centroid)),
            Text(zh="λ = 1 就是只看与质心的相似度：最像全文平均的几句往往彼此也像，摘要把一件事说两遍。现在的 λ 是 {novelty}，每选一句，与它相近的句子就被扣分。"
                 "λ 太小又会专挑离题的句子。这是贪心，不保证整体最优；整数规划可以一次求出带长度约束的最优集合。",
                 en="At λ = 1 only similarity to the centroid counts: the sentences nearest to the mean are near one another too, and the summary says"
                 " one thing twice. λ is {novelty} now, so each choice costs its neighbours points. Too small a λ picks what is off the subject. It is greedy"
                 " and not optimal as a set; integer programming finds the best set under a limit of length.").format(novelty=f"{settings.novelty:g}"),
        )  # fmt: skip


def _about_scores(result: Any) -> Iterator[FollowUp]:
    if result.rouge is None:
        yield FollowUp(
            Text(zh="没有参考摘要，还能说哪份更好吗？", en="Without a reference, can one still say which is better?"),
            Text(zh="不能用 ROUGE，但能看：抄了多少、压了多少、有没有原文没有的名字；再用蕴含或问答检查忠实度，用人或大模型按“要点是否齐全、是否通顺”打分。"
                 "参考摘要本身也只是许多合格摘要中的一份，多份参考下的 ROUGE 更可信。",
                 en="Not by ROUGE, but there is much to see: how much is copied, how far it is pressed, which names have no source; then entailment or"
                 " question answering for faithfulness, and people or a large model for coverage and fluency. A reference is one good summary among many"
                 " in any case; with several, ROUGE is more to be trusted."),
        )  # fmt: skip
        return
    methods = [name for name in ("lead", "textrank", "centroid", "model") if f1_of(result, name) is not None]
    best = max(methods, key=lambda name: f1_of(result, name) or 0.0)
    bound = f1_of(result, "bound")
    if bound is not None:
        yield FollowUp(
            Text(zh="最好的是{best}，ROUGE-1 为 {value}；抽取上界是 {bound}。剩下的差距说明什么？",
                 en="The best is {best} with a ROUGE-1 of {value}; the extractive bound is {bound}. What does the rest of the gap mean?").format(
                best=Text(say(NAMES[best], "zh"), say(NAMES[best], "en")), value=f"{f1_of(result, best):.2f}", bound=f"{bound:.2f}"),
            Text(zh="从 {value} 到 {bound}，是选句还能改进的部分；从 {bound} 到 1，是改写的部分，怎么选句都到不了，因为参考摘要不是原文的句子。"
                 "一篇文章说明不了方法的高下：这里只有一份参考，换一个人写，分数就变。要在整个测试集上比较，并给出区间。",
                 en="From {value} to {bound} better choosing could gain; from {bound} to 1 lies rephrasing, out of reach for any choice, as the reference's"
                 " sentences aren't the source's. One document ranks no methods: there is one reference, and another person's would"
                 " give other figures. Compare on a whole test set, with intervals.").format(value=f"{f1_of(result, best):.2f}", bound=f"{bound:.2f}"),
        )  # fmt: skip


def _listed(places: list[int]) -> str:
    return ", ".join(str(place + 1) for place in sorted(places))
