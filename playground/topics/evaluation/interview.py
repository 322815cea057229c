"""What an interviewer asks about a run of evaluation: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.shared_controls import UNITS
from playground.lab.text import Language, Text, say
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.evaluation.comparing import Calibration, Comparison, Test
from playground.topics.evaluation.findings import Edited, Findings, Judged, Labels
from playground.topics.evaluation.reading import Reading
from playground.topics.evaluation.settings import Settings
from playground.topics.evaluation.words import FIGURES, KIND_NAMES, METRIC_NAMES

SIGNIFICANT = 0.05


def _moved(settings: Settings, found: Findings) -> Outcome | None:
    """BLEU of the first reference with one word moved."""
    moved = found.edit("moved")
    if moved is None:
        return None
    score = moved.scores.bleu.score
    parts = moved.scores.bleu
    whole = parts.matches[0] == parts.totals[0]
    why = (
        Text(
            zh="单元一个不少，断掉的只是跨过断点的 n 元组",
            en="no unit is missing, only the n-grams across the cuts are broken",
        )
        if whole
        else Text(
            zh="断掉的是跨过断点的 n 元组，句首大小写一变，单元也对不上了",
            en="the n-grams across the cuts are broken, and a unit whose capital changed with its place no longer matches",
        )
    )
    evidence = Text(zh="“{text}”按{unit}得 {score:.1f}：{why}", en="“{text}” gets {score:.1f} by {unit}: {why}").format(
        text=moved.text, unit=UNITS[found.unit], score=score, why=why
    )
    return Outcome(score, evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="把第一条参考里的一个词挪个位置，一字不增不减，再和原句算 BLEU（0–100，按所选单元），得多少分？",
        en="One word of the first reference is moved, nothing added or removed. Its BLEU against the unchanged sentence (0–100, by the unit chosen)?",
    ),
    _moved,
    low=0.0,
    high=100.0,
    tolerance=0.08,
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what BLEU makes of A and B, of the edits, whether B is better on the labels, and how often the judge flips."""
    parts = [
        Text(zh="按{unit}算，A 的 BLEU 是 {a}，B 是 {b}", en="by {unit}, A's BLEU is {a} and B's {b}").format(
            unit=UNITS[found.unit], a=f"{found.bleu_a:.1f}", b=f"{found.bleu_b:.1f}"
        ),
        *_edits_said(found),
        *(_labels_said(found.labels) if found.labels else ()),
        Text(
            zh="候选对调位置后，裁判在 {count} 对里有 {flips} 对改选另一句",
            en="of {count} pairs the judge changes its choice on {flips} when the candidates are swapped",
        ).format(count=found.judged.count, flips=found.judged.flips),
    ]
    zh, en = "；".join(part.zh for part in parts), "; ".join(part.en for part in parts)
    return Text(zh + "。", en[0].upper() + en[1:] + ".")


def _worst(found: Findings) -> tuple[Edited, Edited] | None:
    """The two edits that BLEU orders most wrongly."""
    wrong = found.inversions("bleu")
    return max(wrong, key=lambda pair: pair[1].scores.bleu.score - pair[0].scores.bleu.score) if wrong else None


def _edits_said(found: Findings) -> tuple[Text, ...]:
    kept = [edit for edit in found.edits if edit.keeps_meaning is True]
    changed = [edit for edit in found.edits if edit.keeps_meaning is False]
    if not kept or not changed:
        return ()
    if (worst := _worst(found)) is None:
        return (
            Text(
                zh="改动里意思变了的都比意思没变的得分低",
                en="of the edits those that change the meaning score below those that keep it",
            ),
        )
    first, second = worst
    return (
        Text(
            zh="意思没变的改动（{kept}）得 {x}，意思变了的（{changed}）反而不低于它，得 {y}",
            en="an edit that keeps the meaning ({kept}) gets {x}, one that changes it ({changed}) gets no less, {y}",
        ).format(
            kept=KIND_NAMES[first.kind], x=f"{first.scores.bleu.score:.1f}",
            changed=KIND_NAMES[second.kind], y=f"{second.scores.bleu.score:.1f}",
        ),
    )  # fmt: skip


def _labels_said(labels: Labels) -> tuple[Text, ...]:
    compared = labels.comparison
    accuracy = f"{labels.a.scores.accuracy:.1%}"
    if compared is None or labels.b is None:
        return (Text(zh="标注表上 A 的准确率是 {a}", en="on the labels A's accuracy is {a}").format(a=accuracy),)
    values = {"a": accuracy, "b": f"{labels.b.scores.accuracy:.1%}", "p": f"{compared.p_value:.3f}", "n": labels.count}
    if compared.needed is None:
        return (
            Text(
                zh="标注表上 A、B 的准确率同为 {a}，{n} 条里分不出高下",
                en="on {n} labelled examples A and B have the same accuracy, {a}",
            ).format(**values),
        )
    said = (
        Text(
            zh="{n} 条标注上 A、B 的准确率为 {a} 与 {b}，McNemar 检验 p = {p}，差距显著",
            en="on {n} labelled examples the accuracies of A and B are {a} and {b}, a significant difference (McNemar, p = {p})",
        )
        if compared.p_value < SIGNIFICANT
        else Text(
            zh="{n} 条标注上 A、B 的准确率为 {a} 与 {b}，McNemar 检验 p = {p}，还不能说谁更好，照这个差距要约 {needed} 条",
            en="on {n} labelled examples the accuracies of A and B are {a} and {b}, which doesn't show which is better (McNemar, p = {p}): at this"
            " difference it takes about {needed}",
        )
    )
    return (said.format(needed=compared.needed, **values),)


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this result raises."""
    asked: list[FollowUp] = []
    if worst := _worst(found):
        asked.append(_blind(*worst))
    if found.disagreeing:
        asked.append(_disagreeing(found))
    labels = found.labels
    if labels and labels.comparison and labels.comparison.needed is not None:
        significant = labels.comparison.p_value < SIGNIFICANT
        asked.append(_enough(labels.comparison) if significant else _too_few(labels.comparison))
        lost = [test for test in labels.comparison.tests if test.difference.p_value < SIGNIFICANT <= test.adjusted]
        if lost:
            asked.append(_multiple(lost[0], len(labels.comparison.tests)))
    if found.judged.flips:
        asked.append(_swapped(found.judged))
    if labels and labels.calibration and _spread(labels.calibration) >= 0.02:
        asked.append(_bins(labels.calibration))
    if found.a.reading and found.a.reading.by_character and found.a.reading.by_token:
        asked.append(_per_what(found.a.reading))
    if found.a.smoothed["none"] == 0 < found.bleu_a:
        asked.append(_smoothed(found.bleu_a))
    return tuple(asked)


def _blind(kept: Edited, changed: Edited) -> FollowUp:
    values = {
        "kept": KIND_NAMES[kept.kind], "changed": KIND_NAMES[changed.kind],
        "x": f"{kept.scores.bleu.score:.1f}", "y": f"{changed.scores.bleu.score:.1f}",
    }  # fmt: skip
    return FollowUp(
        Text(
            zh="“{kept}”意思没变，得 {x}；“{changed}”意思变了，得 {y}。BLEU 为什么看不出来，该加什么？",
            en="“{kept}” keeps the meaning and gets {x}; “{changed}” changes it and gets {y}. Why can't BLEU tell, and what would you add?",
        ).format(**values),
        Text(
            zh="BLEU 只数表面的 n 元组，每个单元同等重要：挪一个词会断掉好几个 n 元组，改一个数字只动一处。加能看意思的指标（COMET、MetricX 这类学出来的，或带检查单的裁判），"
            "再加针对性的断言：数字、专名、否定逐项核对。最后用人工评分检验：指标在最小改动上能不能把对错排开。",
            en="BLEU counts surface n-grams and treats all units alike: moving a word breaks several n-grams, another number changes one place only. Add a"
            " metric that sees meaning (a learned one such as COMET or MetricX, or a judge with a checklist) and targeted assertions on"
            " numbers, names and negation. Then check the metric itself against human scores, on minimal edits.",
        ),
    )


def _disagreeing(found: Findings) -> FollowUp:
    names = [METRIC_NAMES[metric] for metric in found.disagreeing]
    listed = Text(
        "、".join(say(name, Language.ZH) for name in names), ", ".join(say(name, Language.EN) for name in names)
    )
    return FollowUp(
        Text(
            zh="按{unit}计，BLEU 给 {better} 更高的分，{names} 的次序却相反。信哪个？",
            en="Counted by {unit}, BLEU scores {better} higher; the order is reversed by {names}. Which do you trust?",
        ).format(unit=UNITS[found.unit], better="A" if found.bleu_a > found.bleu_b else "B", names=listed),
        Text(
            zh="单凭一句话，哪个都不信。它们数的东西不同：BLEU 要连续的 n 元组，还罚过短的译文；chrF 数字符片段，对词形变化宽容；ROUGE-L 找最长公共子序列，中间可以隔着别的词；"
            "词袋 F1 不管次序。先看两句差在哪里，再在整个测试集上配对检验，并用人工评分看哪个指标与人最一致。",
            en="On one sentence, neither. They count different things: BLEU wants contiguous n-grams and penalizes short output; chrF counts character"
            " n-grams and forgives inflection; ROUGE-L finds the longest common subsequence, with gaps; token F1 ignores order. See where the two"
            " sentences differ, run a paired test over the whole test set, and check by human scores which metric agrees best with people.",
        ),
    )


def _too_few(compared: Comparison) -> FollowUp:
    return FollowUp(
        Text(
            zh="{count} 条里只有 A 对的 {a} 条、只有 B 对的 {b} 条，p = {p}。下一步做什么？",
            en="Of {count} examples only A is right on {a} and only B on {b}, p = {p}. What next?",
        ).format(count=compared.count, a=compared.only_a, b=compared.only_b, p=f"{compared.p_value:.3f}"),
        Text(
            zh="不能说 B 更好，也不能说一样好：就算真实差距正好等于看到的差距，这些样本也只有 {power} 的机会发现它（这是 p 值换了个说法，不是新证据），"
            "80% 的机会要约 {needed} 条配对样本。先定多大的差距值得上线，再按它算样本数；不要加几条看一眼、显著了就停。样本加不起时降低方差：同一批题配对，"
            "每题多次采样取平均，按难度分层。",
            en="Neither “B is better” nor “they are equal”. Even if the true difference were the one seen, these examples would find it only {power} of the"
            " time (a restatement of the p-value, no new evidence); 80% takes about {needed} paired examples. First fix the difference worth"
            " shipping and size the set for it; don't add a few, look, and stop once it is significant. If you can't get more, lower the"
            " variance: pair the examples, average several samples of each answer, stratify by difficulty.",
        ).format(power=f"{compared.power_now:.0%}", needed=compared.needed),
    )


def _enough(compared: Comparison) -> FollowUp:
    return FollowUp(
        Text(zh="p = {p}，就可以换掉较差的那个了吗？", en="With p = {p}, would you replace the worse one?").format(
            p=f"{compared.p_value:.3f}"
        ),
        Text(
            zh="p 小只说差距多半不是抽样的巧合：只有 A 对 {a} 条，只有 B 对 {b} 条。还要看差距多大、值不值它的成本与时延；按类别看有没有哪一类变差；这批题像不像线上流量；"
            "有没有调参时看过它。上线后用 A/B 实验再验一次。",
            en="A small p only says that the difference is unlikely to be sampling error: only A is right on {a}, only B on {b}. Ask how large it is and"
            " whether it is worth the cost and latency, whether some class got worse, whether these examples resemble the traffic, and"
            " whether they were used for tuning. Then confirm by an A/B experiment online.",
        ).format(a=compared.only_a, b=compared.only_b),
    )


def _multiple(test: Test, count: int) -> FollowUp:
    values = {
        "name": FIGURES.get(test.name, test.name), "p": f"{test.difference.p_value:.3f}", "q": f"{test.adjusted:.3f}", "n": count
    }  # fmt: skip
    return FollowUp(
        Text(
            zh="“{name}”单看 p = {p}，校正后 {q}。为什么要校正？",
            en="“{name}” alone has p = {p}, and {q} after correction. Why correct?",
        ).format(**values),
        Text(
            zh="同时检验 {n} 项，哪怕毫无差别，也可能碰巧有一项低于 0.05。Holm 按 p 从小到大逐项放宽门槛，保证误报任意一项的概率不超过 5%。"
            "更省的做法是事先定一个主指标，其余只作参考。",
            en="With {n} tests one may fall below 0.05 by chance although nothing differs. Holm's correction goes through the p-values from the smallest"
            " and keeps the chance of any false alarm at 5% or less. Cheaper: name one primary metric beforehand and report the others as exploratory.",
        ).format(**values),
    )


def _swapped(judged: Judged) -> FollowUp:
    return FollowUp(
        Text(
            zh="对调位置后裁判在 {count} 对里改了 {flips} 对，选前一个占 {first}。怎样用这样的裁判？",
            en="When the candidates are swapped, the judge changes {flips} of {count} choices, and it chooses the first place {first} of the time. How do you use such a judge?",
        ).format(flips=judged.flips, count=judged.count, first=f"{judged.first_share:.0%}"),
        Text(
            zh="两个次序都问，结论一致才算，不一致记平局；或对两个次序的对数几率取平均。这只消掉固定的位置偏好：取平均后选对 {averaged} 对，单独打分选对 {alone} 对，"
            "都要和人工标注比（一致率与 κ）。这里同义句一半较长、一半较短，取平均后选较长句的有 {longer}/{count}，可见它偏不偏长度；自我偏好还要另查。",
            en="Ask in both orders and count a win only where they agree, else a tie; or average the log-odds. That cancels a constant preference for a"
            " place and nothing else: averaged, {averaged} pairs are right, judged alone {alone}. Compare both with human labels (agreement"
            " and κ). Length is balanced in these pairs: averaged, the longer one is chosen in {longer} of {count}, which shows whether length matters;"
            " test self-preference separately.",
        ).format(
            averaged=judged.right_averaged, alone=judged.right_alone, longer=judged.longer_averaged, count=judged.count
        ),
    )


def _spread(calibration: Calibration) -> float:
    return calibration.largest_error - calibration.smallest_error


def _bins(calibration: Calibration) -> FollowUp:
    values = {"low": f"{calibration.smallest_error:.3f}", "high": f"{calibration.largest_error:.3f}"}
    return FollowUp(
        Text(
            zh="换个箱数，ECE 就从 {low} 变到 {high}。该报哪个？",
            en="With other bins ECE goes from {low} to {high}. Which one do you report?",
        ).format(**values),
        Text(
            zh="箱少，箱内的高估与低估互相抵消；箱多，每箱只有几条，噪声也算成误差，ECE 偏高。要报就写明箱数与分法，配上可靠性图和每箱样本数，再报不分箱的 Brier 分（{brier}）"
            "或对数损失。比较两个模型时用同一种分箱并给自助区间。",
            en="With few bins over- and underconfidence cancel inside a bin; with many, each has a few examples and noise counts as error, so ECE is"
            " biased upwards. State number and kind of bins, show the diagram with counts, and add a score without bins: Brier ({brier}) or log"
            " loss. Between models use the same bins and a bootstrap interval.",
        ).format(brier=f"{calibration.brier:.3f}"),
    )


def _per_what(reading: Reading) -> FollowUp:
    return FollowUp(
        Text(
            zh="同一句话按词元的困惑度是 {token}，按字是 {character}。和词表不同的模型怎样比？",
            en="One text has a perplexity of {token} per token and {character} per character. How do you compare with a model of another vocabulary?",
        ).format(token=_short(reading.by_token), character=_short(reading.by_character)),
        Text(
            zh="总比特数只有一个，困惑度取决于除以什么。词元长的词表，每词元困惑度天然更高。把总比特数除以文本的字节数（这里每字节 {bpb}），同一段文本上就与分词无关；"
            "还要保证两边给全文的每个字节都算了概率，开头与截断处理一致。跨语言时同一个意思字节数不同，按译文对比总比特数更公平。",
            en="There is one total of bits; perplexity depends on what divides it, and a vocabulary of longer tokens has a higher one per token. Divide the"
            " total by the bytes of the text ({bpb} bits a byte here): on the same text it no longer depends on the tokenizer, provided that"
            " both models give every byte a probability and treat the start and truncation alike. Across languages, bytes per meaning"
            " differ: compare total bits on translations.",
        ).format(bpb=f"{reading.bits_per_byte:.2f}"),
    )


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}" if value < 1e6 else "> 1000000"


def _smoothed(score: float) -> FollowUp:
    return FollowUp(
        Text(
            zh="不平滑时 A 的 BLEU 是 0，平滑后是 {score}。哪个对？",
            en="Without smoothing A's BLEU is 0, with it {score}. Which is right?",
        ).format(score=f"{score:.1f}"),
        Text(
            zh="都“对”，只是定义不同：几何平均里有一阶为零，整句就是 0。BLEU 为整个测试集而设计，计数先在语料上相加，几乎不会有零；单句只好平滑，而平滑方式决定了分数。"
            "所以单句 BLEU 不能跨论文比，要报语料级分数和 sacrebleu 签名。",
            en="Both, by different definitions: one order without a match makes the geometric mean 0. BLEU was made for a test set, where counts are"
            " summed first and are hardly ever 0. A single sentence needs smoothing, and the way of smoothing decides the score. Don't compare"
            " sentence BLEU across papers; report the corpus score with sacrebleu's signature.",
        ),
    )
