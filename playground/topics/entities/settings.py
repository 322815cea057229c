"""What the lab of entities is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import number, text_box
from playground.lab.panels import Heatmap, Lines, Metrics, Prose, Table, panel, undrawn
from playground.lab.shared_controls import text
from playground.lab.text import Text
from playground.lab.token_panels import Passages
from playground.topics.entities.findings import Findings
from playground.topics.entities.prompted import MOST_EXAMPLES

MOST_CHARACTERS = 400
# Chosen on validation sentences: a test compares it with the report.
DEFAULT_WEIGHT = 0.5
DEFAULT_TEXT = Text(
    zh="新华社记者李红从纽约报道，联合国秘书长安南下月将访问中国，并在清华大学演讲。",
    en="Angela Park of Reuters reports from Geneva that the United Nations will send Omar Diallo to Kenya.",
)
DEFAULT_GOLD = Text(
    zh="新华社\t机构\n李红\t人名\n纽约\t地名\n联合国\t机构\n安南\t人名\n中国\t地名\n清华大学\t机构",
    en="Angela Park\tperson\nReuters\torganisation\nGeneva\tplace\nUnited Nations\torganisation\nOmar Diallo\tperson\nKenya\tplace",
)


@dataclass(frozen=True)
class Settings:
    text: str = text(default=DEFAULT_TEXT, max_chars=MOST_CHARACTERS, lines=4)
    gold: str = text_box(
        Text(zh="你认为的实体（可留空）", en="Your own labels (may be blank)"),
        default=DEFAULT_GOLD, max_chars=1500, lines=7, optional=True,
        help=Text(
            zh="一行一个：实体，制表符或逗号，类型（人名、地名、机构）。填了就按四种口径给每种方法打分。",
            en="One per line: the entity, a tab or a comma, its type (person, place, organisation). With them every method is scored by four schemes.",
        ),
    )  # fmt: skip
    transition_weight: float = number(
        Text(zh="转移分的权重", en="Weight of the transitions"), default=DEFAULT_WEIGHT, low=0.0, high=3.0, step=0.25,
        help=Text(
            zh="Viterbi 里标签转移的分量；0 只禁止不合法的转移。默认值在验证句上选出。",
            en="How much transitions between tags count in Viterbi; at 0 illegal ones are excluded, nothing more. The default was chosen on validation sentences.",
        ),
    )  # fmt: skip
    examples: int = number(
        Text(zh="提示里的示例数", en="Worked examples in the prompt"), default=MOST_EXAMPLES, low=0, high=MOST_EXAMPLES,
        advanced=True,
        help=Text(zh="下面的留出分数用全部 4 个示例量得。", en="The scores on labelled sentences were measured with all 4 of them."),
    )  # fmt: skip


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    marked: Passages | None = panel(
        Text(zh="各方法标出的实体", en="Entities by each method"),
        hint=Text(
            zh="角标 PER 是人名，LOC 是地名，ORG 是机构；底色深浅是整段的概率（只有探针给得出）",
            en="PER person, LOC place, ORG organisation; the tint is the probability of the whole span, which only the probe gives",
        ),
    )
    yours: Table | None = panel(
        Text(zh="这段文本的得分，四种口径", en="Scores on this text by four schemes"),
        hint=Text(
            zh="同一份输出，只换口径：严格要求边界与类型都对，部分给边界错的半分",
            en="One output, four schemes: strict needs border and type, partial gives half a point for a wrong border",
        ),
    )
    held_out: Table | None = panel(
        Text(zh="在有标注的句子上：各类型的严格 F1", en="On labelled sentences: strict F1 by type"),
        hint=Text(
            zh="方括号内为 95% 区间：P、R 按实体（Wilson），F1 按句自助法；n 为标注的人名＋地名＋机构数；自写句子每种语言 64 句，探针没有见过英文标签",
            en="95% intervals in brackets: P and R Wilson over entities, F1 bootstrap over sentences; n: labelled persons + places + organisations; own: 64 sentences in each language; the probe has seen no English label",
        ),
    )
    by_kind: Table | None = panel(
        Text(zh="《人民日报》留出句：各类型、各口径", en="People's Daily, held out: by type and scheme"),
        hint=Text(
            zh="没有用于训练和选择的句子；精确率与召回率按实体用 Wilson 区间，F1 按句自助法",
            en="Sentences that were neither trained nor chosen on; precision and recall: Wilson over entities, F1: bootstrap over sentences",
        ),
    )
    probabilities: Heatmap | None = panel(
        Text(zh="逐字的标签概率", en="Tag probabilities by unit"),
        hint=Text(
            zh="探针在每个字（英文为每个词）上的概率；B 起始，I 内部，O 不是实体",
            en="The probe's probability for each word (in Chinese each character); B begins, I continues, O is outside",
        ),
    )
    paths: Table | None = panel(
        Text(zh="同样的概率，两种解码", en="The same probabilities, decoded twice"),
        hint=Text(
            zh="只列至少一方不是 O 的位置；✗ 表示 BIO 不允许的标签",
            en="Only where at least one is not O; ✗ marks a tag that BIO forbids",
        ),
    )
    schemes: Table | None = panel(
        Text(zh="同一份输出，四种口径", en="The same output by four schemes"),
        hint=Text(
            zh="微平均 F1 与 95% 区间；口径不同的 F1 不可互比", en="Micro F1 with its 95% interval; F1 of different schemes can't be compared"
        ),
    )  # fmt: skip
    errors: Table | None = panel(
        Text(zh="错在哪里", en="Kinds of error"),
        hint=Text(
            zh="本项目自写的 64 句，语言随文本；本次运行现算",
            en="This project's 64 sentences in the text's language, computed in this run",
        ),
    )
    flattering: Metrics | None = panel(
        Text(zh="标签准确率会骗人", en="Accuracy of tags flatters"), hint=Text(zh="标签准确率与 F1 并列，也与“什么都不标”比", en="Accuracy of tags beside F1, and beside marking nothing"),
    )  # fmt: skip
    reading: Lines | None = panel(
        Text(zh="右边的文字值多少", en="What the text on the right is worth"),
        hint=Text(
            zh="验证句上的严格 F1，只用来选层和后看几个单元；模型只看得到左边",
            en="Strict F1 on validation sentences, used only to choose the layer and the units ahead; the model itself sees only the left",
        ),
        half=True,
    )
    transitions: Heatmap | None = panel(
        Text(zh="标签的转移概率", en="Transition probabilities"),
        hint=Text(zh="行是前一个标签，列是后一个；空格是 BIO 不允许的", en="Row: the tag before; column: the tag after; blank: forbidden by BIO"),
        half=True,
    )  # fmt: skip
    prompts: Table | None = panel(
        Text(zh="提示与模型写出的名单", en="The prompt and the lists"),
        hint=Text(
            zh="提示，以及加限制前后模型写出的名单",
            en="The prompt, and what is listed with and without the restriction",
        ),
    )
    trained: Prose | None = panel(
        Text(zh="探针是用什么训练的，不能做什么", en="What the probe was trained on and what it can't do"),
        hint=Text(zh="训练用的数据与局限", en="Its training data and its limits"),
    )
