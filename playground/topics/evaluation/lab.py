"""Scores of texts and of labels, whether a difference is one, and the model as a judge. Knows nothing of how a metric counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from playground.evaluation.overlap import (
    SMOOTHINGS,
    TOKENIZERS,
    bleu,
    bleu_by_tokenizer,
    longest_matches,
    overlap,
    units_of,
)
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.shared_controls import UNITS
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.language.scripts import main_language
from playground.models.language_model import LanguageModel
from playground.statistics.paired import mcnemar, paired_bootstrap, paired_examples_needed
from playground.topics.evaluation import cases, interview
from playground.topics.evaluation.comparing import calibrate, compare, measure
from playground.topics.evaluation.cost import cost
from playground.topics.evaluation.edits import edits
from playground.topics.evaluation.findings import Findings, Hypothesis, Judged, Labels, edited_of
from playground.topics.evaluation.judge import chosen, judge, judge_set, pairwise_prompt, pointwise_prompt
from playground.topics.evaluation.panels import judge as judge_panels
from playground.topics.evaluation.panels import labels as label_panels
from playground.topics.evaluation.panels import systems as system_panels
from playground.topics.evaluation.panels import texts as text_panels
from playground.topics.evaluation.pasted_table import Labelled, read_table
from playground.topics.evaluation.reading import read
from playground.topics.evaluation.settings import MOST_CHARACTERS, MOST_REFERENCES, Result, Settings
from playground.topics.evaluation.systems import score_systems


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the scores first, then the labels' tests, what the model makes of the texts, and the judge."""
    references = references_of(settings.references)
    table = read_table(settings.table) if settings.table.strip() else None
    lm = bench.lm()
    language = main_language(references[0])
    a, b = (score(lm, text, references, settings.unit) for text in (settings.text, settings.other))
    yield Result(
        scores=text_panels.scores(a, b, language),
        bleu=text_panels.bleu_parts(a, b, settings.unit),
        signatures=text_panels.signatures(a, b),
        matches=text_panels.matches(lm, a, b, references, settings.unit),
    )
    made = edits(references[0])
    edited = edited_of(
        [(edit.kind, edit.text, edit.keeps_meaning) for edit in made],
        [overlap(edit.text, references[:1], settings.unit, lm) for edit in made],
    )
    yield Result(edits=text_panels.edited(edited, [edit.done for edit in made], references[0]))

    labels = None
    if table is not None:
        bench.progress(0.15, Text(zh="自助重抽样 {n} 次", en="{n} bootstrap resamples").format(n=settings.resamples))
        labels = score_labels(settings, table, bench)
        yield Result(
            comparison=label_panels.comparison(labels),
            power=label_panels.power(labels),
            classes=label_panels.classes(labels),
            confusion=label_panels.confusion(labels),
            calibration=label_panels.calibration(labels),
            bins=label_panels.bins(labels, settings.bins),
            read=label_panels.table_as_read(table),
        )
    bench.progress(0.3, Text(zh="两个“系统”的语料级 BLEU", en="corpus BLEU of two “systems”"))
    systems = score_systems(language)
    bench.checkpoint()
    yield Result(systems=system_panels.systems(systems))

    bench.progress(0.4, Text(zh="读三句话的概率", en="reading the probability of three texts"))
    a, b = (replace(side, reading=read(lm, side.text)) for side in (a, b))
    reading = read(lm, references[0])
    yield Result(reading=text_panels.reading(a, b, reading))

    def tell(done: int) -> None:
        words = Text(zh="判了 {done} / {of} 对", en="{done} of {of} pairs judged")
        bench.progress(0.5 + 0.4 * done / settings.pairs, words.format(done=done, of=settings.pairs))

    pairs = judge_set(lm, language, settings.pairs, tell)
    (own,) = judge(lm, language, [(references[0], settings.text, settings.other)])
    asked = chosen(language, settings.pairs)
    judged = Judged(pairs, own, tuple(bool(pair.longer) for pair in asked))
    shots, question = pairwise_prompt(language, references[0], settings.text, settings.other)
    alone_shots, alone = pointwise_prompt(language, references[0], settings.text)
    yield Result(
        findings=Findings(settings.unit, len(references), a, b, edited, reading, labels, systems, judged),
        judge=judge_panels.judged(judged),
        pairs=judge_panels.pairs(judged, asked),
        prompt=judge_panels.prompt(shots + question, alone_shots + alone),
    )


def references_of(text: str) -> list[str]:
    """Splits the references by lines, without blank and repeated ones. Raises PlaygroundError for too many or too long ones."""
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if len(lines) > MOST_REFERENCES:
        raise PlaygroundError(
            Text(
                zh="“参考译文”有 {n} 行，最多 {most} 行；每行是同一句话的一种译法。",
                en="“References” has {n} lines, {most} at most; each line is one translation of the same sentence.",
            ).format(n=len(lines), most=MOST_REFERENCES),
            "references",
        )
    longest = max(map(len, lines))
    if longest > MOST_CHARACTERS:
        raise PlaygroundError(
            Text(
                zh="“参考译文”有一行长 {n} 个字符，每行最多 {most} 个。",
                en="A line of “References” has {n} characters; a line may have {most} at most.",
            ).format(n=longest, most=MOST_CHARACTERS),
            "references",
        )
    return lines


def score(lm: LanguageModel, text: str, references: list[str], unit: str) -> Hypothesis:
    """Scores one hypothesis by every unit, smoothing and tokenizer; what the model makes of it is read later, as it takes longer."""
    cut = units_of(text, unit, lm)
    others = [units_of(reference, unit, lm) for reference in references]
    return Hypothesis(
        text=text,
        by_unit={name: overlap(text, references, name, lm) for name in UNITS},
        smoothed={smoothing: bleu([cut], [others], smoothing).score for smoothing in SMOOTHINGS},
        by_tokenizer={name: bleu_by_tokenizer(text, references, name) for name in TOKENIZERS},
        longest=longest_matches(cut, others),
        reading=None,
    )


def score_labels(settings: Settings, table: Labelled, bench: Bench) -> Labels:
    """Scores the pasted labels, and tests A against B where both are there."""
    classes = table.classes
    a = measure(table.gold, table.a, classes, settings.seed, settings.resamples)
    bench.checkpoint()
    b = measure(table.gold, table.b, classes, settings.seed, settings.resamples) if table.b else None
    bench.checkpoint()
    return Labels(
        len(table.gold), classes, a, b,
        compare(table, settings.seed, settings.resamples, bench.checkpoint) if table.b else None,
        calibrate(table, settings.bins, settings.seed, settings.resamples, bench.checkpoint) if table.confidence else None,
    )  # fmt: skip


TOPIC = Topic(
    number=2,
    slug="evaluation",
    title=Text(zh="性能评估", en="Evaluation"),
    group=Group.LANGUAGE,
    settings=Settings,
    result=Result,
    leads=("scores", "edits", "comparison", "judge"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("scores", "edits", "comparison", "judge", "power", "classes"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(overlap, paired_bootstrap, mcnemar, paired_examples_needed, calibrate, judge),
)
