"""What an interviewer asks about a run: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.question_answering.findings import CONTRADICTED, REMOVED, SHUT, Findings
from playground.topics.question_answering.settings import Settings

SAME, OTHER, WITHHELD = "same", "other", "withheld"


def _without_the_sentence(settings: Settings, found: Findings) -> Outcome | None:
    """What happens to the answer when its strongest sentence is removed."""
    removed = found.readings.get(REMOVED)
    if removed is None:
        return None
    values = {
        "before": found.main.answer.text,
        "after": removed.answer.text or "∅",
        "confidence": f"{removed.answer.confidence:.2f}",
    }
    evidence = Text(
        zh="原来答“{before}”，去掉那一句后答“{after}”，把握 {confidence}",
        en="“{before}” before, “{after}” without the sentence, confidence {confidence}",
    ).format(**values)
    if removed.withheld(settings.threshold):
        return Outcome(WITHHELD, evidence)
    return Outcome(SAME if found.same(REMOVED) else OTHER, evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="把最支持答案的那一句从资料里去掉，再问一遍，会怎样？",
        en="The sentence that best supports the answer is removed and the question asked again. What happens?",
    ),
    _without_the_sentence,
    (
        (SAME, Text(zh="仍答同一个答案", en="the same answer")),
        (OTHER, Text(zh="自信地答别的", en="another answer, given with confidence")),
        (WITHHELD, Text(zh="把握低于阈值，弃权", en="confidence below the threshold: it abstains")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what was answered and how sure, and what became of it without its support; or what a closed book gave."""
    main = found.main
    values = {
        "answer": _plain(main.answer.text),
        "confidence": f"{main.answer.confidence:.2f}",
        "threshold": f"{found.threshold:.2f}",
    }
    if not main.answer.text:
        return Text(zh="模型什么也没有回答。", en="The model gave no answer at all.")
    if found.given:
        start = Text(
            zh="答“{answer}”，把握 {confidence}，不低于阈值 {threshold}",
            en="The answer is “{answer}” with confidence {confidence}, at or above the threshold of {threshold}",
        )
    elif main.refused:
        start = Text(
            zh="模型自己写“{answer}”，算弃权（把握 {confidence}，阈值 {threshold}）",
            en="The model itself says “{answer}”, which counts as abstaining (confidence {confidence}, threshold {threshold})",
        )
    else:
        start = Text(
            zh="弃权：“{answer}”的把握 {confidence} 低于阈值 {threshold}",
            en="It abstains: “{answer}” has confidence {confidence}, below the threshold of {threshold}",
        )
    rest = _rest(found)
    return Text(zh="{start}；{rest}。", en="{start}; {rest}.").format(start=start.format(**values), rest=rest)


def _plain(answer: str) -> str:
    """An answer without quotation marks of its own, to be quoted."""
    return answer.replace("“", "").replace("”", "")


def _rest(found: Findings) -> Text:
    if found.book == "closed":
        return Text(zh="这是闭卷，没有资料可作依据", en="that is the closed book, with no passage to support it")
    removed = found.readings.get(REMOVED)
    if removed is None:
        return Text(zh="没有句子可以去掉", en="there is no sentence to remove")
    if found.same(REMOVED):
        if found.same(SHUT):
            return Text(
                zh="去掉最强的依据句，答案不变，闭卷也答得出同样的",
                en="without its strongest sentence the answer is the same, and so it is with a closed book",
            )
        return Text(
            zh="去掉最强的依据句，答案不变，闭卷却不这样答",
            en="without its strongest sentence the answer is the same, though a closed book gives another",
        )
    if not removed.answer.text:
        return Text(zh="去掉最强的依据句，就没有答案了", en="without its strongest sentence there is no answer")
    if not removed.refused and removed.answer.confidence < found.threshold:
        return Text(
            zh="去掉最强的依据句，它改答“{after}”，把握只有 {confidence}，于是弃权",
            en="without its strongest sentence it says “{after}” with a confidence of only {confidence}, and abstains",
        ).format(after=_plain(removed.answer.text), confidence=f"{removed.answer.confidence:.2f}")
    return Text(
        zh="去掉最强的依据句，它改答“{after}”（把握 {confidence}）",
        en="without its strongest sentence it says “{after}” instead (confidence {confidence})",
    ).format(after=_plain(removed.answer.text), confidence=f"{removed.answer.confidence:.2f}")


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked: list[FollowUp] = []
    removed = found.readings.get(REMOVED)
    if removed is not None and not found.same(REMOVED) and not removed.withheld(found.threshold):
        asked.append(
            FollowUp(
                Text(
                    zh="依据句没有了，它仍以 {confidence} 的把握答“{answer}”，怎样拦住这种答案？",
                    en="Its support is gone and it still says “{answer}” with confidence {confidence}: how do you stop such an answer?",
                ).format(confidence=f"{removed.answer.confidence:.2f}", answer=removed.answer.text),
                Text(
                    zh="词元概率量的是“这样写顺不顺”，不是“资料说没说”。先在检索之后加一道门：问题与最好的一块是否相关；再让独立的 NLI 模型或评审模型逐条检查答案是否被资料蕴含，不蕴含就弃权；训练时放进没有答案的题。阈值在带有无答案题的验证集上按风险定。",
                    en="Token probabilities say how well the text continues, not whether the passage says so. Gate after retrieval (is the best chunk relevant at all?), then let a separate NLI or judge model check each claim for entailment by the passage and abstain where there is none; train with unanswerable questions. Set the threshold by risk on a validation set that has them.",
                ),
            )
        )
    if found.same(REMOVED):
        asked.append(
            FollowUp(
                Text(
                    zh="去掉依据句，答案不变，说明答案没有依据吗？",
                    en="The answer stays without its supporting sentence: was it unsupported?",
                ),
                Text(
                    zh="不能这样推。去掉测的是必要性：别的句子也说了同一件事，或者模型本来就知道，去掉都不变。要看的是充分性：资料是否蕴含答案。再看闭卷的回答，分清是资料冗余，还是参数里的知识。",
                    en="That doesn't follow. Removal tests necessity: if another sentence says the same, or the model knew it anyway, nothing changes. Support is sufficiency: does the passage entail the answer? The closed-book answer tells redundancy in the passage from knowledge in the parameters.",
                ),
            )
        )
    against = found.readings.get(CONTRADICTED)
    if against is not None and found.same(CONTRADICTED):
        asked.append(
            FollowUp(
                Text(
                    zh="资料改成“{other}”，答案却没跟着变，听模型的还是听资料的？",
                    en="The passage now says “{other}”, yet the answer stays: should the model or the passage win?",
                ).format(other=found.other),
                Text(
                    zh="由产品定，不由模型的习惯定。企业文档问答通常资料优先，用反事实的资料微调，或用对比解码压低先验；资料来自开放网络时，要看来源可信度、日期和多份资料是否一致，有冲突就把双方都说出来。",
                    en="The product decides, not the model's habit. For company documents the passage usually wins: fine-tune on counterfactual passages, or decode contrastively against the prior. For the open web weigh source, date and agreement among documents, and report a conflict instead of hiding it.",
                ),
            )
        )
    if found.book == "open" and found.same(SHUT) and found.main.answer.text:
        asked.append(
            FollowUp(
                Text(
                    zh="闭卷也答“{answer}”，这道题能用来评测检索吗？",
                    en="A closed book says “{answer}” too: can this question evaluate retrieval?",
                ).format(answer=found.main.answer.text),
                Text(
                    zh="不能单独用。不检索也对的题会抬高分数，评测时要单列或剔除，或改用训练截止之后的事实、虚构的实体、反事实的资料。报告闭卷基线，检索的贡献是两者之差。",
                    en="Not by itself. Questions that are right without retrieval inflate the score: report them apart or drop them, or use facts after the training cut-off, invented entities or counterfactual passages. Report the closed-book baseline; retrieval contributes the difference.",
                ),
            )
        )
    by_words = min(found.chunks, key=lambda one: one.bm25_rank)
    by_meaning = min(found.chunks, key=lambda one: one.cosine_rank)
    if by_words != by_meaning and len(found.chunks) > 1:
        asked.append(
            FollowUp(
                Text(
                    zh="BM25 与向量选出的第一块不同，线上怎么合并？",
                    en="BM25 and the vectors put different chunks first: how do you merge them in production?",
                ),
                Text(
                    zh="先各取几十到一百条，用 RRF 合并名次，不必对齐分数；再让交叉编码器对前几十条重排，只留几块给模型。各环节分开评：召回看 recall@k，重排看 nDCG 或 MRR，最后看端到端的正确率与忠实性。",
                    en="Take some tens to a hundred from each, merge ranks by RRF without aligning scores, let a cross-encoder rerank the first few dozen and give the model only a few. Evaluate each stage: recall@k for retrieval, nDCG or MRR for reranking, then correctness and faithfulness end to end.",
                ),
            )
        )
    if found.set.leaked.right:
        asked.append(
            FollowUp(
                Text(
                    zh="没有答案的 {count} 题里，阈值 {threshold} 仍放过 {right} 题，阈值该定多高？",
                    en="At {threshold} the threshold lets {right} of {count} unanswerable questions through: how high should it be?",
                ).format(
                    count=found.set.leaked.count, right=found.set.leaked.right, threshold=f"{found.threshold:.2f}"
                ),
                Text(
                    zh="先问答错与不答各要付出什么代价，再在验证集的风险–覆盖率曲线上取满足风险上限的最大覆盖率，并给出区间；风险上限要有保证时用共形方法。曲线本身太高，就换信号：一致性采样、检索分数、校验模型，而不是继续抬阈值。",
                    en="Ask first what a wrong answer and a missing one cost, then take the largest coverage that meets the risk bound on the validation set's risk-coverage curve, with its interval; conformal methods give a guarantee. If the whole curve is too high, change the signal (agreement of samples, retrieval scores, a verifier) rather than raising the threshold further.",
                ),
            )
        )
    return tuple(asked)
