"""What an interviewer asks about a run of entities: before it, in one sentence after it, and next."""

from __future__ import annotations

from collections import Counter

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.entities.findings import Findings
from playground.topics.entities.settings import Settings

KIND_NAMES = {
    "person": Text(zh="人名", en="person"),
    "place": Text(zh="地名", en="place"),
    "organisation": Text(zh="机构", en="organisation"),
}


NONE, TIE = "none", "tie"


def _missed_most(settings: Settings, found: Findings) -> Outcome | None:
    """Which kind most of the visitor's missed entities are of; without labels, which has the lowest strict recall on the 64 sentences."""
    if found.yours is not None:
        missed = Counter(entity.kind for entity in found.yours_missed)
        first = [kind for kind in KIND_NAMES if missed[kind] and missed[kind] == max(missed.values())]
        answer = NONE if not first else first[0] if len(first) == 1 else TIE
        gold = found.yours["viterbi"]["strict"].gold
        if answer == NONE:
            return Outcome(
                answer,
                Text(
                    zh="你标的 {n} 个实体，探针＋Viterbi 全部找出，边界和类型都对",
                    en="the probe with Viterbi finds all {n} of your labelled entities, border and type",
                ).format(n=gold),
            )
        names = [entity.text for entity in found.yours_missed]
        return Outcome(
            answer,
            Text(zh="你标的 {gold} 个里漏掉或标错 {n} 个：{names}", en="of your {gold} labelled entities it misses or gets wrong {n}: {names}").format(
                gold=gold, n=len(names), names=Text("、".join(names), ", ".join(names))
            ),
        )  # fmt: skip
    recalls = found.recalls
    return Outcome(
        found.most_missed[0] if len(found.most_missed) == 1 else TIE,
        Text(
            zh="探针＋Viterbi 的严格召回率：人名 {person}，地名 {place}，机构 {organisation}",
            en="strict recall of the probe with Viterbi: person {person}, place {place}, organisation {organisation}",
        ).format(**{kind: f"{value:.2f}" for kind, value in recalls.items()}),
    )


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="你标的实体里，探针＋Viterbi 漏掉（或标错）最多的是哪一类？没有可用的标注时：在本项目自写的、与文本同语言的 64 句上，哪一类的召回率最低？",
        en="Of which type does the probe with Viterbi miss (or get wrong) most of your labelled entities? Without labels for this text: which type has the lowest recall in this project's 64 sentences in its language?",
    ),
    _missed_most,
    (
        *KIND_NAMES.items(),
        (TIE, Text(zh="并列", en="several alike")),
        (NONE, Text(zh="一个也没漏", en="none is missed")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what is marked in the text, how it scores there if labelled, and how good the probe is on labelled sentences."""
    marked = len(found.methods["viterbi"])
    values = {
        "marked": marked,
        "entities": Text(zh="个实体", en="entity" if marked == 1 else "entities"),
        "common": found.common,
        "f1": f"{found.own_f1:.2f}",
        "held": f"{found.ladder['strict']:.2f}",
        "language": Text(zh="中文", en="Chinese") if found.language == "zh" else Text(zh="英文", en="English"),
    }
    if found.yours is not None:
        strict, partial = found.yours["viterbi"]["strict"], found.yours["viterbi"]["partial"]
        # With labels there is something to score, so both have a value.
        values |= {"strict": f"{strict.f1 or 0.0:.2f}", "partial": f"{partial.f1 or 0.0:.2f}", "gold": strict.gold}
        return Text(
            zh="探针＋Viterbi 在这段文本里标出 {marked} {entities}，对照你的 {gold} 个标注，严格 F1 为 {strict}，部分 F1 为 {partial}；与 jieba、只许照抄的提示完全一致的有 {common} 个；在自写的{language}句子上严格 F1 为 {f1}，在《人民日报》留出句上为 {held}。",
            en="The probe with Viterbi marks {marked} {entities} here; against your {gold} labels strict F1 is {strict} and partial F1 {partial}; jieba and the copying prompt mark {common} of them alike; strict F1 is {f1} on the project's {language} sentences and {held} on held-out People's Daily.",
        ).format(**values)
    if not marked:
        return Text(
            zh="探针＋Viterbi 在这段文本里没有标出实体；它在自写的{language}句子上严格 F1 为 {f1}，在《人民日报》留出句上为 {held}，所以没有标出不等于没有。",
            en="The probe with Viterbi marks no entity here; its strict F1 is {f1} on the project's {language} sentences and {held} on held-out People's Daily, so marking none doesn't prove that there is none.",
        ).format(**values)
    return Text(
        zh="探针＋Viterbi 在这段文本里标出 {marked} {entities}，与 jieba、只许照抄的提示完全一致的有 {common} 个；没有标注就无从打分，它在自写的{language}句子上严格 F1 为 {f1}，在《人民日报》留出句上为 {held}。",
        en="The probe with Viterbi marks {marked} {entities} here, of which jieba and the copying prompt mark {common} alike; without labels nothing can be scored, but its strict F1 is {f1} on the project's {language} sentences and {held} on held-out People's Daily.",
    ).format(**values)


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this result raises."""
    asked: list[FollowUp] = []
    if found.illegal:
        asked.append(_illegal(found.illegal))
    if found.absent:
        asked.append(_absent(found.absent[0], len(found.absent)))
    if found.yours_missed:
        asked.append(_missed(found.yours_missed[0].text))
    en = found.own["en"]["viterbi"]["strict"]["all"]
    if en.f1 is not None and en.low is not None and en.high is not None:
        asked.append(_english(en.f1, en.low, en.high, found.own["en"]["argmax"]["strict"]["all"].f1 or 0.0))
    fallen = _fallen(found)
    if fallen is not None:
        asked.append(
            _drift(
                fallen, *(scores["viterbi"]["strict"][fallen].f1 or 0.0 for scores in (found.own["zh"], found.held_out))
            )
        )
    return tuple(asked)


def _illegal(count: int) -> FollowUp:
    return FollowUp(
        Text(
            zh="逐字取最大给出了 {n} 个不合法的标签。把它们事后改掉，与 Viterbi 是一回事吗？",
            en="Taking the likeliest tag everywhere gives {n} forbidden tags. Is repairing them afterwards the same as Viterbi?",
        ).format(n=count),
        Text(
            zh="不是。事后修补只改局部：把孤立的 I 改成 B 会造出一个实体，改成 O 会丢掉一个，谁对取决于前后的证据。Viterbi 在所有合法序列里找总分最高的一条，前后的概率一起参与比较。评测脚本也各有修补规则（CoNLL 的脚本把孤立的 I 当作开头），同一份非法输出在不同脚本下分数不同。",
            en="No. A repair is local: turning a lone I into B makes an entity, turning it into O loses one, and which is right depends on the evidence around it."
            " Viterbi finds the best of all legal sequences, so the probabilities on both sides take part. Scorers have repair rules of their own (CoNLL's script reads a lone I as a beginning), so one illegal output has different scores under different scripts.",
        ),
    )


def _absent(name: str, count: int) -> FollowUp:
    return FollowUp(
        Text(
            zh="自由生成里有 {names}不在文本中，例如“{name}”。只许照抄之后，名字都在文本里了，就可信了吗？",
            en="The free prompt lists {names} that the text lacks, such as “{name}”. Copying only, every name is in the text: can it be trusted now?",
        ).format(names=Text(zh="{n} 个名字", en="{n:|name|names}").format(n=count), name=name),
        Text(
            zh="约束保证的是“出现过”，不是“是实体”：模型会照抄一个普通词，也会在该写“无”的时候勉强抄一个。贪心约束还会扭曲分布：每一步只在允许的词元里归一化，走进低概率的分支也不能回头；要按整段名单的概率比较，需要束搜索或重新打分。约束解码保证格式，准确率仍要在标注上量。",
            en="The constraint guarantees that a name occurs, not that it is an entity: the model may copy a common word, or copy something where it should write none."
            " Greedy constraints also distort the distribution: each step renormalizes over the allowed tokens and can't turn back from an improbable branch; comparing whole lists by probability needs beam search or rescoring. Constrained decoding guarantees the form; accuracy still has to be measured on labels.",
        ),
    )


def _missed(name: str) -> FollowUp:
    return FollowUp(
        Text(
            zh="你标了“{name}”，探针没有标对。怎样知道是边界、类型，还是根本没看见？",
            en="You labelled “{name}” and the probe didn't get it right. Is it the border, the type, or not seen at all?",
        ).format(name=name),
        Text(
            zh="比较四种口径：部分得分而严格不得分，是边界；边界得分而严格不得分，是类型；四种都不得分，是漏掉。再看逐字概率：O 以微弱优势胜出，补一些同类的训练句或调整阈值就有用；O 接近 1，说明状态里没有这条线索，或训练语料的规范不认它是实体。",
            en="Compare the schemes: partial without strict is a border, exact without strict is a type, none of the four is a miss."
            " Then look at the probabilities of the tags: where O wins narrowly, more training sentences of that sort or another threshold help; where O is near 1, the state doesn't hold the clue, or the guidelines of the training corpus don't count it as an entity.",
        ),
    )


def _english(f1: float, low: float, high: float, alone: float) -> FollowUp:
    return FollowUp(
        Text(
            zh="没有英文标签，英文的严格 F1 用 Viterbi 是 {f1}，95% 区间 [{low}, {high}]；逐词取最大是 {alone}。这说明什么，不说明什么？",
            en="Without English labels strict F1 in English is {f1} with Viterbi, 95% interval [{low}, {high}], and {alone} with argmax. What does that show, and what not?",
        ).format(f1=f"{f1:.2f}", low=f"{low:.2f}", high=f"{high:.2f}", alone=f"{alone:.2f}"),
        Text(
            zh="发射分说明中文上学到的方向在英文状态里也有用，即实体类型有一部分是跨语言共享的。转移分却不通用：它按汉字计数，几乎没有单字的地名，权重越大，英文里一个词的地名越难标出来。不说明模型懂英文实体：英文有大写这条中文没有的线索，边界单位也不同，64 句又短又规整。要当真用，就标几百句英文再训练，并与只用英文训练的探针比较。",
            en="The emissions show that directions learnt on Chinese work on English states too, so part of what makes an entity type is shared across languages."
            " The transitions don't carry over: they were counted on Chinese characters, where hardly a place has only one, so the more they weigh, the harder it is to mark an English place of one word."
            " It doesn't show that English is solved: capitals are a clue that Chinese lacks, borders have another unit, and these sentences are short and tidy. For real use label a few hundred English sentences, train again, and compare with a probe trained on English alone.",
        ),
    )


def _fallen(found: Findings) -> str | None:
    """The kind whose strict F1 falls most from held-out to the project's Chinese sentences, of those whose intervals are apart."""
    if found.language != "zh":
        return None
    falls: dict[str, float] = {}
    for kind in KIND_NAMES:
        own, held = (scores["viterbi"]["strict"][kind] for scores in (found.own["zh"], found.held_out))
        if own.high is not None and held.low is not None and own.high < held.low:
            falls[kind] = (held.f1 or 0.0) - (own.f1 or 0.0)
    return max(falls, key=lambda kind: falls[kind]) if falls else None


def _drift(kind: str, own: float, held: float) -> FollowUp:
    return FollowUp(
        Text(
            zh="{kind}的严格 F1 从留出句上的 {held} 降到自写中文句上的 {own}，怎样分清是领域变了还是标注规范变了？",
            en="Strict F1 of type {kind} falls from {held} on held-out sentences to {own} on the project's own Chinese ones. How do you tell a change of domain from a change of guidelines?",
        ).format(kind=KIND_NAMES[kind], held=f"{held:.2f}", own=f"{own:.2f}"),
        Text(
            zh="看错误的种类和口径之间的差：规范不同主要造成成批、同向的边界错（机构只标了一部分），部分 F1 掉得少、严格 F1 掉得多；领域不同造成漏标和类型错，四种口径一起掉。最可靠的是按训练语料的规范把一小批新领域的句子重标一遍，再打一次分，剩下的差距才属于领域。",
            en="Look at the kinds of error and at the gap between schemes: other guidelines cause borders that are wrong in the same way again and again (part of an organisation marked), so partial F1 falls little and strict F1 much;"
            " another domain causes misses and wrong types, and all four fall together. Most reliable: relabel a small batch of the new sentences by the training guidelines and score again; the gap that remains belongs to the domain.",
        ),
    )
