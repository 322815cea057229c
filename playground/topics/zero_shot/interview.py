"""What an interviewer asks about a zero-shot run: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.zero_shot.findings import Findings, Method
from playground.topics.zero_shot.settings import NAMES, Settings

LATER, TIE = "later", "tie"
WIDE, LITTLE, LOPSIDED = 0.2, 0.2, 1.5


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _before_calibration(settings: Settings, found: Findings) -> Outcome:
    leading = found.methods["raw"].leading
    votes = max(found.methods["raw"].votes)
    evidence = Text(
        zh="{all} 个模板里，原始得分有 {n} 个选“{label}”",
        en="of {all} templates the raw score chooses “{label}” in {n}",
    ).format(all=len(found.templates), n=votes, label=found.labels[leading[0]])
    if len(leading) > 1:
        return Outcome(TIE, evidence)
    return Outcome(str(leading[0] + 1) if leading[0] < 3 else LATER, evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="不做校准，多数模板会把你的文本判给哪个标签？",
        en="Without calibration, which label do most templates give your text?",
    ),
    _before_calibration,
    (
        ("1", Text(zh="第一个", en="the first")),
        ("2", Text(zh="第二个", en="the second")),
        ("3", Text(zh="第三个", en="the third")),
        (LATER, Text(zh="后面的某一个", en="a later one")),
        (TIE, Text(zh="并列", en="a tie")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says how far the raw score depends on the template, and which calibration is better with certainty."""
    raw = found.methods["raw"]
    if raw.accuracy is None or raw.lowest is None or raw.highest is None:
        return Text(
            zh="没有可用的标签，只看你的文本：{all} 个模板里，原始得分有 {raw} 个选“{a}”，批校准有 {batch} 个选“{b}”。",
            en="Without usable labels there is only your text: of {all} templates the raw score chooses “{a}” in {raw}, batch calibration “{b}” in"
            " {batch}.",
        ).format(
            all=len(found.templates), raw=max(raw.votes), a=found.labels[raw.leading[0]],
            batch=max(found.methods["batch"].votes), b=found.labels[found.methods["batch"].leading[0]],
        )  # fmt: skip
    values: dict[str, object] = {
        "all": len(found.templates), "n": found.texts, "raw": _percent(raw.accuracy.value), "low": _percent(raw.lowest),
        "high": _percent(raw.highest),
    }  # fmt: skip
    head = Text(
        zh="{all} 个模板、{n} 条文本，原始得分平均对 {raw}，最差与最好的模板是 {low} 与 {high}；",
        en="Over {all} templates and {n} texts the raw score is right on {raw}, and on {low} and {high} in the worst and the best template; ",
    )
    if found.better:
        best = found.methods[found.better[0]]
        assert best.accuracy is not None
        values |= {"best": NAMES[found.better[0]], "mean": _percent(best.accuracy.value), "gain": _points(best)}
        tail = Text(
            zh="{best}平均对 {mean}，比原始多 {gain} 个百分点，区间不含零。",
            en="{best} calibration is right on {mean}, a gain of {gain} points whose interval excludes zero.",
        )
    elif found.worse:
        worst = found.methods[found.worse[0]]
        values |= {"worst": NAMES[found.worse[0]], "gain": _points(worst)}
        tail = Text(
            zh="没有一种校准确实更好，{worst}还更差（差 {gain} 个百分点）。",
            en="no calibration is better with certainty, and {worst} calibration is worse, by {gain} points.",
        )
    else:
        tail = Text(
            zh="四种校准与原始的差，区间都含零。",
            en="every calibration's difference from raw has an interval that holds zero.",
        )
    return Text(head.zh + tail.zh, head.en + tail.en).format(**values)


def _points(found: Method) -> str:
    """The difference from raw in percentage points, without its sign."""
    assert found.gain is not None
    return f"{abs(found.gain):.0f}"


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = (
        _spread(found), _favoured(found), _flipped(found), _hurts(found), _mass(found), _semantics(found), _picked(found), _vectors(found),
        _unlabelled(found),
    )  # fmt: skip
    return tuple(item for item in asked if item is not None)


def _spread(found: Findings) -> FollowUp | None:
    raw = found.methods["raw"]
    if raw.lowest is None or raw.highest is None or raw.highest - raw.lowest < WIDE:
        return None
    return FollowUp(
        Text(
            zh="同一个模型、同样 {n} 条文本，换个模板，原始准确率从 {low} 到 {high}。论文里该报哪个数？",
            en="Same model, same {n} texts, and raw accuracy goes from {low} to {high} with the template. Which number belongs in a paper?",
        ).format(n=found.texts, low=_percent(raw.lowest), high=_percent(raw.highest)),
        Text(
            zh="报分布：模板事先定好，给出平均、最差和标准差，模型之间在同一组模板上配对比较。只报最好的模板等于拿测试标签选了一次；真要选模板，就在另一份数据上选，并承认那已经用了标签，不再是零样本。",
            en="The distribution: fix the templates beforehand, report mean, worst and standard deviation, and compare models in pairs on the same templates."
            " Reporting the best one is a selection on test labels. If a template must be chosen, choose it on other data, and say that this used labels, so"
            " it is no longer zero-shot.",
        ),
    )


def _favoured(found: Findings) -> FollowUp | None:
    raw = found.methods["raw"]
    if not found.labelled or raw.favoured_share < LOPSIDED * found.shares[raw.favoured] or raw.favoured_share < 0.5:
        return None
    return FollowUp(
        Text(
            zh="原始得分有 {share} 的回答是“{label}”，文本里它只占 {true}。这个偏好从哪里来？",
            en="Of the raw score's answers {share} are “{label}”, which only {true} of the texts are. Where does this preference come from?",
        ).format(share=_percent(raw.favoured_share), label=found.labels[raw.favoured], true=_percent(found.shares[raw.favoured])),
        Text(
            zh="从预训练：在“类别：”后面，有的词本来就更常见（常见词偏差），列出选项时靠后或靠前的又更占便宜（位置偏差）。这是 p(标签 | 模板)，与文本无关，所以可以用没有内容的输入估出来，再除掉。",
            en="From pretraining: after “Category:” some words are simply more frequent (common token bias), and in a list of options the place matters"
            " (position or recency bias). This is p(label | template), which doesn't depend on the text, so it can be estimated on inputs without content and"
            " divided out.",
        ),
    )  # fmt: skip


def _flipped(found: Findings) -> FollowUp | None:
    before = found.choice("raw")
    other = [name for name in ("contextual", "domain", "pmi", "batch") if found.choice(name) != before]
    if not other:
        return None
    return FollowUp(
        Text(
            zh="在你的模板下，原始得分选“{before}”，{method}选“{after}”。信哪个？",
            en="In your template the raw score says “{before}”, after {method} calibration it is “{after}”. Which do you trust?",
        ).format(before=before, method=NAMES[other[0]], after=found.choice(other[0])),
        Text(
            zh="单条文本判断不了：校准改的是所有文本共用的门槛，只能在一批有标签的文本上看它总体是否更准。若各类本来就很不平衡，批校准会把预测硬拉平，这时原始的可能才对。",
            en="One text can't tell. Calibration moves a threshold that all texts share, so look whether it is more accurate on labelled texts as a whole. Where"
            " the classes really are imbalanced, batch calibration pulls the predictions level, and the raw answer may be the right one.",
        ),
    )


_HARM = {
    "contextual": Text(
        zh="它估的是模板加假文本的偏好，不是真实文本上的偏好：N/A 或空串本身也有含义（可能像差评、像“其他”），一组假输入的均值方差还很大。换几种无内容输入看先验是否一致，或改用批校准，后者直接用真实文本的平均预测。",
        en="It estimates the preference on a fake input, not on real ones: “N/A” or nothing has a meaning of its own (it may look like a complaint), and a mean"
        " of a few such inputs varies. See whether several content-free inputs agree, or use batch calibration, which takes the mean prediction for real texts.",
    ),
    "domain": Text(
        zh="它的假文本由随机词拼成：碰巧抽到褒贬强烈或只属于某一类的词，先验就偏了，而且只抽了几条。多抽几条、换种子看先验是否稳定，或改用批校准，后者直接用真实文本的平均预测。",
        en="Its fake texts are made of random words: a few strong words, or words of one class, tilt the prior, and only a few such texts are drawn. Draw more, see whether"
        " the prior is stable over seeds, or use batch calibration, which takes the mean prediction for real texts.",
    ),
    "pmi": Text(
        zh="它的先验取自一个短前提，没有文本，也没有选项列表：模型在那里偏爱的词，和在整个提示之后偏爱的不是一回事，除掉它就可能矫枉过正。把前提写得更像真实的提示，或改用在同一模板里估先验的方法。",
        en="Its prior comes from a short premise, without a text and without the list of options: what the model prefers there isn't what it prefers after the whole prompt,"
        " so dividing by it can overcorrect. Make the premise more like the real prompt, or estimate the prior within the same template.",
    ),
    "batch": Text(
        zh="它把这批文本的平均预测当成偏好。各类不均衡时，平均预测里有一部分是信号，除掉它就把答案推向少数类；文本太少，平均也不稳。换一个均衡的样本，把校正打个折，或改用无内容输入的先验。",
        en="It takes the mean prediction over these texts for the preference. Where classes are imbalanced part of that mean is signal, and dividing by it pushes answers"
        " towards the rare class; with few texts the mean is unstable too. Use a balanced sample, shrink the correction, or take a prior from content-free inputs.",
    ),
}


def _hurts(found: Findings) -> FollowUp | None:
    if not found.worse:
        return None
    name = found.worse[0]
    return FollowUp(
        Text(
            zh="{method}比原始少对 {gain} 个百分点，校准怎么会帮倒忙？",
            en="With {method} calibration accuracy falls by {gain} points. How can calibrating do harm?",
        ).format(method=NAMES[name], gain=_points(found.methods[name])),
        _HARM[name],
    )


def _mass(found: Findings) -> FollowUp | None:
    if found.competition.total >= LITTLE:
        return None
    return FollowUp(
        Text(
            zh="在整个词表里，这几个标签合起来只有 {total} 的概率。其余的去哪了，只在标签里归一化有什么后果？",
            en="Of the whole vocabulary's probability these labels get only {total}. Where is the rest, and what does normalizing over the labels alone do?",
        ).format(total=f"{100 * found.competition.total:.2g}%"),
        Text(
            zh="去了同义的说法、别的格式和不相干的续写，这就是词形竞争：概率按词形分，不按意思分，“好”会被“不错”“很好”分走。归一化之后看起来有把握，其实是在一小块概率里比大小；同义词多的标签吃亏。办法：PMI、给每类几个词再相加、把选项列在提示里。",
            en="It went to synonyms, other formats and unrelated continuations: surface-form competition. Probability is shared by form, not by meaning, so “good” loses"
            " to “great” and “fine”. After normalizing, the answer looks confident while it compares slivers, and labels with many synonyms lose. Remedies: PMI,"
            " several words a class summed up, or listing the options in the prompt.",
        ),
    )


def _semantics(found: Findings) -> FollowUp | None:
    renamed = [name for name, own in zip(found.labels, found.words, strict=True) if own != (name,)]
    chance = 1 / len(found.labels)
    if found.assignments is None or not renamed or found.assignments.own.value >= chance:
        return None
    # Words that fit no class, such as letters, are near chance by every assignment: then no meaning won.
    if (found.assignments.best.low or 0.0) <= chance:
        return None
    return FollowUp(
        Text(
            zh="按你写的对应，批校准只对 {own}；换成最好的对应是 {best}。模型听的是说明还是词义？",
            en="By the words as typed batch calibration is right on {own}, by the best assignment on {best}. Does the model follow instructions or meanings?",
        ).format(own=_percent(found.assignments.own.value), best=_percent(found.assignments.best.value)),
        Text(
            zh="听词义。这些词在预训练里已经有了意思，提示里写“类名 = 词”压不过它。Wei 等（2023）发现，只有大模型才能被翻转的示例带着改口，而指令微调反而加强了对词义的依赖。所以标签要选意思对的词，不要选编号或反义词。",
            en="Meanings. The words have theirs from pretraining, and writing “class = word” in the prompt doesn't override it. Wei et al. (2023) found that only large models"
            " are turned round by flipped examples, and that instruction tuning makes them lean on meanings even more. So choose words that mean the class, not codes"
            " or antonyms.",
        ),
    )


def _picked(found: Findings) -> FollowUp | None:
    picked = found.picked
    if picked is None or picked.seen.value - picked.held_out.value < 0.03:
        return None
    return FollowUp(
        Text(
            zh="在一半文本上挑出的最好模板，在那一半上对 {seen}，在另一半上对 {held}。差距说明什么？",
            en="The best template on half of the texts is right on {seen} of them and on {held} of the other half. What does the gap say?",
        ).format(seen=_percent(picked.seen.value), held=_percent(picked.held_out.value)),
        Text(
            zh="那是挑选带来的乐观偏差：从许多模板里取最大值，会把运气也选进来。文本越少、模板越多，偏差越大。而且挑模板用了标签，应称为少样本，和零样本的数字不能并列（Perez 等，2021）。",
            en="It is the optimism of selection: the maximum of many templates selects luck too, the more so the fewer the texts and the more the templates. And choosing with"
            " labels is few-shot: such a figure doesn't belong beside zero-shot ones (Perez et al. 2021).",
        ),
    )


def _vectors(found: Findings) -> FollowUp | None:
    near, raw = found.methods["vectors"], found.methods["raw"]
    if near.accuracy is None or raw.accuracy is None or near.against is None or near.against.side == 0:
        return None
    return FollowUp(
        Text(
            zh="句向量对 {near}，提示的原始得分平均对 {raw}，差的区间不含零。怎样选？",
            en="Vectors are right on {near}, the raw prompt score on {raw} on average, and the interval of the difference excludes zero. How do you choose?",
        ).format(near=_percent(near.accuracy.value), raw=_percent(raw.accuracy.value)),
        Text(
            zh="句向量不用模板，标签的向量只算一次，标签再多也只是一次检索，时延和成本低得多；它只看相似，分不清褒贬、否定和角色。专门训练过的嵌入模型或 NLI 模型要强得多，这里的句向量只是下限。按准确率、标签个数和成本一起选，也可以向量召回、提示重排。",
            en="Vectors need no template, label vectors are computed once, and hundreds of labels are one lookup, so latency and cost are far lower; but they see likeness"
            " alone, not polarity, negation or roles. A trained embedder or NLI model is much stronger, and these vectors are a lower bound. Weigh accuracy, number of"
            " labels and cost together; or recall by vectors and rerank by prompt.",
        ),
    )


def _unlabelled(found: Findings) -> FollowUp | None:
    if found.labelled:
        return None
    raw = found.methods["raw"]
    return FollowUp(
        Text(
            zh="没有标签，{all} 个模板里有 {n} 个给出同一个答案。这能说明它对吗？",
            en="Without labels, {n} of {all} templates give the same answer. Does this show that it is right?",
        ).format(all=len(found.templates), n=max(raw.votes)),
        Text(
            zh="不能，模板之间共用同一个偏好，一致也可能一起错。至少人工标几十条：每条准确率的标准误约是 √(p(1−p)/n)，五十条时约 6 个百分点，够看出明显的失败。",
            en="No: the templates share one prior and may be wrong together. Label a few dozen by hand at least: the standard error is about √(p(1−p)/n), some 6 points"
            " for fifty texts, enough to see a clear failure.",
        ),
    )
