"""Topic 23: labelled lines classified by four methods, each tested on lines that it didn't learn from; which labels to doubt; when to abstain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from playground.explanation.attribution import attribution_panel
from playground.explanation.lime_text import lime
from playground.explanation.removal import cut, merge
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.lab.timing import Stopwatch
from playground.lab.token_panels import Attribution
from playground.lab.topic import Group, Topic
from playground.language.scripts import main_language
from playground.learning.confident import likely_mislabelled
from playground.statistics.intervals import share
from playground.topics.classification import cases, interview, panels
from playground.topics.classification.cost import cost
from playground.topics.classification.experiment import TRAINED, Experiment, joined
from playground.topics.classification.features import Features, TfIdf
from playground.topics.classification.few_shot import FewShot
from playground.topics.classification.findings import METHODS, Findings, Method
from playground.topics.classification.fitting import Classifier, Numbers, cross_validate, select_and_validate
from playground.topics.classification.judging import abstain, compare, cover, spoil, spread
from playground.topics.classification.pasted_lines import deal_folds, read_lines
from playground.topics.classification.settings import Result, Settings

MOST_UNITS = 24
# Read for LIME of the prompted states; and of each sample, the frame around the text.
MOST_LIME_TOKENS, FRAME_TOKENS = 2500, 12


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields TF-IDF's scores at once, then the other methods', the curves and costs, and explanations last."""
    text = _new_text(settings.text)
    own = _experiment(settings, bench)
    classes = own.lines.classes
    words = own.words()
    features: dict[str, Features] = {"tfidf": words}
    judged: dict[str, Numbers] = {"tfidf": own.validate("tfidf", words)}
    methods: dict[str, Method] = {"tfidf": own.judge(judged["tfidf"])}
    majority = share(own.labels == np.bincount(own.labels).argmax())
    yield Result(
        scores=panels.scores(methods, None, majority, {}, own.lines), read=panels.read(own.lines, own.labels.tolist())
    )

    features["embedding"] = own.embeddings()
    before, watch = bench.cost.tokens, Stopwatch()
    features["state"] = own.states()
    reading, tokens = watch.seconds() / len(own.lines), (bench.cost.tokens - before) / len(own.lines)
    for name in TRAINED[1:]:
        judged[name] = own.validate(name, features[name])
        methods[name] = own.judge(judged[name])
    fitted = {name: own.train(name, features[name]) for name in TRAINED}
    answers = {name: fitted[name].probabilities(features[name].read([text])) for name in TRAINED}
    yield Result(
        scores=panels.scores(methods, None, majority, {}, own.lines),
        answers=panels.answers(_named(answers, classes), classes),
    )
    if settings.method != "prompt":
        yield _look_into(own, judged, methods[settings.method])
    bench.progress(0.45, Text(zh="学习曲线", en="learning curves"))
    curve = {name: own.learn(name, features[name], judged[name]) for name in TRAINED}
    leaks = own.leaks(words)
    yield Result(curve=panels.curve(curve), leaks=panels.leaks(leaks))

    asked = FewShot(own.lm, classes, own.language)
    prompted = own.prompt(asked)
    judged["prompt"] = prompted.calibrated[prompted.shots]
    methods["prompt"] = own.judge(judged["prompt"], own.tested)
    plain = own.judge(prompted.plain[prompted.shots], own.tested)
    curve["prompt"] = tuple(prompted.curve(own.labels[own.tested]))
    prefix = asked.read(joined(own.rounds(None)[: prompted.shots]))
    _, everything = asked.classify(prefix, [text, *own.unrelated])
    answers["prompt"] = everything[:1]
    unrelated = {name: fitted[name].probabilities(features[name].read(own.unrelated)) for name in TRAINED}
    unrelated["prompt"] = everything[1:]
    right = {
        name: dict(zip(lines.tolist(), (judged[name].argmax(1) == own.labels[lines]).tolist(), strict=True))
        for name in METHODS
        for lines in [own.tested if name == "prompt" else np.arange(len(own.lines))]
    }
    labels = {name: own.labels[own.tested] if name == "prompt" else own.labels for name in METHODS}
    listed, suspects = own.suspects(judged, settings.method)
    quick = {name: own.timed(features[name], fitted[name]) for name in TRAINED[:2]}
    found = Findings(
        lines=len(own.lines),
        classes=classes,
        sizes=tuple(np.bincount(own.labels, minlength=len(classes)).tolist()),
        language=str(own.language),
        folds=int(own.folds.max()) + 1,
        repeated=own.lines.repeated,
        single=own.lines.single,
        cut=own.lines.cut,
        disputed=len(own.lines.disputed),
        methods=methods,
        plain=plain,
        asked=len(own.tested),
        shots=prompted.shots,
        prompt_tokens=prefix.length,
        cut_examples=prompted.cut_examples,
        cut_asked=prompted.cut_asked,
        curve=curve,
        majority=majority,
        gaps=compare(right, settings.seed),
        covered={name: cover(judged[name], labels[name]) for name in METHODS},
        answered={name: abstain(judged[name], labels[name], unrelated[name], settings.threshold) for name in METHODS},
        suspects=suspects,
        spoiled=own.spoiled(listed, settings.method),
        leaks=leaks,
        text=text,
        answers=_named(answers, classes),
        tokens={"tfidf": 0.0, "embedding": 0.0, "state": tokens, "prompt": asked.tokens(own.lines.texts)},
        measured={**quick, "state": 1000 * reading, "prompt": 1000 * prompted.seconds},
    )
    yield Result(
        findings=found,
        scores=panels.scores(methods, plain, majority, curve, own.lines, (found.cut_examples, found.cut_asked)),
        curve=panels.curve(curve),
        answers=panels.answers(found.answers, classes),
        cost=panels.cost(found, settings.price),
        trade=panels.trade(found),
        coverage=panels.coverage(found),
        abstained=panels.abstained(found),
        pairs=panels.pairs(found.gaps),
    )
    if settings.method == "prompt":
        yield _look_into(own, judged, methods["prompt"])
    yield from _explain(own, features, fitted, text, found.choice("state"))


def _new_text(text: str) -> str:
    if not any(map(str.isalnum, text)):
        raise PlaygroundError(
            Text(
                zh="“新文本”里没有字母、汉字或数字，无从分类。请输入至少一个词。",
                en="“New text” has no letter or digit, so there is nothing to classify: type at least one word.",
            ),
            "text",
        )
    return " ".join(text.split())


def _experiment(settings: Settings, bench: Bench) -> Experiment:
    lines = read_lines(settings.lines)
    unspoiled = np.array(lines.labels, dtype=np.int64)
    folds = deal_folds(lines, settings.folds, settings.seed)
    return Experiment(
        settings=settings,
        bench=bench,
        lm=bench.lm(),
        lines=lines,
        unspoiled=unspoiled,
        labels=spoil(unspoiled, len(lines.classes), settings.noise, settings.seed),
        folds=folds,
        tested=spread(folds, settings.asked, settings.seed),
        language=main_language(" ".join(lines.texts)),
    )


def _named(answers: Mapping[str, Numbers], classes: Sequence[str]) -> dict[str, dict[str, float]]:
    return {name: dict(zip(classes, map(float, rows[0]), strict=True)) for name, rows in answers.items()}


def _look_into(own: Experiment, judged: Mapping[str, Numbers], method: Method) -> Result:
    """Draws what is shown of one method alone."""
    listed, suspects = own.suspects(judged, own.settings.method)
    return Result(
        suspects=panels.suspects(suspects, own.spoiled(listed, own.settings.method)),
        confusion=panels.confusion(method),
        by_class=panels.by_class(method),
    )


def _explain(
    own: Experiment, features: Mapping[str, Features], fitted: Mapping[str, Classifier], text: str, name: str
) -> Iterator[Result]:
    """Explains two methods' probability of the same class of the new text."""
    parts = merge(cut(text, "word", own.lm), MOST_UNITS)
    place = own.lines.classes.index(name)
    target = Text(zh="判为“{name}”的概率", en="probability of “{name}”").format(name=name)

    # Of a long text as many samples as its tokens allow; half of them are taken out on average.
    tokens = len(own.lm.encode(text)) / 2 + FRAME_TOKENS
    samples = min(own.settings.samples, max(2 * len(parts) + 2, int(MOST_LIME_TOKENS / tokens)))

    def explain(method: str) -> Attribution:
        def probability(texts: Sequence[str]) -> Numbers:
            return fitted[method].probabilities(features[method].read(texts))[:, place]

        *_, weights = lime(parts, probability, samples=samples, seed=own.settings.seed)
        return attribution_panel("LIME", target, parts, weights)

    yield Result(by_words=explain("tfidf"))
    own.bench.progress(0.9, Text(zh="LIME：读扰动后的文本", en="LIME: reading perturbed texts"))
    yield Result(by_state=explain("state"))


TOPIC = Topic(
    number=23,
    slug="classification",
    title=Text(zh="文本分类", en="Text classification"),
    group=Group.UNDERSTANDING,
    settings=Settings,
    result=Result,
    leads=("answers", "scores", "curve", "suspects"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("scores", "suspects", "pairs"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    asides=cases.ASIDES,
    code=(
        cross_validate, deal_folds, TfIdf, FewShot.log_probabilities, likely_mislabelled, cover, select_and_validate,
    ),
)  # fmt: skip
