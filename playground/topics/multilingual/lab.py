"""Topic 5: two languages of unequal size in one training, and what one model makes of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from playground.data.reviews import Labelled
from playground.data.sets import translations
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.topic import Group, Topic
from playground.language.scripts import script_of
from playground.language.sentence_vectors import layer_of
from playground.language.token_scripts import vocabulary_scripts
from playground.learning.mixing import temperature_shares, unimax_shares
from playground.models.language_model import LanguageModel
from playground.topics.multilingual import cases, experiment, interview, language_lens, neutrality, panels, tax
from playground.topics.multilingual.cost import cost
from playground.topics.multilingual.experiment import Laboratory, Plan
from playground.topics.multilingual.findings import Findings
from playground.topics.multilingual.settings import MOST_ENGLISH, Result, Settings
from playground.topics.multilingual.texts import parts
from playground.topics.multilingual.training import draw, train
from playground.topics.multilingual.vectors import first_vectors


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields tokens and lens of the text, then the trainings, then the probes; findings before the last drawings."""
    lm = bench.lm()
    _check(lm, settings.text)
    pairs = translations()
    costs = tax.measure_tax(lm, pairs, settings.seed)
    own, scripts = tax.cost(lm, [settings.text]), tax.scripts(lm, settings.text)
    yield Result(tax=panels.tax(costs, own))

    bench.progress(0.02, Text(zh="逐层读出语言", en="reading the language of every layer"))
    reading = language_lens.read_layers(lm, settings.text)
    yield Result(lens=panels.lens(reading), lens_shares=panels.lens_shares(reading.found))

    plan = Plan(
        chinese=settings.chinese,
        english=settings.english,
        temperature=settings.temperature,
        unimax=settings.mixing == "unimax",
        epochs=settings.epochs,
        separate=settings.heads == "separate",
        tag=settings.tag,
        steps=settings.steps,
        width=settings.width,
        networks=settings.networks,
        seed=settings.seed,
    )
    laboratory = _laboratory(lm, plan, settings.held_out, bench)
    bench.progress(0.7, Text(zh="训练各种配比", en="training the mixes"))
    mixes, sweep = experiment.compare_mixes(laboratory)
    yield Result(
        accuracy=panels.accuracy(sweep, mixes),
        shares=panels.shares(plan, mixes),
        mixes=panels.mixes(plan, mixes),
    )
    bench.progress(0.8, Text(zh="改变英文数据量", en="varying the amount of English"))
    counts = experiment.amounts(plan.chinese, plan.english, _pool(plan))
    amounts = experiment.learn_from_amounts(laboratory, counts)
    designs = experiment.compare_designs(laboratory)
    yield Result(amounts=panels.amounts(amounts), designs=panels.designs(plan, designs))

    bench.progress(0.85, Text(zh="各层的语言探针", en="a language probe at every layer"))
    chosen = pairs[: settings.pairs]
    states = neutrality.mean_states(lm, [text for side in zip(*chosen, strict=True) for text in side])
    neutral = neutrality.probe_layers(
        states[:, : len(chosen)], states[:, len(chosen) :], settings.seed, lambda layer: bench.checkpoint()
    )
    yield Result(
        findings=Findings(
            vectors_layer=layer_of(lm),
            mixes=mixes,
            sweep=sweep,
            amounts=amounts,
            designs=designs,
            tax=costs,
            own=own,
            own_scripts=scripts,
            lens=reading.found,
            neutrality=neutral,
        ),
        neutrality=panels.neutrality(neutral),
    )


def _check(lm: LanguageModel, text: str) -> None:
    """Refuses a text without a letter or digit, and one that is longer than the model's context."""
    if not any(character.isalnum() for character in text):
        raise PlaygroundError(
            Text(
                zh="文本里没有字母、汉字或数字，看不出语言；请输入一句中文、英文或中英混合的话。",
                en="The text has no letter, character or digit, so it has no language; type a sentence in Chinese, English or both.",
            ),
            field="text",
        )
    if len(lm.encode(text)) > lm.context:
        raise PlaygroundError(
            Text(
                zh="文本超过了模型的上下文长度（{most} 个词元）；请缩短。",
                en="The text is longer than the model's context of {most} tokens; shorten it.",
            ).format(most=lm.context),
            field="text",
        )


def _pool(plan: Plan) -> int:
    """How many English examples a seed may choose from: enough for the learning curve's largest part."""
    return min(MOST_ENGLISH, max(plan.english, 2 * round(plan.chinese / 8)))


def _laboratory(lm: LanguageModel, plan: Plan, held_out: int, bench: Bench) -> Laboratory:
    """Computes the sentence vectors of all reviews of the run."""
    (zh_train, zh_held), (en_train, en_held) = parts(Language.ZH), parts(Language.EN)
    wanted = [(zh_train, plan.chinese), (en_train, _pool(plan)), (zh_held, held_out), (en_held, held_out)]
    total, before = sum(count for _, count in wanted), 0
    found = []
    for part, count in wanted:

        def report(done: int, before: int = before) -> None:
            bench.progress(
                0.05 + 0.65 * (before + done) / total,
                Text(zh="句向量：{done} / {all} 条评论", en="sentence vectors: {done} of {all} reviews").format(
                    done=before + done, all=total
                ),
            )

        found.append(first_vectors(lm, [item.text for item in part], count, report))
        before += count
    labels = [_labels(part, count) for part, count in wanted]
    return Laboratory(
        plan,
        experiment.gathered(found[0], found[1], [*labels[0], *labels[1]]),
        experiment.gathered(found[2], found[3], [*labels[2], *labels[3]]),
        lambda step: bench.checkpoint(),
    )


def _labels(part: Sequence[Labelled], count: int) -> list[int]:
    return [item.label for item in part[:count]]


TOPIC = Topic(
    number=5,
    slug="multilingual",
    title=Text(zh="多语言训练", en="Multilingual training"),
    group=Group.LANGUAGE,
    settings=Settings,
    result=Result,
    leads=("accuracy", "mixes", "lens", "tax"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("accuracy", "tax", "shares", "lens_shares"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(
        temperature_shares, unimax_shares, draw, train, script_of, vocabulary_scripts, language_lens.read_layers,
        neutrality.probe_layers, tax.measure_tax,
    ),
)  # fmt: skip
