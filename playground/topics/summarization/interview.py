"""What an interviewer asks about a run of summarization: before it, in one sentence after it, and next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from playground.lab.text import Label, Text, say
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.summarization.copying import LONG_COPY
from playground.topics.summarization.document import NAMES
from playground.topics.summarization.findings import Findings
from playground.topics.summarization.settings import Settings


def _first(settings: Settings, found: Findings) -> Outcome | None:
    """The sentence that TextRank scores highest."""
    ranked = found.summaries["textrank"]
    first = ranked.chosen[0]
    text = " ".join(found.sentences[first].split())
    short = text if len(text) <= 60 else text[:60] + "…"
    answer = str(first + 1) if first < 5 else "later"
    # As many decimals as decide the choice.
    equal = sum(round(score, 9) == round(ranked.scores[first], 9) for score in ranked.scores)
    if equal > 1:
        return Outcome(
            answer,
            Text(zh="有 {equal} 句同为最高分，取最靠前的第 {n} 句：{text}",
                 en="{equal} sentences share the highest score, and the earliest of them is taken, sentence {n}: {text}").format(
                equal=equal, n=first + 1, text=short),
        )  # fmt: skip
    return Outcome(
        answer, Text(zh="得分最高的是第 {n} 句：{text}", en="sentence {n} has the highest score: {text}").format(n=first + 1, text=short)
    )  # fmt: skip


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(zh="TextRank 会先选中第几句？", en="Which sentence does TextRank choose first?"),
    _first,
    (
        *((str(n), Text(zh=f"第 {n} 句", en=f"the {name}")) for n, name in enumerate(("first", "second", "third", "fourth", "fifth"), 1)),
        ("later", Text(zh="第 6 句或更后", en="a later one")),
    ),
)  # fmt: skip


def verdict(settings: Settings, found: Findings) -> Text:
    """Says which method has the highest ROUGE-1 beside the upper bound, and what the model copied and invented."""
    return Text(zh="{scores}；{model}。", en="{scores}; {model}.").format(
        scores=_scores(settings, found), model=_model(found)
    )


def _scores(settings: Settings, found: Findings) -> Text:
    value, bound = found.rouge_1(found.best[0]) if found.best else None, found.rouge_1("bound")
    if found.reference.state == "another":
        return Text(
            zh="参考摘要属于另一篇文章“{title}”，没有采用，ROUGE 无从计算",
            en="The reference is that of another document, “{title}”, and wasn't used, so there is no ROUGE",
        ).format(title=found.reference.title)
    if value is None or bound is None:
        return Text(zh="没有参考摘要，ROUGE 无从计算", en="There is no reference, so there is no ROUGE")
    if value == 0:
        return Text(
            zh="各方法的 ROUGE-1 都是 {value}，抽取上界为 {bound}",
            en="Every method has a ROUGE-1 of {value}, the extractive upper bound {bound}",
        ).format(value=f"{value:.2f}", bound=f"{bound:.2f}")
    names = [_name(method, settings, found) for method in found.best]
    # Shown with two decimals: "above" only where the reader sees it.
    if value > bound and f"{value:.2f}" != f"{bound:.2f}":
        return Text(
            zh="ROUGE-1 最高者：{names}（{value}），高过按三种 ROUGE 的平均选句的抽取上界（{bound}）",
            en="The ROUGE-1 of {names} ({value}) is above that of the extractive upper bound ({bound}), which is the best in the mean of three kinds",
        ).format(names=_and(names), value=f"{value:.2f}", bound=f"{bound:.2f}")
    return Text(
        zh="ROUGE-1 最高者：{names}（{value}），抽取上界为 {bound}",
        en="The highest ROUGE-1 is that of {names} ({value}), the extractive upper bound {bound}",
    ).format(names=_and(names), value=f"{value:.2f}", bound=f"{bound:.2f}")


def _model(found: Findings) -> Text:
    model = found.summaries["model"]
    if not model.text:
        return Text(zh="模型没有生成任何内容", en="the model generated nothing")
    if found.copied_example is not None:
        return Text(
            zh="模型抄的是提示里的示例“{title}”，连抄 {n} 个词",
            en="the model copied the prompt's example “{title}”, {n} words in a row",
        ).format(title=found.copied_example.title, n=found.copied_example.longest)
    return Text(
        zh="模型从原文最长连抄 {n} 个词，有 {bad} 处名字或数字是原文没有的",
        en="the model's longest copied run, in words, is {n}; names or numbers that the document lacks: {bad}",
    ).format(n=model.longest_copy, bad=model.unsupported)


def _name(method: str, settings: Settings, found: Findings) -> Text:
    """Names a method in a sentence, the lead with its number of sentences."""
    if method == "lead":
        count = min(settings.sentences, len(found.sentences))
        if count == 1:
            return Text(zh="取首句（Lead-1）", en="the first sentence (Lead-1)")
        return Text(zh="取前 {k} 句（Lead-{k}）", en="the first {k} sentences (Lead-{k})").format(k=count)
    name: Label = Text(zh="模型", en="the model") if method == "model" else NAMES[method]
    return Text(say(name, "zh"), say(name, "en"))


def _and(names: list[Text]) -> Text:
    return Text("、".join(name.zh for name in names), " and ".join(name.en for name in names))


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this result raises."""
    return (*_about_the_model(settings, found), *_about_choosing(settings, found), *_about_scores(settings, found))


def _about_the_model(settings: Settings, found: Findings) -> Iterator[FollowUp]:
    copy = found.summaries["model"].longest_copy
    if copy >= LONG_COPY:
        yield FollowUp(
            Text(zh="模型连抄了 {n} 个词。为什么概率最高的续写会是照抄？",
                 en="The model copied {n} words in a row. Why is copying the likeliest continuation?").format(n=copy),
            Text(zh="原文就在上下文里。归纳头找到前面同样的词，照着生成它后面的词，抄对一个，下一个更有把握{certain}。"
                 "基座模型没有专门受过“要更短”的训练，{shown}。微调让它知道该停在哪里、略去什么；指针网络则把“抄”做成显式的一条路，可以控制。",
                 en="The source is in the context. Induction heads find an earlier occurrence of the same words and raise the probability of what followed; each copied word"
                 " makes the next more certain{certain}. A base model wasn't trained to be shorter, and {shown}. Fine-tuning teaches where to stop and what to"
                 " leave out; pointer networks make copying an explicit path.").format(certain=_certain(settings), shown=_shown(settings)),
        )  # fmt: skip
    bad = found.summaries["model"].unsupported
    if bad:
        yield FollowUp(
            Text(zh="标出的 {n} 处名字或数字，原文里没有。上线前怎么拦？",
                 en="{n} name or number marked here isn't in the source. How would you stop such errors in production?" if bad == 1 else
                 "{n} names or numbers marked here aren't in the source. How would you stop such errors in production?").format(n=bad),
            Text(zh="分三层。规则层：名字与数字逐个回查原文，查不到就重新生成或退回抽取，便宜，能拦住最显眼的错。模型层：蕴含或校验模型逐句判断，能发现“名字对、关系错”。"
                 "流程层：要求每句给出原文出处，点开可核对。也要看误报：推算出来的数、缩写、译名，都会被规则误标。",
                 en="In three layers. Rules: look up each name and number, and regenerate or fall back to extraction where one is missing; cheap, and it"
                 " catches the most visible errors. A model: entailment or a claim checker, sentence by sentence, finds the right name in a wrong relation. Process:"
                 " every sentence cites its source, one click away. And count false alarms: derived numbers, abbreviations and translated names are marked too."),
        )  # fmt: skip


# A penalty lowers the probabilities of words that are copied. A Text can't be blank in a language: nothing to add is a string.
def _certain(settings: Settings) -> Text | str:
    if settings.model.repetition_penalty != 1:
        return ""
    return Text(
        zh="，概率往往一路接近 1（见“模型逐词元生成”的下划线）",
        en=", and probabilities usually approach 1 (see the underlines)",
    )


def _shown(settings: Settings) -> Text:
    if settings.model.shots:
        return Text(zh="示例只告诉它格式", en="examples only show the format")
    return Text(zh="这次也没有示例告诉它格式", en="this time no example shows the format either")


def _about_choosing(settings: Settings, found: Findings) -> Iterator[FollowUp]:
    ranked, lead = found.summaries["textrank"].chosen, found.summaries["lead"].chosen
    if set(ranked) != set(lead):
        yield FollowUp(
            Text(zh="TextRank 先选了第 {n} 句而不是第 1 句，为什么？" if ranked[0] else "TextRank 选的是第 {all} 句，取前 {k} 句（Lead-{k}）是第 {lead} 句，差别从哪里来？",
                 en="TextRank chose sentence {n} first, not sentence 1: why?" if ranked[0] else
                 "TextRank chose sentences {all}, the first {k} sentences (Lead-{k}) are {lead}: where does the difference come from?").format(
                n=ranked[0] + 1, all=_listed(ranked), lead=_listed(lead), k=len(lead)),
            Text(zh="TextRank 选与其他句共有实词多的句子：看图里最大的点连着哪些边。除以两句长度的对数只抵消一部分，长句仍占便宜。它不知道位置，也不知道句子说的是不是重点，"
                 "所以在新闻上常输给取前 k 句（Lead-k），结论靠后时更有机会胜出。",
                 en="TextRank chooses sentences that share many content words with others: look at the edges of the largest node in the graph. Dividing by the logarithms of"
                 " lengths compensates only in part, so long sentences keep an advantage. It ignores position and importance, so it"
                 " often loses to the lead on news and has a better chance where the conclusion comes late."),
        )  # fmt: skip
    centroid = found.summaries["centroid"].chosen
    if len(centroid) > 1 and settings.novelty < 1:
        yield FollowUp(
            Text(zh="质心法选了第 {all} 句。把 λ 调到 1 会怎样？为什么不直接取得分最高的几句？",
                 en="The centroid method chose sentences {all}. What happens at λ = 1, and why not just take the highest scores?").format(all=_listed(centroid)),
            Text(zh="λ = 1 就是只看与质心的相似度：最像全文平均的几句往往彼此也像，摘要就可能把一件事说两遍。现在的 λ 是 {novelty}，每选一句，与它相近的句子就被扣分。"
                 "λ 太小又会专挑离题的句子。这是贪心，不保证整体最优；整数规划可以一次求出带长度约束的最优集合。",
                 en="At λ = 1 only similarity to the centroid counts: the sentences nearest to the mean are often near one another too, and the summary may say"
                 " one thing twice. λ is {novelty} now, so each choice lowers the value of similar sentences. Too small a λ picks what is off-topic. It is greedy"
                 " and not optimal as a set; integer programming finds the best set under a length limit.").format(novelty=f"{settings.novelty:g}"),
        )  # fmt: skip


def _about_scores(settings: Settings, found: Findings) -> Iterator[FollowUp]:
    if not found.best:
        yield FollowUp(
            Text(zh="没有可用的参考摘要，还能说哪份更好吗？", en="Without a reference that applies, can one still say which is better?"),
            Text(zh="不能用 ROUGE，但能看：抄了多少、压了多少、有没有原文没有的名字；再用蕴含或问答检查忠实度，用人或大模型按“要点是否齐全、是否通顺”打分。"
                 "参考摘要本身也只是许多合格摘要中的一份，多份参考下的 ROUGE 更可信。",
                 en="Not by ROUGE, but much can be measured: how much is copied, how short it is, which names have no source; then entailment or"
                 " question answering for faithfulness, and people or a large model for coverage and fluency. A reference is only one good summary among many"
                 " anyway; with several, ROUGE is more reliable."),
        )  # fmt: skip
        return
    value, bound = found.rouge_1(found.best[0]), found.rouge_1("bound")
    # The bound is the best in the mean of three scores, so a method may have the higher ROUGE-1.
    if value is not None and bound is not None and round(value, 2) < round(bound, 2) < 1:
        yield FollowUp(
            Text(zh="最好的一份来自：{best}，ROUGE-1 为 {value}；抽取上界是 {bound}。剩下的差距说明什么？",
                 en="The best is {best} with a ROUGE-1 of {value}; the extractive bound is {bound}. What does the remaining gap mean?").format(
                best=_name(found.best[0], settings, found), value=f"{value:.2f}", bound=f"{bound:.2f}"),
            Text(zh="只靠选句，大致能到 {bound}，比现在的 {value} 高；从 {bound} 到 1，主要来自改写和句数的限制，靠选句补不上，因为参考摘要不是原文的句子。"
                 "一篇文章说明不了方法的高下：这里只有一份参考，换一个人写，分数就变。要在整个测试集上比较，并给出区间。",
                 en="Choosing sentences alone could reach about {bound}, above the present {value}; from {bound} to 1 is mostly rephrasing and the limit on sentences, out of reach of choosing, as the"
                 " reference's sentences aren't the source's. One document can't rank methods: there is one reference, and another author's would"
                 " give other scores. Compare on a whole test set, with intervals.").format(value=f"{value:.2f}", bound=f"{bound:.2f}"),
        )  # fmt: skip


def _listed(places: Iterable[int]) -> Text:
    numbers = [str(place + 1) for place in sorted(places)]
    return Text("、".join(numbers), " and ".join([", ".join(numbers[:-1]), numbers[-1]]) if numbers[1:] else numbers[0])
