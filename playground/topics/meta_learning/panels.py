"""The panels of meta-learning, drawn from its numbers. Knows how no method works."""

from __future__ import annotations

from collections.abc import Sequence

from playground.lab.panels import Line, Lines, Mark, Placing, Prose, SideBySide, Table
from playground.lab.text import Label, Text
from playground.statistics.intervals import Mean, Share, mean, with_interval
from playground.topics.meta_learning.experiment import NEAREST, Drawn
from playground.topics.meta_learning.findings import Answer, Findings, Score, TextScore
from playground.topics.meta_learning.points import FIELD, HIGHEST, MOST
from playground.topics.meta_learning.settings import METHODS
from playground.topics.meta_learning.sines import REACH

DASHES = {"maml": "solid", "fomaml": "dash", "anil": "dot", "reptile": "dashdot", "joint": "dash", "none": "dot"}
NAMES: dict[str, Label] = {**METHODS, NEAREST: Text(zh="最近类均值（不训练）", en="nearest class mean (no training)")}
DOMAINS = {
    "hotel": Text(zh="酒店", en="hotel"),
    "book": Text(zh="书", en="book"),
    "computer": Text(zh="电脑", en="computer"),
}
SEED_METHOD = Text(zh="方法（{n} 个种子）", en="method ({n} seeds)")
LOSS = Text(zh="均方误差", en="mean squared error")
ACCURACY = Text(zh="准确率", en="accuracy")
STEP = Text(zh="适应步数", en="adaptation steps")
BEFORE, ONE = Text(zh="适应前", en="before"), Text(zh="一步后", en="after one step")
AGAINST = Text(zh="与联合训练之差", en="minus joint training")
DIVERGED = Text(
    zh="有的损失发散，超过 1000 的按 1000 计：学习率或步数太大。",
    en="Some losses diverged; those above 1000 count as 1000: the rate is too high or there are too many steps.",
)
# The lowest loss that a logarithmic axis shows.
LEAST = 1e-3


def number(value: Mean | None) -> str:
    """Writes a mean with its interval."""
    return "–" if value is None else with_interval(value.value, value.low, value.high, "z.2f")


def percent(value: Mean | None, signed: bool = False) -> str:
    """Writes a mean of shares in percent with its interval, cut off where a share, or a difference of two, can't be."""
    if value is None:
        return "–"
    least = -1.0 if signed else 0.0
    low, high = (None if end is None else min(max(end, least), 1.0) for end in (value.low, value.high))
    return with_interval(value.value, low, high, "z.0%")


def _line(
    name: str,
    x: Sequence[float],
    means: Sequence[Mean],
    roles: dict[str, str],
    most: float | None = None,
    markers: bool = False,
) -> Line:
    """A curve of means; a loss's band stays above 0, a share's below `most` too."""

    def end(value: float | None) -> float | None:
        low = None if value is None else max(value, 0.0 if most else LEAST)
        return low if low is None or most is None else min(low, most)

    return Line(
        NAMES[name], tuple(x), tuple(one.value if most else max(one.value, LEAST) for one in means),
        tuple(end(one.low) for one in means), tuple(end(one.high) for one in means),
        role=roles.get(name, ""), dash=DASHES[name], markers=markers,
    )  # fmt: skip


def roles(a: str, b: str) -> dict[str, str]:
    """Returns the colours of the two methods whose curves are drawn."""
    return {b: "b", a: "a"}


def training(steps: Sequence[int], losses: dict[str, list[list[float]]], own: dict[str, str], label: Label) -> Lines:
    """Draws losses by outer step; `losses`: by method, a row for each look with a number for each seed."""
    return Lines(
        tuple(_line(name, tuple(map(float, steps)), [mean(row) for row in rows], own) for name, rows in losses.items()),
        x_label=Text(zh="外循环步", en="outer step"),
        y_label=label,
        log_y=True,
    )


def by_step(found: Findings, own: dict[str, str]) -> Lines:
    """Draws losses on unseen tasks before adaptation and after each step."""
    return Lines(
        tuple(_line(name, range(len(one.by_step)), one.by_step, own) for name, one in found.scores.items()),
        x_label=STEP,
        y_label=LOSS,
        log_y=True,
        caveat=_diverged(found.scores),
        warning=_diverged(found.scores) is not None,
    )


def _diverged(scores: dict[str, Score]) -> Text | None:
    return DIVERGED if any(one.diverged for one in scores.values()) else None


def methods(found: Findings) -> Table:
    """Tabulates the methods; the lowest loss after one step is marked."""
    last = len(found.scores["maml"].by_step) - 1
    return Table(
        (
            SEED_METHOD.format(n=found.seeds), BEFORE, ONE, Text(zh="{n} 步后", en="after {n} steps").format(n=last),
            AGAINST, Text(zh="与 MAML 之差", en="minus MAML"),
        ),
        tuple(
            (NAMES[name], number(one.before), number(one.one), number(one.end), number(one.against), number(one.to_maml))
            for name, one in found.scores.items()
        ),
        (list(found.scores).index(found.best),),
        caveat=_diverged(found.scores),
        warning=_diverged(found.scores) is not None,
    )  # fmt: skip


def curves(drawn: Drawn, a: str, b: str) -> SideBySide[Lines]:
    """Draws an unseen task by two methods."""
    return SideBySide(_curves(drawn, a, "a"), _curves(drawn, b, "b"), a_label=METHODS[a], b_label=METHODS[b])


def _curves(drawn: Drawn, method: str, role: str) -> Lines:
    def line(name: Label, y: tuple[float, ...], dash: str, role: str = "") -> Line:
        return Line(name, drawn.x, y, dash=dash, markers=False, role=role)

    return Lines(
        (
            line(Text(zh="真实曲线", en="the task"), drawn.truth, "solid"),
            line(BEFORE, drawn.before[method], "dot"),
            line(ONE, drawn.one[method], "solid", role),
            line(Text(zh="10 步后", en="after 10 steps"), drawn.end[method], "dash"),
        ),
        x_label="x",
        y_label="y",
        marks=_support(drawn),
    )


def _support(drawn: Drawn) -> tuple[Mark, ...]:
    return tuple(Mark(x, y, "") for x, y in drawn.support)


def yours(drawn: Drawn, own: dict[str, str]) -> Lines:
    """Draws the visitor's points with a curve of every method after one step."""
    return Lines(
        tuple(
            Line(NAMES[name], drawn.x, y, role=own.get(name, ""), dash=DASHES[name], markers=False)
            for name, y in drawn.one.items()
        ),
        x_label="x",
        y_label="y",
        marks=_support(drawn),
        placing=Placing(FIELD, (-REACH, REACH), (-HIGHEST, HIGHEST), MOST),
    )


def fits(found: Findings) -> Table:
    """Tabulates the methods on the visitor's points."""
    best = min(found.fits, key=lambda name: found.fits[name].left_out.value)
    return Table(
        (Text(zh="方法（{n} 个点）", en="method ({n} points)").format(n=found.points), BEFORE, ONE, Text(zh="留一", en="left out")),
        tuple((NAMES[name], f"{one.before.value:.2f}", f"{one.after.value:.2f}", number(one.left_out)) for name, one in found.fits.items()),
        (list(found.fits).index(best),),
    )  # fmt: skip


def rates(found: Findings, own: dict[str, str]) -> Lines:
    """Draws losses after one step by the inner rate of that step."""
    return Lines(
        tuple(_line(name, found.rates, one.by_rate, own, markers=True) for name, one in found.scores.items()),
        x_label=Text(zh="适应时的学习率", en="rate of the step"),
        y_label=LOSS,
        log_x=True,
        log_y=True,
        marks=(
            Mark(found.rate, max(found.scores["maml"].one.value, LEAST), Text(zh="元训练用的", en="meta-trained for")),
        ),
    )


def cost(found: Findings) -> Table:
    """Tabulates the cost of the trained methods."""
    return Table(
        (
            Text(zh="方法", en="method"), Text(zh="每任务反向次数", en="backward passes per task"),
            Text(zh="其中穿过梯度的", en="of them through a gradient"), "ms", Text(zh="比一阶", en="of first order"),
        ),
        tuple(
            (NAMES[name], one.backward, one.second, f"{found.measured[name]:.1f}", f"{found.measured[name] / found.measured['fomaml']:.2f}×")
            for name, one in found.passes.items()
        ),
        measured=True,
        caveat=Text(zh="网络很小，毫秒数里大半是调度开销；反向次数与网络大小无关。",
                    en="The networks are small, so much of the time is dispatch; the counts hold for any size."),
    )  # fmt: skip


def text_by_step(found: Findings, own: dict[str, str]) -> Lines:
    """Draws accuracies on unseen text tasks before adaptation and after each step."""
    return Lines(
        tuple(
            _line(name, range(len(one.by_step)), one.by_step, own, most=1.0)
            for name, one in found.texts.items()
            if name != NEAREST
        ),
        x_label=STEP,
        y_label=ACCURACY,
    )


def texts(found: Findings) -> Table:
    """Tabulates the methods on texts; the best after one step is marked."""
    best = max(found.texts, key=lambda name: found.texts[name].one.value)
    last = len(found.texts["maml"].by_step) - 1
    return Table(
        (SEED_METHOD.format(n=found.seeds), Text(zh="训练任务，不看支持集", en="training tasks, no support"), BEFORE, ONE, Text(zh="{n} 步后", en="after {n} steps").format(n=last), AGAINST, Text(zh="与 MAML 之差", en="minus MAML")),
        tuple(
            (NAMES[name], percent(one.without), "–" if name == NEAREST else percent(one.by_step[0]), percent(one.one), "–" if name == NEAREST else percent(one.end),
             percent(one.against, True), percent(one.to_maml, True))
            for name, one in found.texts.items()
        ),
        (list(found.texts).index(best),),
        caveat=Text(zh="{ways} 选一，乱猜是 {chance}；每类 {shots} 条支持样本。",
                    en="One of {ways}: guessing gives {chance}; {shots} support reviews per class.").format(
            ways=found.ways, chance=f"{found.chance:.0%}", shots=found.text_shots),
    )  # fmt: skip


def in_context(found: Findings) -> Table:
    """Tabulates the language model's accuracy on a few tasks beside that of the networks."""
    own = found.in_context
    rows: list[tuple[Label, Label]] = [
        (Text(zh="语言模型，标签是领域名", en="language model, labels are domain names"), _share(own.named)),
        (Text(zh="语言模型，标签是字母", en="language model, labels are letters"), _share(own.letters)),
        *((NAMES[name], percent(one.on_prompts)) for name, one in found.texts.items()),
    ]
    return Table(
        (Text(zh="方法（{n} 个任务）", en="method ({n} tasks)").format(n=own.tasks), Text(zh="准确率", en="accuracy")),
        tuple(rows),
        caveat=Text(zh="语言模型一行是 Wilson 区间，网络是种子间的 t 区间：后者只反映初值与训练的波动，没有反映查询样本少。",
                    en="Wilson intervals for the language model, t intervals over seeds for the networks: these show only the spread of starts and training, not how few the queries are."),
    )  # fmt: skip


def _share(found: Share) -> Text:
    return Text(zh="{interval}，{right}/{count}", en="{interval}, {right} of {count}").format(
        interval=with_interval(found.value, found.low, found.high, ".0%"), right=found.right, count=found.count
    )


def answers(found: Findings) -> Table:
    """Tabulates the answers about the visitor's review."""

    def row(name: Label, answer: Answer, sure: bool = True) -> tuple[Label, Label, Label]:
        return name, DOMAINS[answer.domain], f"{answer.probability:.0%}" if sure else "–"

    own = found.in_context
    return Table(
        (Text(zh="谁", en="who"), Text(zh="回答", en="answer"), Text(zh="概率", en="probability")),
        (
            row(Text(zh="语言模型，领域名", en="language model, names"), own.named_answer),
            row(Text(zh="语言模型，字母", en="language model, letters"), own.letters_answer),
            *(row(NAMES[name], _answer(one), name != NEAREST) for name, one in found.texts.items()),
        ),
    )


def _answer(one: TextScore) -> Answer:
    return one.answer


def prompt(written: str, own: str) -> Prose:
    """Writes the first prompt, up to where the language model answers about the visitor's review."""
    return Prose(Text(written + own, written + own))
