"""Defines the decoding settings as controls; `decode` implements them."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import ShownWhen, choice, number, switch
from playground.lab.text import Label, Text

STRATEGIES: dict[str, Label] = {
    "greedy": Text(zh="贪心", en="greedy"),
    "sample": Text(zh="采样", en="sample"),
    "beam": Text(zh="束搜索", en="beam search"),
}
MOST_BEAMS = 8
_SAMPLING = ShownWhen("strategy", ("sample",))
_BEAM = ShownWhen("strategy", ("beam",))


@dataclass(frozen=True)
class Decoding:
    """Decoding settings; by default plain greedy search on the model's raw logits.

    Penalties apply to every strategy; temperature and truncation only to sampling, as in transformers; beam settings only
    to beam search. Neutral values: temperature 1, top_k 0, top_p 1, min_p 0, repetition_penalty 1, presence_penalty 0,
    frequency_penalty 0, no_repeat_ngram 0, beam_groups 1.
    """

    repetition_penalty: float = number(
        Text(zh="重复惩罚", en="Repetition penalty"), default=1.0, low=0.5, high=3.0, step=0.05,
        help=Text(zh="出现过的词元：正的 logit 除以它，负的乘以它；1 为不惩罚。",
                  en="Tokens that have occurred: a positive logit is divided by it, a negative one multiplied; 1 is off."),
    )  # fmt: skip
    strategy: str = choice(
        Text(zh="策略", en="Strategy"), STRATEGIES, default="greedy", advanced=True,
        help=Text(zh="贪心每步取最大者；采样按概率抽取；束搜索同时保留几条路径。",
                  en="Greedy takes the largest at each step; sampling draws by probability; beam search keeps several paths."),
    )  # fmt: skip
    temperature: float = number(
        Text(zh="温度", en="Temperature"), default=1.0, low=0.1, high=3.0, step=0.1, advanced=True, shown_when=_SAMPLING,
        help=Text(zh="logit 除以它；小于 1 更集中，大于 1 更平。", en="Logits are divided by it; below 1 sharpens, above 1 flattens."),
    )  # fmt: skip
    top_k: int = number(
        Text(zh="top-k", en="Top-k"), default=0, low=0, high=200, advanced=True, shown_when=_SAMPLING,
        help=Text(zh="只留 logit 最大的 k 个；0 为全留。", en="Keeps the k largest logits; 0 keeps all."),
    )  # fmt: skip
    top_p: float = number(
        Text(zh="top-p", en="Top-p"), default=1.0, low=0.05, high=1.0, step=0.05, advanced=True, shown_when=_SAMPLING,
        help=Text(zh="只留累计概率达到 p 的最少几个；1 为全留。", en="Keeps the fewest tokens whose probabilities reach p; 1 keeps all."),
    )  # fmt: skip
    min_p: float = number(
        Text(zh="min-p", en="Min-p"), default=0.0, low=0.0, high=1.0, step=0.01, advanced=True, shown_when=_SAMPLING,
        help=Text(zh="只留概率不低于“最大概率 × 此值”的；0 为全留。",
                  en="Keeps tokens whose probability is at least this share of the largest; 0 keeps all."),
    )  # fmt: skip
    presence_penalty: float = number(
        Text(zh="存在惩罚", en="Presence penalty"), default=0.0, low=-2.0, high=2.0, step=0.1, advanced=True,
        help=Text(zh="出现过的词元，logit 减去它一次；负值为鼓励。",
                  en="Subtracted once from the logit of a token that has occurred; negative encourages."),
    )  # fmt: skip
    frequency_penalty: float = number(
        Text(zh="频率惩罚", en="Frequency penalty"), default=0.0, low=-2.0, high=2.0, step=0.1, advanced=True,
        help=Text(zh="每出现一次，logit 减去它一次。", en="Subtracted from the logit once for each occurrence."),
    )  # fmt: skip
    no_repeat_ngram: int = number(
        Text(zh="禁止重复 n 元组", en="No-repeat n-gram"), default=0, low=0, high=10, advanced=True,
        help=Text(zh="任何 n 个词元的组合只许出现一次；0 为不限。", en="No sequence of n tokens may occur twice; 0 is off."),
    )  # fmt: skip
    count_prompt: bool = switch(
        Text(zh="提示计入", en="Prompt counts"), default=True, advanced=True,
        help=Text(zh="惩罚是否把提示里的词元也算“出现过”。transformers 的重复惩罚与 n 元组默认计入；OpenAI 的存在、频率惩罚只计生成的部分。",
                  en="Whether tokens of the prompt have “occurred”. transformers counts them for the repetition penalty and n-grams; "
                     "OpenAI's presence and frequency penalties count generated tokens only."),
    )  # fmt: skip
    beams: int = number(Text(zh="束宽", en="Beams"), default=4, low=1, high=MOST_BEAMS, advanced=True, shown_when=_BEAM)
    length_penalty: float = number(
        Text(zh="长度惩罚", en="Length penalty"), default=1.0, low=-2.0, high=4.0, step=0.1, advanced=True, shown_when=_BEAM,
        help=Text(zh="完成的束按“对数概率之和 ÷ 长度的此次方”排名；大于 0 偏向长的，0 为不调整。",
                  en="Finished beams rank by the sum of log-probabilities over length to this power; above 0 favours longer, 0 is off."),
    )  # fmt: skip
    beam_groups: int = number(
        Text(zh="束的组数", en="Beam groups"), default=1, low=1, high=4, advanced=True, shown_when=_BEAM,
        help=Text(zh="把束分成几组（不多于束宽），后面的组避开前面的组刚选的词元；1 为不分组。",
                  en="Splits the beams into groups, no more than there are beams; later groups avoid the tokens that earlier ones have just taken; 1 is off."),
    )  # fmt: skip
    diversity_penalty: float = number(
        Text(zh="多样性惩罚", en="Diversity penalty"), default=1.0, low=0.0, high=10.0, step=0.5, advanced=True, shown_when=_BEAM,
        help=Text(zh="同一步里，前面各组每选一次某词元，后面的组给它减去一次。",
                  en="Subtracted once for each time an earlier group took the token at this step."),
    )  # fmt: skip

    @property
    def groups(self) -> int:
        """Groups that a beam search has: never more than beams."""
        return min(self.beam_groups, self.beams)

    @property
    def penalises(self) -> bool:
        """Whether any penalty or n-gram rule is enabled."""
        return (self.repetition_penalty, self.presence_penalty, self.frequency_penalty, self.no_repeat_ngram) != (
            1,
            0,
            0,
            0,
        )


def describe(decoding: Decoding) -> Text:
    """Describes the differences from plain greedy search ("重复惩罚 1.2 · 温度 0.8"), or returns "greedy"."""
    strategy = decoding.strategy
    sampling = {
        Text(zh="温度", en="temperature"): (decoding.temperature, 1),
        Text(zh="top-k", en="top-k"): (decoding.top_k, 0),
        Text(zh="top-p", en="top-p"): (decoding.top_p, 1),
        Text(zh="min-p", en="min-p"): (decoding.min_p, 0),
    }
    penalties = {
        Text(zh="重复惩罚", en="repetition penalty"): (decoding.repetition_penalty, 1),
        Text(zh="存在惩罚", en="presence penalty"): (decoding.presence_penalty, 0),
        Text(zh="频率惩罚", en="frequency penalty"): (decoding.frequency_penalty, 0),
        Text(zh="禁止重复 n 元组", en="no-repeat n-gram"): (decoding.no_repeat_ngram, 0),
    }
    beams = {
        Text(zh="束搜索", en="beam search"): (decoding.beams, 0),
        Text(zh="长度惩罚", en="length penalty"): (decoding.length_penalty, 1),
        Text(zh="组数", en="groups"): (decoding.groups, 1),
    }
    if decoding.groups > 1:
        beams |= {Text(zh="多样性惩罚", en="diversity penalty"): (decoding.diversity_penalty, 0)}
    acting = penalties | {"sample": sampling, "beam": beams}.get(strategy, {})
    parts = [_named(name, value) for name, (value, neutral) in acting.items() if value != neutral]
    if strategy == "sample" and all(value == neutral for value, neutral in sampling.values()):
        parts.append(Text(zh="采样", en="sample"))
    if decoding.penalises and not decoding.count_prompt:
        parts.append(Text(zh="不计提示", en="prompt not counted"))
    parts = parts or [Text(zh="贪心", en="greedy")]
    return Text(zh=" · ".join(part.zh for part in parts), en=" · ".join(part.en for part in parts))


def _named(name: Text, value: float) -> Text:
    return Text(zh=f"{name.zh} {value:g}", en=f"{name.en} {value:g}")
