"""What an interviewer asks about a run of mechanisms: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text, joined
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.mechanisms.findings import Findings
from playground.topics.mechanisms.settings import HEAD_KINDS, Settings

# Of a rise of the loss by chance the other heads give the measure; below it the chosen ones do nothing of their own.
CLEAR, LITTLE = 3.0, 0.1


def _what_breaks(settings: Settings, found: Findings) -> Outcome | None:
    """Whether copying or running text loses more without the chosen parts."""
    ablated = found.ablated
    if not ablated.parts:
        return None
    if max(ablated.cost, ablated.plain_cost) < LITTLE:
        answer = "neither"
    else:
        answer = "copied" if ablated.cost > ablated.plain_cost else "plain"
    evidence = Text(
        zh="每词元的损失：重复的第二遍涨 {copied} 奈特，普通文本涨 {plain} 奈特",
        en="the loss a token rises by {copied} nats on the second copy, by {plain} on running text",
    ).format(copied=f"{ablated.cost:.2f}", plain=f"{ablated.plain_cost:.2f}")
    return Outcome(answer, evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="消融所选的部件（默认是归纳头）之后，哪里的损失涨得多？",
        en="Without the chosen parts (by default induction heads), where does the loss rise more?",
    ),
    _what_breaks,
    (
        ("copied", Text(zh="重复的随机词元", en="on repeated random tokens")),
        ("plain", Text(zh="普通文本", en="on running text")),
        ("neither", Text(zh="都不到 0.1 奈特", en="by less than 0.1 nat on both")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says where the answer goes over to the last position, which head writes it, and what ablation and steering cost."""
    patched, direct, ablated, steered = found.patched, found.direct, found.ablated, found.steered
    if patched.handover is None:
        where = Text(
            zh="修补效果最大的是第 {layer} 层“{token}”处，恢复 {effect}",
            en="patching has its largest effect in layer {layer} at “{token}”, {effect} of the difference",
        ).format(layer=patched.strongest.layer, token=patched.strongest.token, effect=f"{patched.strongest.effect:.0%}")
    else:
        where = Text(
            zh="从第 {layer} 层起，修补最后一个位置比修补不同的词更有效",
            en="from layer {layer} on, patching the last position does more than patching the word that differs",
        ).format(layer=patched.handover)
    writes = Text(
        zh="直接写答案最多的是第 {layer} 层第 {head} 个头（{part}，总差 {total}）",
        en="the head that writes the answer most is head {head} of layer {layer} ({part} of {total} logits)",
    ).format(layer=direct.layer, head=direct.head, part=f"{direct.largest:+.2f}", total=f"{direct.total:.2f}")
    count = ablated.parts
    which = (
        Text(zh="点选的 {count} 个部件", en="the {count} chosen {parts}")
        if ablated.mlps
        else Text(zh="点选的 {count} 个头", en="the {count} chosen {heads}")
        if settings.heads.strip()
        else Text(zh=" {count} 个{kind}头", en="{count} {kind} {heads}")
    ).format(
        count=count,
        kind=HEAD_KINDS[settings.head_kind],
        heads="head" if count == 1 else "heads",
        parts="part" if count == 1 else "parts",
    )
    without = Text(
        zh="消融{which}，重复的第二遍损失从 {before} 变为 {after}",
        en="without {which} the loss of a second copy goes from {before} to {after}",
    ).format(which=which, before=f"{ablated.whole.copied:.2f}", after=f"{ablated.without.copied:.2f}")
    return Text(
        zh="{where}；{writes}；{without}；引导使中性文本的困惑度变为 {cost} 倍。",
        en="Here {where}; {writes}; {without}; steering multiplies the perplexity of neutral text by {cost}.",
    ).format(where=where, writes=writes, without=without, cost=f"{steered.cost:.2f}")


# What follows from the cost of ablating the strongest heads of a kind, or of heads that were clicked ("").
_OF_KIND = {
    "induction": Text(
        zh="还不知道它们怎样得到要抄的位置：归纳头要靠前面层的前一词元头（K 组合）。点那些头，看抄写是否也坏。",
        en="How they find the place is still open: an induction head needs previous-token heads in earlier layers (K-composition). Click those and see whether copying breaks as well.",
    ),
    "previous": Text(
        zh="它们自己不抄：它们写下“前面是谁”，后面层的归纳头拿它当键（K 组合）。再看普通文本那一列：也涨，说明它们不只为抄写所用。",
        en="They don't copy themselves: they write who came before, which induction heads of later layers use as a key (K-composition). Then look at running text: if its loss rises too, they serve more than copying.",
    ),
} | dict.fromkeys(
    ("duplicate", "sink", ""),
    Text(
        zh="再看普通文本那一列：涨得一样多，就是整个模型都受损，不能说它们专管抄写。要知道它们怎样起作用，得做路径修补。",
        en="Then look at running text: if its loss rises as much, the whole model suffers and copying isn't their job in particular. How they work takes path patching.",
    ),
)


_OTHERS_MAY_DO_IT = Text(
    zh="不能。别的部件可能备份同一件事，或在它们缺席时补上（自我修复）。连同可能的备份一起消融，或做路径修补，再下结论。",
    en="No. Other parts may do the same, or step in when these are gone (self-repair). Ablate them with their possible backups, or patch paths, before concluding.",
)


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = []
    ablated, direct = found.ablated, found.direct
    # What is ablated, in the questions and answers about it.
    own, others = (
        (Text(zh="这些部件", en="these parts"), Text(zh="部件", en="parts"))
        if ablated.mlps
        else (Text(zh="这些头", en="these heads"), Text(zh="头", en="heads"))
    )
    if ablated.parts and ablated.cost < max(LITTLE, ablated.others_cost):
        asked.append(
            FollowUp(
                Text(
                    zh="消融{own}只涨 {cost} 奈特，能说它们没有用吗？",
                    en="Without {own} the loss rises by {cost} nats only: are they useless?",
                ).format(own=own, cost=f"{ablated.cost:.2f}"),
                _OTHERS_MAY_DO_IT
                if ablated.mlps
                else Text(
                    zh="不能。别的头可能备份同一件事，或在它们缺席时补上（自我修复）；模式只说读哪里，不说做什么。把同类的头一起消融，或做路径修补，再下结论。",
                    en="No. Other heads may do the same, or step in when these are gone (self-repair), and a pattern says where a head reads, not what it does. Ablate the heads of the kind together, or patch paths, before concluding.",
                ),
            )
        )
    if ablated.parts and ablated.drawn == ablated.parts and ablated.cost > CLEAR * max(ablated.others_cost, LITTLE):
        asked.append(
            FollowUp(
                Text(
                    zh="消融随机的{parts}，损失只涨 {others} 奈特，消融{own}涨 {cost} 奈特，证明了什么？",
                    en="Without other {parts} the loss rises by {others} nats, without these by {cost}: what does that show?",
                ).format(parts=others, own=own, others=f"{ablated.others_cost:.2f}", cost=f"{ablated.cost:.2f}"),
                joined(
                    Text(
                        zh="在这种输入上，它们对抄写是必要的，而且不是因为少了任意几个{parts}。",
                        en="On such input they are necessary for copying, and not because any {parts} are missing. ",
                    ).format(parts=others),
                    _OF_KIND["" if settings.heads.strip() else settings.head_kind],
                ),
            )
        )
    if direct.total > 0 and direct.largest > 0.5 * direct.total:
        asked.append(
            FollowUp(
                Text(
                    zh="一个头就写了 {part}（总差 {total}），知识就存在这个头里吗？",
                    en="One head writes {part} of {total}: is the fact stored in that head?",
                ).format(part=f"{direct.largest:.2f}", total=f"{direct.total:.2f}"),
                Text(
                    zh="不一定。它多半只是把已经算好的内容搬到最后一个位置：看残差流的热图，若在这一层之前答案还在不同的那个词上，就是这样。直接贡献不算它给后面各层的间接影响，也不算前面谁让它读到这些。",
                    en="Not necessarily. More likely it moves what is computed already to the last position: so it does if, in the residual stream's map, the answer is still at the word that differs before this layer. A direct part leaves out what the head does by way of later layers, and who made it read that.",
                ),
            )
        )
    if found.steered.cost > 1.5:
        asked.append(
            FollowUp(
                Text(
                    zh="引导把中性文本的困惑度变为 {cost} 倍，这个强度还能用吗？",
                    en="Steering multiplies the perplexity of neutral text by {cost}: is that strength usable?",
                ).format(cost=f"{found.steered.cost:.2f}"),
                Text(
                    zh="要与收益一起看：画出各强度的效果与代价，取代价明显上升之前的强度。还要与提示、微调比较；只在目标上好看而不量代价，是引导论文里常见的毛病。",
                    en="Look at both: draw effect and cost by strength and take the strength before the cost climbs. And compare with prompting and fine-tuning; showing the target without the cost is a common flaw of work on steering.",
                ),
            )
        )
    if found.sparse is not None and found.sparse.here is not None and found.sparse.here < 0.9:
        asked.append(
            FollowUp(
                Text(
                    zh="重构在你的文本上只恢复了 {here} 的损失，特征还能解释模型吗？",
                    en="On your text the reconstruction recovers {here} of the loss: do the features still explain the model?",
                ).format(here=f"{found.sparse.here:.0%}"),
                Text(
                    zh="只解释恢复的那一部分。剩下的误差项里有模型在用、而这本字典没有的东西；报告时要写明，改动特征时把误差项留着（这里就是这样）。",
                    en="They explain that part. The error term holds things that the model uses and this dictionary lacks: say so, and keep the error term when a feature is changed, as is done here.",
                ),
            )
        )
    return tuple(asked)
