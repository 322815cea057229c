"""The panels of overfitting, drawn from its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from playground.lab.panels import Bars, Line, Lines, Mark, Metric, Metrics, Series, SideBySide, Table
from playground.lab.text import Label, Language, Text
from playground.statistics.intervals import Mean, in_brackets, with_interval
from playground.topics.overfitting.findings import Augmented, Curves, Forgotten, Noise, Side
from playground.topics.overfitting.sentences import Sentence
from playground.topics.overfitting.settings import KINDS, Recipe, Settings

EPOCH = Text(zh="轮", en="epoch")
ACCURACY = Text(zh="准确率", en="accuracy")
LABELS: Mapping[int, Text] = {0: Text(zh="差评", en="complaint"), 1: Text(zh="好评", en="praise")}


def _line(name: Label, epochs: Sequence[int], found: Sequence[Mean], role: str = "", dash: str = "solid") -> Line:
    return Line(
        name,
        tuple(map(float, epochs)),
        tuple(item.value for item in found),
        tuple(item.low for item in found),
        tuple(item.high for item in found),
        role=role,
        dash=dash,
        markers=False,
    )


def _written(found: Mean, form: str = ".3f") -> str:
    return with_interval(found.value, found.low, found.high, form)


def recipe(made: Recipe) -> Text:
    """Describes a side's settings in a line: what differs from plain training."""
    zh, en = [f"{made.width} 个隐藏单元"], [f"{made.width} hidden units"]
    if made.dropout:
        zh.append(f"丢弃率 {made.dropout:g}")
        en.append(f"dropout {made.dropout:g}")
    if made.decay:
        zh.append(f"权重衰减 {made.decay:g}")
        en.append(f"weight decay {made.decay:g}")
    if made.augmentation != "none":
        kind = KINDS[made.augmentation]
        assert isinstance(kind, Text)
        zh.append(kind.zh)
        en.append(kind.en)
    if made.patience:
        zh.append(f"早停，耐心 {made.patience} 轮")
        en.append(f"early stopping, patience {made.patience}")
    return Text(" · ".join(zh), " · ".join(en))


def sentences(shown: Sequence[Sentence], language: Language, a: Sequence[float] = (), b: Sequence[float] = ()) -> Table:
    """Tabulates every sentence and its variants; with the probability of praise by each side once it is trained."""
    rows: list[tuple[int | float | Label | None, ...]] = []
    for place, item in enumerate(shown):
        source = Text(zh="你的句子", en="yours") if not item.number else Text(
            zh="训练评论 {n}（{label}）", en="training review {n} ({label})"
        ).format(n=item.number, label=LABELS[item.label or 0])  # fmt: skip
        kind = Text(zh="原句", en="as it is") if item.kind == "none" else KINDS[item.kind]
        said: Label = item.text
        if item.kind != "none" and not item.changed:
            said = Text(zh="（没有可改的词，不变）", en="(no word to change: as it is)")
        # Embeddings of another language's words have no learnt meaning here.
        known = item.language is language
        judged = (f"{a[place]:.2f}" if known else "–", f"{b[place]:.2f}" if known else "–") if a else ()
        rows.append((source if item.kind == "none" else "", kind, said, *judged))
    columns = (Text(zh="来源", en="source"), Text(zh="增强", en="augmentation"), Text(zh="句子", en="sentence"))
    sides = (Text(zh="A：好评", en="A: praise"), Text(zh="B：好评", en="B: praise")) if a else ()
    other = None if shown[0].language is language else Text(
        zh="你的句子与训练评论不是同一种语言，因此不给出概率。",
        en="Your sentence isn't in the language of the training reviews, so it gets no probability.",
    )  # fmt: skip
    return Table((*columns, *sides), tuple(rows), caveat=other)


def summary(a: Side, b: Side, difference: Mean, loss_difference: Mean) -> Metrics:
    """Draws what each side reaches by the weights it keeps."""

    def metric(label: Text, ours: Mean, theirs: Mean, digits: int, better: str = "") -> Metric:
        hint = Text(zh="A {a}，B {b}", en="A {a}, B {b}").format(
            a=_brackets(ours, digits), b=_brackets(theirs, digits)
        )  # fmt: skip
        return Metric(label, ours.value, theirs.value, digits=digits, better=better, hint=hint)

    def change(label: Text, found: Mean) -> Metric:
        whole, _, interval = _written(found, "+.3f").partition(" ")
        return Metric(label, whole, interval=interval)

    return Metrics(
        (
            metric(Text(zh="留出准确率", en="held-out accuracy"), a.kept_at.accuracy, b.kept_at.accuracy, 3, "higher"),
            metric(Text(zh="留出损失", en="held-out loss"), a.kept_at.loss, b.kept_at.loss, 3, "lower"),
            metric(Text(zh="训练准确率", en="training accuracy"), a.train_kept, b.train_kept, 3),
            metric(Text(zh="差距（训练 − 留出）", en="gap (training − held out)"), a.gap, b.gap, 3, "lower"),
            metric(Text(zh="权重范数", en="weight norm"), a.norm, b.norm, 2),
            change(Text(zh="B − A：准确率", en="B − A: accuracy"), difference),
            change(Text(zh="B − A：损失", en="B − A: loss"), loss_difference),
        )
    )


def _brackets(found: Mean, digits: int) -> str:
    return "–" if found.low is None or found.high is None else in_brackets(found.low, found.high, f".{digits}f")


TRAINING, VALIDATION = Text(zh="训练", en="training"), Text(zh="验证", en="validation")
# Where A's and B's curves lie over each other, B's solid ones are drawn dashed.
VALIDATION_DASH = "dot"


def losses(a: Curves, b: Curves, settings: Settings, sides: tuple[Side, Side] | None = None) -> SideBySide[Lines]:
    """Draws training and validation loss of each side; once trained, where validation turns and where early stopping
    ends.
    """

    def drawn(found: Curves, made: Recipe, role: str, of: Side | None) -> Lines:
        return Lines(
            (
                _line(TRAINING, found.epochs, found.train_loss, role),
                _line(VALIDATION, found.epochs, found.validation_loss, role, VALIDATION_DASH),
            ),
            EPOCH,
            Text(zh="损失（奈特）", en="loss (nats)"),
            marks=_marks(found.validation_loss, made, role, of),
        )

    return _beside(drawn, a, b, settings, sides)


def accuracies(a: Curves, b: Curves, settings: Settings, sides: tuple[Side, Side] | None = None) -> SideBySide[Lines]:
    """Draws training and validation accuracy of each side, with the same marks as the losses."""

    def drawn(found: Curves, made: Recipe, role: str, of: Side | None) -> Lines:
        return Lines(
            (
                _line(TRAINING, found.epochs, found.train_accuracy, role),
                _line(VALIDATION, found.epochs, found.validation_accuracy, role, VALIDATION_DASH),
            ),
            EPOCH,
            ACCURACY,
            marks=_marks(found.validation_accuracy, made, role, of),
        )

    return _beside(drawn, a, b, settings, sides)


def _beside(
    draw: Callable[[Curves, Recipe, str, Side | None], Lines],
    a: Curves,
    b: Curves,
    settings: Settings,
    sides: tuple[Side, Side] | None,
) -> SideBySide[Lines]:
    left, right = sides or (None, None)
    return SideBySide(
        draw(a, settings.a, "a", left), draw(b, settings.b, "b", right), recipe(settings.a), recipe(settings.b)
    )


def _marks(curve: Sequence[Mean], made: Recipe, role: str, of: Side | None) -> tuple[Mark, ...]:
    if of is None:
        return ()
    turn = Mark(
        of.turn.value,
        curve[round(of.turn.value) - 1].value,
        Text(zh="最低：{n}", en="lowest: {n}").format(n=f"{of.turn.value:.1f}"),
        role,
    )
    if not made.patience:
        return (turn,)
    ended = sum(of.ended) / len(of.ended)
    stop = Mark(
        ended,
        curve[round(ended) - 1].value,
        Text(zh="停：{n}", en="stop: {n}").format(n=f"{ended:.1f}"),
        role,
    )
    return (turn, stop)


def gap(a: Curves, b: Curves) -> Lines:
    """Draws validation minus training loss of both sides."""
    return Lines(
        (_line("A", a.epochs, a.gap, "a"), _line("B", b.epochs, b.gap, "b")),
        EPOCH,
        Text(zh="验证损失 − 训练损失", en="validation − training loss"),
    )


def norms(a: Curves, b: Curves) -> Lines:
    """Draws the norm of all weights of both sides."""
    return Lines(
        (_line("A", a.epochs, a.norm, "a"), _line("B", b.epochs, b.norm, "b")),
        EPOCH,
        Text(zh="权重范数", en="weight norm"),
    )


def stops(a: Side, b: Side) -> Table:
    """Tabulates held-out accuracy and loss of the same trainings by four choices of weights."""
    rows: list[tuple[Label, ...]] = []
    for name, found in (("A", a), ("B", b)):
        for label, at in (
            (Text(zh="这一边的设置", en="this side's setting"), found.kept_at),
            (Text(zh="最后一轮", en="last epoch"), found.last),
            (Text(zh="验证损失最低", en="lowest validation loss"), found.turned),
            (Text(zh="看着测试集挑最好的（不可取）", en="best on the test set (not allowed)"), found.peeked),
        ):
            rows.append((name, label, f"{at.epoch.value:.1f}", _written(at.accuracy), _written(at.loss)))
    return Table(
        (
            "",
            Text(zh="用哪一轮的权重", en="weights of"),
            Text(zh="平均轮次", en="mean epoch"),
            Text(zh="留出准确率", en="held-out accuracy"),
            Text(zh="留出损失", en="held-out loss"),
        ),
        tuple(rows),
        highlight=(0, 4),
    )


def noise(found: Noise) -> Lines:
    """Draws training and held-out accuracy on real and on shuffled labels."""
    return Lines(
        (
            _line(Text(zh="真标签：训练", en="real: training"), found.epochs, found.real_train),
            _line(Text(zh="真标签：留出", en="real: held out"), found.epochs, found.real_held_out, dash="dash"),
            _line(Text(zh="打乱：训练", en="shuffled: training"), found.epochs, found.shuffled_train),
            _line(Text(zh="打乱：留出", en="shuffled: held out"), found.epochs, found.shuffled_held_out, dash="dash"),
        ),
        EPOCH,
        ACCURACY,
    )


def augmentations(found: Sequence[Augmented], examples: int) -> Bars:
    """Draws the change of held-out accuracy by each augmentation, in points."""

    def points(values: Sequence[float | None]) -> tuple[float | None, ...]:
        return tuple(None if value is None else 100 * value for value in values)

    changes = [item.change for item in found]
    return Bars(
        tuple(KINDS[item.kind] for item in found),
        (
            Series(
                Text(zh="准确率变化", en="change of accuracy"),
                points([item.value for item in changes]),
                points([item.low for item in changes]),
                points([item.high for item in changes]),
            ),
        ),
        Text(zh="百分点（{n} 条训练样本）", en="points ({n} training examples)").format(n=examples),
        horizontal=True,
    )


def mistakes(a: Side, b: Side, forgotten: Forgotten | None) -> Table:
    """Tabulates each mistake beside what is right, with the paired difference and its interval; those of the levels are
    in `stops`.
    """

    def level(found: Mean) -> str:
        return f"{found.value:.3f}"

    rows: list[tuple[Label, ...]] = []
    for name, found in (("A", a), ("B", b)):
        rows.append(
            (
                Text(zh="{side}：用最后的权重，不用验证损失最低的", en="{side}: the last weights instead of those at the lowest validation loss").format(side=name),
                level(found.turned.accuracy), level(found.last.accuracy), _written(_negative(found.stop_gain), "+.3f"),
                _written(_negative(found.stop_loss), "+.3f"),
            )
        )  # fmt: skip
        rows.append(
            (
                Text(zh="{side}：在测试集上挑轮次，再报告它的准确率", en="{side}: choosing the epoch on the test set and reporting its accuracy").format(side=name),
                level(found.turned.accuracy), level(found.peeked.accuracy), _written(found.peek, "+.3f"), "–",
            )
        )  # fmt: skip
    if forgotten is not None:
        rows.append(
            (
                Text(zh="{side}：评估时忘了关 dropout", en="{side}: dropout left on at evaluation").format(side=forgotten.side),
                level(forgotten.off), level(forgotten.on), _written(forgotten.change, "+.3f"),
                _written(forgotten.loss_change, "+.3f"),
            )
        )  # fmt: skip
        rows.append(
            (
                Text(zh="{side}：两次评估之间改变的判断（dropout 开着）", en="{side}: answers that change between two evaluations with dropout on").format(side=forgotten.side),
                "0", _written(forgotten.flipped), "–", "–",
            )
        )  # fmt: skip
    return Table(
        (
            Text(zh="错误", en="mistake"),
            Text(zh="正确做法", en="done right"),
            Text(zh="这样做", en="this way"),
            Text(zh="相差", en="difference"),
            Text(zh="损失相差", en="difference of loss"),
        ),
        tuple(rows),
    )


def _negative(found: Mean) -> Mean:
    low, high = (None if end is None else -end for end in (found.high, found.low))
    return Mean(-found.value, found.count, low, high)
