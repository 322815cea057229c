"""Topic 4: networks that overfit in front of the visitor, A beside B, and what regularization, early stopping and augmentation change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.topic import Group, Topic
from playground.language.augmentation import augment, flip_negation
from playground.language.sentence_vectors import average_embeddings
from playground.learning.stack import Member
from playground.learning.training import train
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import mean
from playground.topics.overfitting import cases, interview, panels
from playground.topics.overfitting.beside import Beside
from playground.topics.overfitting.corpus import Corpus, corpus
from playground.topics.overfitting.cost import cost
from playground.topics.overfitting.features import Scale, embed, variants
from playground.topics.overfitting.findings import (
    Findings,
    Forgotten,
    Point,
    compared,
    curves,
    differences,
    point,
    side,
)
from playground.topics.overfitting.fitting import (
    Fitting,
    Measured,
    Reviews,
    Run,
    chosen_rows,
    shuffled,
    with_noise,
)
from playground.topics.overfitting.sentences import Sentence, sentences_of, worth_showing
from playground.topics.overfitting.settings import MOST_ENGLISH, Result, Settings
from playground.topics.overfitting.stopping import early_stop

COPIES = 2
# Drawings while training: enough to see the curves grow, few enough to be drawn.
DRAWINGS = 30
MOST_BESIDE = 300


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the augmented sentences, then growing curves of A and B, then the experiments beside them; findings last."""
    language = Language(settings.corpus)
    _check(settings)
    own = sentences_of(settings.text, (), language, settings.share, settings.seed)
    yield Result(sentences=panels.sentences(own, language))

    reviews = corpus(language)
    # Of the first ones, so that the search is short.
    examples = worth_showing(reviews.training[:200], language)
    shown = sentences_of(settings.text, examples, language, settings.share, settings.seed)

    laboratory = Laboratory(settings, bench.lm(), reviews, shown, bench)
    main = laboratory.sides()
    measured: list[Measured] = []
    points: tuple[list[Point], list[Point]] = ([], [])
    a_runs, b_runs = slice(0, settings.networks), slice(settings.networks, None)
    stride = -(-settings.epochs // DRAWINGS)
    for now in main.epochs(settings.epochs, bench.checkpoint):
        measured.append(now)
        for found, runs in zip(points, (a_runs, b_runs), strict=True):
            found.append(point(now, runs))
        bench.progress(
            0.3 + 0.3 * now.epoch / settings.epochs,
            Text(zh="第 {n} 轮，共 {all} 轮", en="epoch {n} of {all}").format(n=now.epoch, all=settings.epochs),
        )
        if now.epoch % stride == 0 and now.epoch < settings.epochs:
            a_curves, b_curves = map(curves, points)
            yield Result(
                losses=panels.losses(a_curves, b_curves, settings),
                accuracies=panels.accuracies(a_curves, b_curves, settings),
                gap=panels.gap(a_curves, b_curves),
                norms=panels.norms(a_curves, b_curves),
            )
    a = side(measured, points[0], a_runs, settings.a.patience)
    b = side(measured, points[1], b_runs, settings.b.patience)
    forgotten = _forgotten(main, measured[-1], settings)
    difference = compared(measured, a, b, settings.networks, "held_out_accuracy")
    loss_difference = compared(measured, a, b, settings.networks, "held_out_loss")
    yield Result(
        sentences=panels.sentences(shown, language, a.own, b.own),
        summary=panels.summary(a, b, difference, loss_difference),
        losses=panels.losses(a.curves, b.curves, settings, (a, b)),
        accuracies=panels.accuracies(a.curves, b.curves, settings, (a, b)),
        gap=panels.gap(a.curves, b.curves),
        norms=panels.norms(a.curves, b.curves),
        stops=panels.stops(a, b),
        mistakes=panels.mistakes(a, b, forgotten),
    )

    beside = laboratory.beside()
    for noise in beside.epochs(settings.epochs, bench):
        yield Result(noise=panels.noise(noise))
    augmented = beside.augmented()
    findings = Findings(
        language=language,
        examples=main.chosen.shape[1],
        beside=beside.examples,
        wrong=round(settings.noise * main.chosen.shape[1]),
        validation=len(reviews.validation),
        held_out=len(reviews.held_out),
        epochs=settings.epochs,
        networks=settings.networks,
        a=a,
        b=b,
        difference=difference,
        loss_difference=loss_difference,
        forgotten=forgotten,
        noise=beside.noise(),
        none=beside.none(),
        augmented=augmented,
    )
    yield Result(findings=findings, augmentations=panels.augmentations(augmented, beside.examples))


class Laboratory:
    """The features of a run, standardized, and the trainings made of them."""

    def __init__(
        self, settings: Settings, lm: LanguageModel, reviews: Corpus, shown: tuple[Sentence, ...], bench: Bench
    ) -> None:
        self._settings, self._lm, self._bench = settings, lm, bench
        self._language = Language(settings.corpus)
        self._pool = reviews.pool(settings.examples)
        self._beside_pool = reviews.pool(min(settings.examples, MOST_BESIDE))
        vectors = embed(lm, [item.text for item in self._pool], self._told(0.0, 0.15, len(self._pool)))
        self._scale = Scale.of(vectors)
        self._features = self._scale(vectors)
        self._labels = torch.tensor([item.label for item in self._pool])
        rest = [
            Reviews(
                self._scale(embed(lm, [item.text for item in part], self._told(0.15, 0.2, len(part)))),
                torch.tensor([item.label for item in part]),
            )
            for part in (reviews.validation, reviews.held_out)
        ]
        self._validation, self._held_out = rest
        self._own = self._scale(average_embeddings(lm, [item.text for item in shown]))
        self._made: dict[tuple[str, int], Tensor] = {}

    def _told(self, first: float, last: float, count: int) -> Callable[[int], None]:
        def tell(done: int) -> None:
            self._bench.progress(
                first + (last - first) * min(done / count, 1),
                Text(zh="评论的向量：{n} / {all}", en="vectors of reviews: {n} of {all}").format(n=done, all=count),
            )

        return tell

    def _variants(self, kind: str, count: int) -> Tensor | None:
        """Returns features (copies, count, hidden) of variants of the pool's first reviews, made once; None for no augmentation."""
        if kind == "none":
            return None
        if (kind, count) not in self._made:
            texts = [item.text for item in self._pool[:count]]
            told = self._told(0.2, 0.3, COPIES * count)
            self._made[kind, count] = self._scale(
                variants(
                    self._lm, texts, self._language, kind,
                    share=self._settings.share, copies=COPIES, seed=self._settings.seed, tell=told,
                )
            )  # fmt: skip
        return self._made[kind, count]

    def _seeds(self) -> range:
        # Networks of neighbouring seeds of the run are different ones.
        first = 1000 * self._settings.seed
        return range(first, first + self._settings.networks)

    def sides(self) -> Fitting:
        """Returns the stack of A's networks and then B's, in the order of their seeds; equal seeds have equal examples and labels."""
        settings, runs = self._settings, []
        for recipe in (settings.a, settings.b):
            made = self._variants(recipe.augmentation, len(self._pool))
            for seed in self._seeds():
                rows = chosen_rows(len(self._pool), settings.examples, seed)
                labels = with_noise(self._labels[rows], settings.noise, seed)
                runs.append(Run(Member(seed, recipe.width, recipe.dropout), recipe.decay, rows, labels, made))
        return Fitting(runs, self._features, self._validation, self._held_out, self._own)

    def beside(self) -> Beside:
        """Returns the experiments with A's recipe: shuffled labels, and every augmentation, on real labels."""
        recipe, count = self._settings.a, len(self._beside_pool)
        made = {kind: self._variants(kind, count) for kind in ("insert", "replace", "delete", "flip")}
        return Beside(
            [Member(seed, recipe.width, recipe.dropout) for seed in self._seeds()],
            recipe.decay,
            min(self._settings.examples, MOST_BESIDE),
            self._features[:count],
            self._labels[:count],
            {kind: features for kind, features in made.items() if features is not None},
            self._validation,
            self._held_out,
        )


def _forgotten(fitting: Fitting, last: Measured, settings: Settings) -> Forgotten | None:
    """Measures the last weights of B, or of A where B has none, with dropout left on; None without dropout."""
    for name, recipe, first in (("B", settings.b, settings.networks), ("A", settings.a, 0)):
        if recipe.dropout:
            losses, accuracies, flipped = fitting.held_out_with_dropout()
            runs = slice(first, first + settings.networks)
            off, loss_off = last.held_out_accuracy[runs].tolist(), last.held_out_loss[runs].tolist()
            on, loss_on = accuracies[runs].tolist(), losses[runs].tolist()
            return Forgotten(
                name, mean(off), mean(on), differences(on, off), mean(loss_off), mean(loss_on),
                differences(loss_on, loss_off), mean(flipped[runs].tolist()),
            )  # fmt: skip
    return None


def _check(settings: Settings) -> None:
    """Refuses a sentence without a word, and more English examples than there are."""
    if not any(character.isalnum() for character in settings.text):
        raise PlaygroundError(
            Text(
                zh="这句评论里没有文字，没有词可以插入、替换或删除；请输入一句中文或英文评论。",
                en="The review has no word to insert, replace or delete; type a sentence in Chinese or English.",
            ),
            field="text",
        )
    if settings.corpus == "en" and settings.examples > MOST_ENGLISH:
        raise PlaygroundError(
            Text(
                zh="英文评论一共 480 条，留出验证和测试以后最多训练 {most} 条；请把训练样本减到 {most} 以内，或改用中文评论。",
                en="There are 480 English reviews, of which at most {most} are for training; choose {most} or fewer training examples, or Chinese reviews.",
            ).format(most=MOST_ENGLISH),
            field="examples",
        )


TOPIC = Topic(
    number=4,
    slug="overfitting",
    title=Text(zh="过拟合", en="Overfitting"),
    group=Group.LEARNING,
    settings=Settings,
    result=Result,
    leads=("summary", "losses", "gap", "norms"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("summary", "losses", "noise"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(early_stop, Fitting, with_noise, shuffled, augment, flip_negation, train),
)
