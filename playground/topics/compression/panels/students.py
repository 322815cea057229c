"""Panels of teacher and students. Trains nothing."""

from __future__ import annotations

from collections.abc import Sequence

from playground.lab.panels import Line, Lines, Mark, Table
from playground.lab.text import Text
from playground.lab.timing import Timing
from playground.topics.compression.findings import AtTemperature, Dispute, Examined, Paired, Reordered
from playground.topics.compression.students import CHECKED, TEMPERATURES, TIMED

TEACHER = Text(zh="教师（模型前几层上的探针）", en="teacher (probe on the model's first layers)")
ALONE = Text(zh="学生：只有标签", en="student: labels only")
PSEUDO = Text(zh="学生：伪标签", en="student: pseudo-labels")
DISTILLED = Text(zh="学生：软标签", en="student: soft labels")
SEEN = Text(
    zh="教师是读模型前 {layers} 层（共 {of} 层）状态的逻辑回归，在另外 {others} 条评论上训练，没见过迁移集的标签；选模板与层数时用过其中一部分标签。"
    "迁移集是 {texts} 条评论；教师对它们的软标签由 python -m playground.learning.teacher_labels 预先算好存成小文件，文件缺的在本进程首次运行时补算；"
    "本次重算了 {n} 条，概率最多差 {drift}。伪标签是教师概率更大的那一类。"
    "保留评论中，只有软标签学生判对的 {only_soft} 条，只有伪标签学生判对的 {only_pseudo} 条，McNemar 精确检验 p = {p}。",
    en="The teacher is a logistic regression on the state after the first {layers} of the model's {of} layers, trained on {others} other"
    " reviews: it saw no label of the transfer set, though some of those labels helped to choose its prompt and its layer. The transfer set"
    " is {texts} reviews; the teacher's soft labels of them were computed beforehand by"
    " python -m playground.learning.teacher_labels into a small file, and what it lacks is computed in a process's first run; {n} computed"
    " again in this run differ by at most {drift} in probability. A pseudo-label is the class to which the teacher gives more probability."
    " Of the held-out reviews, {only_soft} are right with soft labels only and {only_pseudo} with pseudo-labels only: McNemar's exact test,"
    " p = {p}.",
)


def curves(seen: Sequence[Sequence[float]], teacher: float, epochs: int) -> Lines:
    """Draws accuracy on the validation reviews after each epoch so far, of the students of labels, pseudo-labels and
    soft labels.
    """
    return Lines(
        (
            *(
                Line(name, tuple(float(n + 1) for n in range(len(values))), tuple(values))
                for name, values in zip((ALONE, PSEUDO, DISTILLED), seen, strict=True)
            ),
            Line(TEACHER, (1.0, float(max(epochs, 2))), (teacher, teacher), dash="dash", markers=False),
        ),
        x_label=Text(zh="轮", en="epoch"),
        y_label=Text(zh="验证集准确率", en="validation accuracy"),
    )


def comparison(
    examined: Sequence[Examined], paired: Paired, layers: tuple[int, int], texts: tuple[int, int], drift: float
) -> Table:
    """Tabulates accuracy with its interval, log loss, agreement and size of the teacher and the three students, on
    texts that none was trained on. `layers`: that the teacher runs, of how many; `texts`: in the transfer set, and the
    teacher's own; `drift`: see `findings.Distilled`.
    """
    rows = tuple(
        (name, one.accuracy, f"{one.low:.3f}–{one.high:.3f}", one.log_loss, one.english, one.agreement, one.parameters / 1e6,
         one.held_bytes / 1e6)
        for name, one in zip((TEACHER, ALONE, PSEUDO, DISTILLED), examined, strict=True)
    )  # fmt: skip
    return Table(
        columns=(
            Text(zh="模型", en="model"),
            Text(zh="准确率（中文）", en="accuracy, Chinese"),
            Text(zh="95% 区间", en="95% interval"),
            Text(zh="对数损失（奈特）", en="log loss (nats)"),
            Text(zh="准确率（英文）", en="accuracy, English"),
            Text(zh="与教师一致", en="agrees with teacher"),
            Text(zh="参数（百万）", en="parameters (M)"),
            Text(zh="占用 MB", en="MB"),
        ),
        rows=rows,
        highlight=(3,),
        caveat=SEEN.format(
            layers=layers[0], of=layers[1], texts=texts[0], others=texts[1], n=CHECKED, drift=f"{drift:.2g}",
            only_soft=paired.only_soft, only_pseudo=paired.only_pseudo, p=f"{paired.p_value:.2g}",
        ),
    )  # fmt: skip


def _times(ratio: float) -> float:
    return ratio if ratio < 10 else round(ratio)


def pace(teacher: Timing, student: Timing) -> Table:
    """Tabulates time to classify one text, tokenization included."""
    rows = tuple(
        (name, timing.median * 1e3, timing.low * 1e3, timing.high * 1e3, _times(teacher.median / timing.median))
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
        digits=2,
        caveat=Text(
            zh="本机、本次运行：{n} 条评论逐条判断，含分词，共 {repeats} 遍。",
            en="This machine, this run: {n} reviews one by one, tokenization included, {repeats} passes.",
        ).format(n=TIMED, repeats=teacher.repeats),
        measured=True,
    )


def temperatures(found: Sequence[AtTemperature], here: float, pseudo: Examined) -> Lines:
    """Draws agreement and accuracy of one student of soft labels for each temperature so far, beside that of
    pseudo-labels, which has no temperature; the one at `here` is marked.
    """
    rising = sorted(found, key=lambda one: one.temperature)
    x = tuple(one.temperature for one in rising)
    name = Text(zh="本温度", en="this temperature")
    marks = tuple(Mark(here, one.agreement, name) for one in rising if one.temperature == here)
    return Lines(
        (
            Line(Text(zh="与教师一致", en="agrees with the teacher"), x, tuple(one.agreement for one in rising)),
            Line(Text(zh="准确率", en="accuracy"), x, tuple(one.accuracy for one in rising), dash="dash"),
            Line(
                Text(zh="伪标签：准确率", en="pseudo-labels: accuracy"),
                (TEMPERATURES[0], TEMPERATURES[-1]),
                (pseudo.accuracy, pseudo.accuracy),
                dash="dot",
                markers=False,
            ),
        ),
        x_label=Text(zh="温度", en="temperature"),
        y_label=Text(zh="占保留评论的比例", en="share of the held-out reviews"),
        log_x=True,
        marks=marks,
    )


def verdicts(review: str, teacher: float, student: float, reordered: Reordered, disputes: Sequence[Dispute]) -> Table:
    """Tabulates p(positive) of the visitor's sentence, of the same tokens in two orders, and of the reviews that
    teacher and student judge most differently.
    """
    kinds = (Text(zh="负面", en="negative"), Text(zh="正面", en="positive"))
    rows: list[tuple[str | Text | float | None, ...]] = [(review.strip() or "—", None, teacher, student)]
    rows += [
        (text, None, *both) for text, *both in zip(reordered.texts, reordered.teacher, reordered.student, strict=True)
    ]
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
