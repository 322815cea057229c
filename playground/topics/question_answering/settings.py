"""What the lab of question answering is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import ShownWhen, choice, number, switch, text_box
from playground.lab.panels import Bars, Lines, Table, panel, undrawn
from playground.lab.shared_controls import seed
from playground.lab.text import Label, Text
from playground.lab.token_panels import Passages
from playground.topics.question_answering.findings import Findings
from playground.topics.question_answering.on_the_set import ALL
from playground.topics.question_answering.prompts import CLOSED, OPEN

MOST_CHARACTERS = 4000
BOOKS: dict[str, Label] = {OPEN: Text(zh="开卷", en="open book"), CLOSED: Text(zh="闭卷", en="closed book")}
RETRIEVER_NAMES: dict[str, Label] = {
    "bm25": "BM25",
    "vectors": Text(zh="向量", en="vectors"),
    "both": Text(zh="两者（RRF）", en="both (RRF)"),
}
CUTS: dict[str, Label] = {
    "sentences": Text(zh="按整句", en="by sentences"),
    "characters": Text(zh="按字符数", en="by characters"),
}
DEFAULT_QUESTION = Text(zh="观星台的门票多少钱？", en="How much is a ticket for the observatory?")
DEFAULT_PASSAGE = Text(
    zh="青石镇的水塔建于一九六二年，高三十一米。二〇〇五年自来水厂迁到河对岸，水塔就停用了。镇里原想拆掉它，钟表匠罗启明提议改成观星台。"
    "改造用了两年，费用由三百多户居民捐出。塔顶的望远镜是一位退休教师送的，镜筒漆成深红色。观星台每周五晚上开放，门票八元，下雨就改到周日。"
    "罗启明的女儿现在负责讲解。去年秋天，一班初中生在这里记下了一颗彗星的位置。",
    en="The water tower of Ashcombe was built in 1962 and is 31 metres high. When the waterworks moved across the river in 2005, the tower was no longer needed."
    " The council wanted to pull it down, but the clockmaker Ned Farrow proposed an observatory. The conversion took two years and was paid for by three hundred households."
    " A retired teacher gave the telescope, whose tube is painted dark red. The observatory opens every Friday evening; a ticket costs eight pounds, and if it rains the evening moves to Sunday."
    " Farrow's daughter now gives the tours. Last autumn a school class recorded the position of a comet there.",
)


@dataclass(frozen=True)
class Settings:
    question: str = text_box(Text(zh="问题", en="Question"), default=DEFAULT_QUESTION, max_chars=200, lines=2)
    passage: str = text_box(
        Text(zh="资料", en="Passage"), default=DEFAULT_PASSAGE, max_chars=MOST_CHARACTERS, lines=8,
    )  # fmt: skip
    book: str = choice(
        Text(zh="开卷还是闭卷", en="Open or closed book"), BOOKS, default=OPEN,
        help=Text(zh="闭卷：不给资料，只靠模型记住的。", en="Closed book: no passage, only what the model remembers."),
    )  # fmt: skip
    retriever: str = choice(Text(zh="检索器", en="Retriever"), RETRIEVER_NAMES, default="both")
    kept: int = number(
        Text(zh="保留几块", en="Chunks kept"), default=2, low=1, high=8,
        help=Text(zh="比块数多就全部保留。", en="All of them, if there are fewer."),
    )  # fmt: skip
    threshold: float = number(
        Text(zh="弃权阈值", en="Threshold to abstain"), default=0.5, low=0.0, high=1.0, step=0.05,
        help=Text(
            zh="把握低于它就不答。把握是答案各词元概率的几何平均。",
            en="Less confident answers are withheld. Confidence: geometric mean of the probabilities of the answer's tokens.",
        ),
    )  # fmt: skip
    cut: str = choice(Text(zh="怎样切块", en="How chunks are cut"), CUTS, default="sentences", advanced=True)
    size: int = number(
        Text(zh="每块句数", en="Sentences per chunk"), default=2, low=1, high=8, advanced=True,
        shown_when=ShownWhen("cut", ("sentences",)),
    )  # fmt: skip
    overlap: int = number(
        Text(zh="相邻块重叠句数", en="Sentences of overlap"), default=0, low=0, high=4, advanced=True,
        shown_when=ShownWhen("cut", ("sentences",)),
        help=Text(zh="要少于每块句数。", en="Fewer than a chunk has."),
    )  # fmt: skip
    characters: int = number(
        Text(zh="每块字符数", en="Characters per chunk"), default=60, low=20, high=400, step=5, advanced=True,
        shown_when=ShownWhen("cut", ("characters",)),
    )  # fmt: skip
    refusal: bool = switch(
        Text(zh="示例里有一次拒答", en="One worked example refuses"), default=False, advanced=True,
        help=Text(
            zh="提示里多放一个示例：资料里没有答案，就写“资料没有提到”。",
            en="One more example in the prompt, whose passage has no answer: it says “not stated”.",
        ),
    )  # fmt: skip
    other: str = text_box(
        Text(zh="把答案改成（留空：按规则）", en="Contradict the answer with (blank: by rule)"), default="", max_chars=60, lines=1,
        optional=True, advanced=True,
        help=Text(
            zh="资料里的答案换成它，看模型跟不跟。规则：数字换数字，其余按问题里的词换人名、地点或东西。",
            en="Put in the answer's place in the passage. The rule: another number, else a name, place or thing by the question's words.",
        ),
    )  # fmt: skip
    questions: int = number(
        Text(zh="问题集现答几题", en="Questions of the set answered now"), default=3, low=3, high=ALL // 2, step=3, advanced=True,
        help=Text(zh="本项目自写的 60 题，三分之一没有答案。其余的题取自同一个模型事先量得的记录；换了模型就只有现答的。",
                  en="Of this project's 60, a third of them unanswerable. The others' answers were recorded beforehand with the same model; another model has only those answered now."),
    )  # fmt: skip
    seed: int = seed(Text(zh="自助法的抽样", en="The bootstrap's resampling"))


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    answers: Table | None = panel(
        Text(zh="同一个问题，换五种读法", en="One question, five readings"),
        hint=Text(
            zh="第一行是本次设置；把握为词元概率的几何平均；最后一列是本次答案在该读法下的对数概率（奈特）",
            en="First row: this run's settings. Confidence: geometric mean of token probabilities. Last column: log-probability of this run's answer under each reading (nats)",
        ),
    )
    passage: Passages | None = panel(
        Text(zh="读了哪里，依据在哪里", en="What was read, and what supports the answer"),
        hint=Text(
            zh="删去线：没有检索到；底色越深，单凭这一句答案越可能；S 为最强的一句，F1 后面是其中与答案最吻合的一段",
            en="Struck out: not retrieved. Tint: how likely the sentence alone makes the answer; S: the strongest; after F1: its span that matches the answer best",
        ),
    )
    ranking: Table | None = panel(
        Text(zh="各块的排名与共有的词", en="Chunks by rank, with the words they share"),
        hint=Text(
            zh="按所选检索器排；着色的行是保留下来的；BM25 只数共有的词，向量看意思，RRF 合并两个名次",
            en="Ranked by the chosen retriever; tinted rows are kept. BM25 counts shared words, vectors compare meaning, RRF merges the two ranks",
        ),
    )
    on_the_set: Table | None = panel(
        Text(zh="在问题集上：EM 与 F1", en="On the question set: EM and F1"),
        hint=Text(
            zh="只算有答案的题，方括号内为 95% 区间；后三行看答案跟不跟资料走",
            en="Answerable questions only, 95% intervals in brackets; the last rows show whether answers follow the passage",
        ),
    )
    risk: Lines | None = panel(
        Text(zh="风险与覆盖率", en="Risk against coverage"), half=True,
        hint=Text(
            zh="从左到右阈值降低；把握有用，风险就应随覆盖率上升；没有答案的题，答了就算错",
            en="The threshold falls from left to right; where confidence is informative, risk rises with coverage. Answering an unanswerable question counts as wrong",
        ),
    )  # fmt: skip
    abstention: Table | None = panel(
        Text(zh="在这个阈值上", en="At this threshold"), half=True,
        hint=Text(zh="方括号内为 95% 区间", en="95% intervals in brackets"),
    )  # fmt: skip
    retrieval: Bars | None = panel(
        Text(zh="检索器召回", en="Recall of the retrievers"), half=True,
        hint=Text(
            zh="含答案的那一句是否排进前 1、前 3；误差线为 95% 区间",
            en="Whether the sentence with the answer ranks among the first 1 or 3; error bars: 95% intervals",
        ),
    )  # fmt: skip
    signals: Table | None = panel(
        Text(zh="哪种把握分得清对错", en="Which confidence tells right from wrong"), half=True,
        hint=Text(zh="AUROC 0.5 为乱猜；AURC 越低越好；方括号内为按题自助法的 95% 区间", en="AUROC 0.5 is chance; a lower AURC is better; in brackets 95% bootstrap intervals over questions"),
    )  # fmt: skip
    support: Table | None = panel(
        Text(zh="逐句：单凭它，去掉它", en="By sentence: it alone, and without it"),
        hint=Text(
            zh="单凭它：充分性；去掉它后的下降：必要性（奈特）",
            en="Alone: sufficiency; fall without it: necessity (nats)",
        ),
    )  # fmt: skip
    items: Table | None = panel(
        Text(zh="逐题", en="Question by question"),
        hint=Text(zh="每个问题、可接受的答案与模型的答案", en="Every question, the accepted answer and the model's"),
    )
    prompts: Table | None = panel(
        Text(zh="模型真正读到的文字", en="What the model really reads"), hint=Text(zh="每份提示的全文，换行有标记", en="Every prompt in full, line breaks marked"),
    )  # fmt: skip
