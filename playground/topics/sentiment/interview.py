"""What an interviewer asks about a run of sentiment: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text, joined
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.language.scripts import main_language
from playground.topics.sentiment.findings import Findings
from playground.topics.sentiment.judgement import JUDGEMENTS
from playground.topics.sentiment.record import Share
from playground.topics.sentiment.settings import Settings


def _flipped(settings: Settings, found: Findings) -> Outcome | None:
    """Whether the probe puts A and B on opposite sides of one half."""
    a, b = found.pair("probe")
    evidence = Text(
        zh="探针的正面概率：A {a:.2f}，B {b:.2f}", en="the probe's probability of positive: A {a:.2f}, B {b:.2f}"
    ).format(a=a, b=b)
    return Outcome("flips" if found.flips("probe") else "stays", evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="B 是你填的第二句，留空则是只改一处的 A。探针会把 A 和 B 放在 0.5 的两侧吗？",
        en="B is the second text, or A with one small change where that is blank. Will the probe put A and B on opposite sides of 0.5?",
    ),
    _flipped,
    (("flips", Text(zh="会，判断翻转", en="yes, its answer flips")), ("stays", Text(zh="不会", en="no"))),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what the probe makes of A and of B, and how many methods put them on opposite sides of one half."""
    a, b = found.pair("probe")
    values = {
        "a": JUDGEMENTS[found.a.judgements["probe"]],
        "b": JUDGEMENTS[found.b.judgements["probe"]],
        "pa": f"{a:.2f}",
        "pb": f"{b:.2f}",
        "flipping": len(found.flipping),
        "do": Text(zh="如此", en="does" if len(found.flipping) == 1 else "do"),
        "methods": len(found.a.probabilities),
    }
    if found.flips("probe"):
        return Text(
            zh="探针把两句放在 0.5 的两侧：A 为{a}（正面概率 {pa}），B 为{b}（{pb}）；{methods} 种方法里有 {flipping} 种{do}。",
            en="The probe puts the two on opposite sides of 0.5: A is {a} (p(positive) {pa}), B is {b} ({pb}); {flipping} of {methods} methods {do}.",
        ).format(**values)
    return Text(
        zh="探针没有把两句放在 0.5 的两侧：A 为{a}（正面概率 {pa}），B 为{b}（{pb}）；{methods} 种方法里有 {flipping} 种把它们放在两侧。",
        en="The probe doesn't put the two on opposite sides of 0.5: A is {a} (p(positive) {pa}), B is {b} ({pb}); {flipping} of {methods} methods {do}.",
    ).format(**values)


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this result raises."""
    asked: list[FollowUp] = []
    probe, raw, calibrated = (found.pair(name) for name in ("probe", "prompt", "calibrated"))
    if found.opposed and not found.flips("probe"):
        asked.append(_not_flipped(*probe))
    asked.append(_trust(found))
    if any((before > 0.5) != (after > 0.5) for before, after in zip(raw, calibrated, strict=True)):
        asked.append(_calibration(raw, calibrated))
    if (probe[0] > 0.5) != (calibrated[0] > 0.5):
        asked.append(_disagree(probe[0], calibrated[0]))
    if found.a.probabilities["lexicon"] == 0.5:
        asked.append(_abstains(found.accuracies["lexicon"]))
    if main_language(found.a.text) is not main_language(found.b.text):
        asked.append(_two_languages(found))
    if not (found.a.lime.reliable and found.b.lime.reliable):
        asked.append(_unreliable())
    return tuple(asked)


def _not_flipped(a: float, b: float) -> FollowUp:
    return FollowUp(
        Text(zh="明明改了一处，为什么判断没有翻转？", en="Something was changed, so why did the answer not flip?"),
        Text(
            zh="概率从 {a:.2f} 到 {b:.2f}，没有越过 0.5。先看改动后的句子是否真的变了意思；若真的变了，就看留一法与 Shapley：别的褒贬词还在起作用，"
            "线性探针又只读一个位置的状态，否定与被否定的词要由前面的层先合到一起。可以加入成对的反例训练，并用成对的句子单独评测（Gardner 等 2020，对比集）。",
            en="The probability went from {a:.2f} to {b:.2f} and did not cross 0.5. First ask whether the changed text really means something"
            " else. If so, look at leave-one-out and Shapley: the other opinion words still pull, and a linear probe reads the state at one"
            " position, where earlier layers must already have combined the negation with its word. Train on contrasting pairs, and test on"
            " pairs (Gardner et al. 2020, contrast sets).",
        ).format(a=a, b=b),
    )


def _trust(found: Findings) -> FollowUp:
    zh, en = found.accuracies["probe"]["zh"], found.accuracies["probe"]["en"]
    answer = Text(
        zh="用基线权重时，探针在留出的中文评论上对 {zh}，在 {n} 句自写的留出英文上对 {en}（方括号为 95% 区间）。",
        en="With the baseline weights the probe is right on {zh} of held-out Chinese reviews and on {en} of {n} held-out English sentences written for this project"
        " (95% intervals).",
    ).format(zh=zh.words, en=en.words, n=en.count)
    a, _ = found.pair("probe")
    if one := found.reliability[main_language(found.a.text)].at(a):
        answer = joined(
            answer,
            Text(
                zh="A 的概率是 {p}；同一语言的留出文本里，概率在 {low} 到 {high} 之间的有 {count} 条，其中 {share} 是正面。",
                en="A has {p}; of {count} held-out texts of its language with a probability from {low} to {high}, {share} are positive.",
            ).format(
                p=f"{a:.2f}", low=f"{one.low:.1f}", high=f"{one.high:.1f}", count=one.count, share=f"{one.accuracy:.0%}"
            ),
        )
    return FollowUp(
        Text(zh="这个判断有多大把握？", en="How far would you trust this answer?"),
        joined(
            answer,
            Text(
                zh="换了领域或文体，或者遇到反讽，准确率和概率的可靠性都要重新量。",
                en="On another domain or style, or with irony, measure accuracy and reliability again.",
            ),
        ),
    )


def _calibration(raw: tuple[float, float], calibrated: tuple[float, float]) -> FollowUp:
    return FollowUp(
        Text(zh="提示法校准前后为什么相反？", en="Why does calibration reverse the prompted answer?"),
        Text(
            zh="校准前 A、B 为 {ra:.2f}、{rb:.2f}，校准后为 {ca:.2f}、{cb:.2f}。没有文本时模型就偏爱其中一个词（先验偏差）；除以空输入时的几率，"
            "留下的才是文本带来的变化。代价是把空输入当作“中性”，这只是一个假设；Zhao 等（2021）对“N/A”“[MASK]”和空串等几个无内容输入取平均，"
            "批量校准（Zhou 等 2023）改用一批真实输入的平均。",
            en="Before, A and B were {ra:.2f} and {rb:.2f}; after, {ca:.2f} and {cb:.2f}. With no text at all the model already prefers one of"
            " the words. Dividing by the odds for an empty text leaves what the text itself adds. The price: it assumes that an empty text"
            " is neutral. Zhao et al. (2021) average several content-free inputs (“N/A”, “[MASK]”, the empty string); batch calibration (Zhou et al."
            " 2023) averages over a batch of real inputs instead.",
        ).format(ra=raw[0], rb=raw[1], ca=calibrated[0], cb=calibrated[1]),
    )


def _disagree(probe: float, calibrated: float) -> FollowUp:
    return FollowUp(
        Text(
            zh="探针和提示法对 A 的判断不同，该信谁？",
            en="The probe and the prompt disagree on A. Which one do you believe?",
        ),
        Text(
            zh="探针给 {p:.2f}，校准后的提示给 {c:.2f}。先看准确率一栏：在同一批留出文本上谁对得多；再看这句话像哪一类难句，查该类的命中数。"
            "若要合用，就在验证集上拟合一个把两者当特征的逻辑回归，不要凭这一句挑。",
            en="The probe says {p:.2f}, the calibrated prompt {c:.2f}. Start with the accuracy column: which one is right more often on the same"
            " held-out texts? Then see which kind of hard sentence this is and how each does there. To use both, fit a logistic regression"
            " on their outputs on validation data; don't choose by this one sentence.",
        ).format(p=probe, c=calibrated),
    )


def _abstains(shares: dict[str, Share]) -> FollowUp:
    zh, en = shares["zh"], shares["en"]
    return FollowUp(
        Text(
            zh="词典对 A 给 0.5，没有作答。这该算错吗？",
            en="The lexicon says 0.5 for A: it doesn't answer. Is that an error?",
        ),
        Text(
            zh="要分开报：作答的比例（覆盖率）和作答时的准确率。这里中文留出评论上它作答 {zh_coverage}，作答时对 {zh}；英文句上作答 {en_coverage}，对 {en}。"
            "把弃权都算错，会把一个覆盖率问题说成准确率问题；只看作答时的准确率，又会奖励只挑容易的答。选择性分类（Geifman 与 El-Yaniv 2017）画出两者的曲线，"
            "弃权的交给人或更贵的模型。",
            en="Report two figures: how often it answers (coverage) and how often it is right when it does. Here it answers {zh_coverage} of the held-out"
            " Chinese reviews and is right on {zh} of those; of the English sentences it answers {en_coverage} and is right on {en}. Counting abstentions"
            " as errors mistakes low coverage for low accuracy; accuracy on answers alone rewards answering the easy ones only. Selective"
            " classification (Geifman and El-Yaniv 2017) plots one against the other; what is abstained on goes to a person or a costlier model.",
        ).format(zh_coverage=f"{zh.coverage:.0%}", zh=zh.words, en_coverage=f"{en.coverage:.0%}", en=en.words),
    )


def _two_languages(found: Findings) -> FollowUp:
    a, b = found.pair("probe")
    return FollowUp(
        Text(
            zh="A 与 B 语言不同，探针给 {a:.2f} 和 {b:.2f}。差别该归给语言吗？",
            en="A and B are in different languages, and the probe says {a:.2f} and {b:.2f}. Is the difference due to the language?",
        ).format(a=a, b=b),
        Text(
            zh="一对句子说明不了。译文未必等价，探针虽然学过两种语言的标签，用的却是同一个阈值：要在一批平行句上比较两边的准确率、平均对数几率和阈值。若只是整体偏移，重新定阈值即可；"
            "若排序也变差，说明两种语言在这一层的方向没有对齐。",
            en="One pair can't tell. The translation may not be equivalent, and the probe, though trained on labels in both languages, has one threshold for both: compare accuracy, mean"
            " log-odds and threshold on many parallel sentences. If one side is only shifted, set its threshold anew; if its ranking is worse"
            " too, the two languages' directions aren't aligned at this layer.",
        ),
    )


def _unreliable() -> FollowUp:
    return FollowUp(
        Text(zh="LIME 变灰了，还能用它解释吗？", en="LIME is grey: may it still be used?"),
        Text(
            zh="不要用它排名。灰色说明只有一个单元、样本太少、值几乎不变、线性代理的 R² 低或误差区间跨 0；图上写着是哪一种。样本少或区间跨 0 就加样本；值饱和就解释对数几率；"
            "R² 低先排除概率两端的弯曲（换成对数几率），仍然低多半是词与词相互作用。Shapley 值虽然总和精确，同样是一词一个数，画不出相互作用，要直接看删词后的句子，或以短语为单元。",
            en="Not for ranking words. Grey means a single unit, too few samples, hardly any change, a low R² of the linear surrogate or intervals across 0;"
            " the panel says which. With few samples or intervals across 0, add samples; where the value is saturated, explain log-odds. For a low R², first rule"
            " out that a probability bends near 0 and 1 (explain log-odds); if it stays low, words mostly interact. Shapley values add up exactly but are"
            " one number a word as well and can't show that, so read the texts with words removed, or take phrases as units.",
        ),
    )
