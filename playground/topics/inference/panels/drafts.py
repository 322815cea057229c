"""The panels of prompt lookup: the text with its drafts, what they gave, and what both ways took."""

from __future__ import annotations

from collections.abc import Sequence

from playground.generation.prompt_lookup import Pass
from playground.lab.panels import Metric, Metrics, Table
from playground.lab.text import Label, Text, joined
from playground.lab.timing import Timing, load_notice
from playground.lab.token_panels import Passage, Passages, Span
from playground.language.units import shown_pieces
from playground.models.language_model import LanguageModel
from playground.topics.inference.findings import Drafts, DraftTimes
from playground.topics.inference.lookup import Both
from playground.topics.inference.request import Request


def text(lm: LanguageModel, request: Request, both: Both, drafts: Drafts) -> Passages:
    """Draws the text of prompt lookup with accepted drafts marked, beside plain greedy's."""
    prompt = Span(lm.decode(request.ids))
    drafted = Passage(
        Text(zh="提示查找", en="Prompt lookup"),
        (prompt, *_spans(lm, both)),
        Text(zh="蓝 = 被接受的草稿，橙 = 模型自己生成的", en="blue = accepted drafts, orange = the model's own"),
    )
    at = both.divergence
    pieces = shown_pieces(lm, both.plain.tokens)
    marked = _visible(pieces, at)
    plain = Passage(
        Text(zh="普通贪心", en="Plain greedy"),
        (
            prompt,
            *(Span(piece, tone="warn" if index == marked else "b") for index, piece in enumerate(pieces) if piece),
        ),
        Text(zh="一次前向一个词元", en="one token per pass"),
    )
    parting = drafts.parting
    unexplained = parting is not None and not parting.near_tie
    return Passages((drafted, plain), caveat=_about_the_text(drafts), warning=unexplained)


def _spans(lm: LanguageModel, both: Both) -> list[Span]:
    pieces = shown_pieces(lm, both.lookup.tokens)
    spans, index, marked = [], 0, _visible(pieces, both.divergence)
    for number, step in enumerate(both.lookup.passes, 1):
        for place, _ in enumerate(step.tokens):
            piece, taken = pieces[index], place < step.accepted
            note = _note(lm, number, step, taken)
            if piece:
                tone = "warn" if index == marked else "a" if taken else "b"
                spans.append(Span(piece, tone=tone, note=note))
            index += 1
    return spans


def _visible(pieces: Sequence[str], at: int | None) -> int | None:
    """Finds the piece that shows a token: a character of several tokens is shown on the first of them."""
    return None if at is None else next((index for index in range(at, -1, -1) if pieces[index]), at)


def _note(lm: LanguageModel, number: int, step: Pass, taken: bool) -> Text:
    drafted = "".join(shown_pieces(lm, step.drafted)).replace("\n", "↵")
    if taken:
        return Text(zh="第 {n} 次前向：草稿“{d}”，接受 {a}/{all}", en="pass {n}: draft “{d}”, {a} of {all} accepted").format(
            n=number, d=drafted, a=step.accepted, all=len(step.drafted))  # fmt: skip
    if not step.drafted:
        return Text(zh="第 {n} 次前向：前文里没有可抄的", en="pass {n}: nothing to copy from").format(n=number)
    return Text(zh="第 {n} 次前向：模型自己生成的；草稿“{d}”接受 {a}/{all}", en="pass {n}: the model's own; of the draft “{d}” {a} of {all} accepted").format(
        n=number, d=drafted, a=step.accepted, all=len(step.drafted))  # fmt: skip


def _about_the_text(drafts: Drafts) -> Text:
    parting = drafts.parting
    if parting is None:
        return Text(
            zh="证明：{n} 个词元与普通贪心逐个相同。草稿只有等于模型自己的首选才被接受。",
            en="Proof: all {n} tokens equal plain greedy's, one by one. A drafted token is accepted only if it is the model's own first choice.",
        ).format(n=drafts.tokens)
    where = Text(
        zh="第 {n} 个词元起不同：普通贪心选“{one}”，领先第二名 {lead}；提示查找选“{two}”，领先 {other}。{kind} 在这个大小上的刻度是 {step}。",
        en="They diverge at token {n}: plain greedy takes “{one}”, {lead} ahead of the runner-up; prompt lookup takes “{two}”, {other} ahead. The rounding"
        " step of {kind} at that size is {step}.",
    ).format(
        n=parting.token, one=parting.plain.replace("\n", "↵"), lead=f"{parting.plain_lead:.3g}",
        two=parting.lookup.replace("\n", "↵"), other=f"{parting.lookup_lead:.3g}", kind=parting.number_type,
        step=f"{parting.spacing:.3g}",
    )  # fmt: skip
    return joined(where, _NEAR_TIE if parting.near_tie else _NO_TIE)


_NEAR_TIE = Text(
    zh="近乎平手：几个词元一起过矩阵，加法次序不同，末位不同，首选就翻了（算子没有批不变性）。文本因此不是逐位相同；float32 下测试逐词元核对过许多文本，全部相同。",
    en="A near tie: several tokens went through together, sums were added in another order, and the last bits flipped the argmax (kernels aren't batch-invariant)."
    " So the text isn't identical bit for bit; in float32, tests compare many texts token by token, and all agree.",
)
_NO_TIE = Text(
    zh="这个差距大于舍入通常能解释的，请不要相信这次的文本。",
    en="That is more than rounding usually explains: don't trust this text.",
)


def figures(drafts: Drafts, times: DraftTimes) -> Metrics:
    """Shows how much was accepted, what came from drafts, passes saved, times as fast, and whether the text is the
    same.
    """
    same: Label = (
        Text(zh="逐词元相同", en="the same")
        if drafts.parting is None
        else Text(zh="第 {n} 个起不同", en="diverges at {n}").format(n=drafts.parting.token)
    )
    return Metrics(
        (
            Metric(Text(zh="草稿接受率", en="Drafts accepted"), drafts.accepted_percent, unit="%", digits=0, hint=Text(
                zh="抄来 {d} 个，接受 {a} 个。", en="{d} drafted, {a} accepted.").format(d=drafts.drafted, a=drafts.accepted)),
            Metric(Text(zh="出自草稿的词元", en="Tokens from drafts"), drafts.from_drafts_percent, unit="%", digits=0, hint=Text(
                zh="生成的 {n} 个里有 {a} 个。", en="{a} of the {n} generated.").format(n=drafts.tokens, a=drafts.accepted)),
            Metric(Text(zh="省下的前向", en="Passes saved"), float(drafts.spared), unit=Text(zh="次，共 {n} 次", en="of {n}").format(n=drafts.tokens), digits=0, hint=Text(
                zh="普通贪心每个词元一次前向。", en="Plain greedy takes one pass per token.")),
            Metric(Text(zh="相对普通贪心", en="Against plain greedy"), times.speedup, unit=Text(zh="倍速", en="times as fast"), digits=2, measured=True, hint=Text(
                zh="每词元毫秒之比；两种做法走同一个前向函数，交替各做一次前向。", en="Ratio of ms per token; both ways use the same forward function, one pass of each in turn.")),
            Metric(Text(zh="与普通贪心的文本", en="Text against greedy's"), same),
        )
    )  # fmt: skip


def times(both: Both, own: Timing | None) -> Table:
    """Tabulates what each way took. `own`: a step of this project's faster loop, which can't verify several tokens;
    None: not timed yet.
    """
    rows: list[tuple[float | Label | None, ...]] = []
    for name, one in (
        (Text(zh="普通贪心", en="plain greedy"), both.plain),
        (Text(zh="提示查找", en="prompt lookup"), both.lookup),
    ):
        rows.append((
            name, float(len(one.passes)), len(one.tokens) / len(one.passes), 1e3 * one.timing.median, one.timing.milliseconds_between(),
            one.milliseconds, both.plain.milliseconds / one.milliseconds,
        ))  # fmt: skip
    timings = [both.plain.timing]
    if own is not None:
        milliseconds = 1e3 * own.median
        rows.append((
            Text(zh="普通贪心，本项目的单步", en="plain greedy, this project's own step"), float(len(both.plain.tokens)), 1.0, milliseconds,
            own.milliseconds_between(), milliseconds, both.plain.milliseconds / milliseconds,
        ))  # fmt: skip
        timings.append(own)
    said = Text(
        zh="预填充不计时。前两行走同一个前向函数，交替各做一次前向，可以直接比；每词元是总时间 ÷ 词元数，所以倍速 = 词元/次 × 单步时间 ÷ 验证时间（按平均时间算）。第三行另外量了 {n} 次，换了一套更快的代码，它一次只能生成一个词元。",
        en="Prefill isn't timed. The first two rows use the same forward function, one pass of each in turn, and compare directly; per token is total time ÷"
        " tokens, so times as fast = tokens per pass × time of a step ÷ time to verify (in mean times). The third row is {n} steps timed separately, of other, faster code that generates only one token at a time.",
    ).format(n=own.repeats if own is not None else "–")
    return Table(
        columns=(
            "",
            Text(zh="前向次数", en="passes"),
            Text(zh="词元/次", en="tokens per pass"),
            Text(zh="毫秒/次", en="ms per pass"),
            Text(zh="最少–最多", en="min–max"),
            Text(zh="毫秒/词元", en="ms per token"),
            Text(zh="倍速", en="times as fast"),
        ),
        rows=tuple(rows),
        digits=2,
        caveat=said,
        loaded=load_notice(timings),
        measured=True,
    )
