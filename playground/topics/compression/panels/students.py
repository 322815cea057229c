"""Panels of teacher and students. Trains nothing."""

from __future__ import annotations

from collections.abc import Sequence

from playground.lab.panels import Line, Lines, Mark, Table
from playground.lab.text import Text
from playground.lab.timing import Timing
from playground.topics.compression.findings import AtTemperature, Dispute, Examined
from playground.topics.compression.students import CHECKED

TEACHER = Text(zh="教师（整模型上的探针）", en="teacher (probe on the full model)")
ALONE = Text(zh="学生：只看标签", en="student, labels alone")
DISTILLED = Text(zh="学生：蒸馏", en="student, distilled")
SEEN = Text(
    zh="迁移集是 {texts} 条评论。教师的软标签只算一次，由 python -m playground.learning.teacher_labels 事先存成小文件，文件缺的在本进程首次运行时补算；"
    "本次重算了 {n} 条，概率最多差 {drift}。教师训练时见过这些评论的标签，学生经它间接受益。",
    en="The transfer set is {texts} reviews. The teacher labels them once, before, into a small file made by"
    " python -m playground.learning.teacher_labels; what it lacks is labelled in a process's first run; {n} computed anew in this"
    " run differ by at most {drift} in probability. The teacher has seen the labels of these reviews, and through it the student"
    " profits from them.",
)


def curves(alone: Sequence[float], distilled: Sequence[float], teacher: float, epochs: int) -> Lines:
    """Accuracy on the validation reviews after each epoch so far."""
    return Lines(
        (
            Line(ALONE, tuple(float(n + 1) for n in range(len(alone))), tuple(alone), role="a"),
            Line(DISTILLED, tuple(float(n + 1) for n in range(len(distilled))), tuple(distilled), role="b"),
            Line(TEACHER, (1.0, float(max(epochs, 2))), (teacher, teacher), dash="dash", markers=False),
        ),
        x_label=Text(zh="轮", en="epoch"),
        y_label=Text(zh="验证集准确率", en="validation accuracy"),
    )


def comparison(teacher: Examined, alone: Examined, distilled: Examined, texts: int, drift: float) -> Table:
    """Accuracy with its interval, agreement and size, on texts that none was fitted to. `texts`: in the transfer set; `drift`:
    see `findings.Distilled`."""
    rows = tuple(
        (name, one.accuracy, f"{one.low:.3f}–{one.high:.3f}", one.english, one.agreement, one.parameters / 1e6, one.held_bytes / 1e6)
        for name, one in ((TEACHER, teacher), (ALONE, alone), (DISTILLED, distilled))
    )  # fmt: skip
    return Table(
        columns=(
            Text(zh="模型", en="model"),
            Text(zh="准确率（中文）", en="accuracy, Chinese"),
            Text(zh="95% 区间", en="95 % interval"),
            Text(zh="准确率（英文）", en="accuracy, English"),
            Text(zh="与教师一致", en="agrees with teacher"),
            Text(zh="参数（百万）", en="parameters (M)"),
            Text(zh="占用 MB", en="MB held"),
        ),
        rows=rows,
        highlight=(2,),
        caveat=SEEN.format(texts=texts, n=CHECKED, drift=f"{drift:.2g}"),
    )


def pace(teacher: Timing, student: Timing) -> Table:
    """Time of judging one text, from its letters on."""
    rows = tuple(
        (name, timing.median * 1e3, timing.low * 1e3, timing.high * 1e3, teacher.median / timing.median)
        for name, timing in ((TEACHER, teacher), (DISTILLED, student))
    )
    return Table(
        columns=(
            Text(zh="模型", en="model"),
            Text(zh="每条毫秒（中位数）", en="ms per text (median)"),
            Text(zh="最快", en="fastest"),
            Text(zh="最慢", en="slowest"),
            Text(zh="快几倍", en="times as fast"),
        ),
        rows=rows,
        caveat=Text(
            zh="本机、本次运行：{n} 条评论逐条从文字算到结论，共 {repeats} 遍。",
            en="This machine, this run: {n} reviews one by one, from letters to answer, {repeats} passes.",
        ).format(n=CHECKED, repeats=teacher.repeats),
        measured=True,
    )


def temperatures(found: Sequence[AtTemperature], here: float) -> Lines:
    """Agreement and accuracy of one student for each temperature so far; the one at `here` is marked."""
    rising = sorted(found, key=lambda one: one.temperature)
    x = tuple(one.temperature for one in rising)
    name = Text(zh="本温度", en="this temperature")
    marks = tuple(Mark(here, one.agreement, name, "b") for one in rising if one.temperature == here)
    return Lines(
        (
            Line(
                Text(zh="与教师一致", en="agrees with the teacher"), x, tuple(one.agreement for one in rising), role="b"
            ),
            Line(Text(zh="准确率", en="accuracy"), x, tuple(one.accuracy for one in rising), dash="dash"),
        ),
        x_label=Text(zh="温度", en="temperature"),
        y_label=Text(zh="占保留评论的比例", en="share of the held-out reviews"),
        log_x=True,
        marks=marks,
    )


def verdicts(review: str, teacher: float, student: float, disputes: Sequence[Dispute]) -> Table:
    """p(positive) of the visitor's sentence, then of the reviews that teacher and student judge most differently."""
    kinds = (Text(zh="负面", en="negative"), Text(zh="正面", en="positive"))
    rows: list[tuple[str | Text | float | None, ...]] = [(review.strip() or "—", None, teacher, student)]
    rows += [(one.text, kinds[one.label], one.teacher, one.student) for one in disputes]
    return Table(
        columns=(
            Text(zh="句子", en="text"),
            Text(zh="标签", en="label"),
            Text(zh="教师", en="teacher"),
            Text(zh="学生", en="student"),
        ),
        rows=tuple(rows),
        highlight=(0,),
        digits=2,
    )
