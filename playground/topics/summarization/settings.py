"""What the lab of summarization is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.data.sets import Document, documents
from playground.lab.controls import group, number, text_box
from playground.lab.panels import Bars, Code, Graph, Table, panel, undrawn
from playground.lab.text import Language, Text
from playground.lab.token_panels import Passages, Tokens
from playground.topics.summarization.findings import Findings

MOST_CHARACTERS = 4000


def example(zh: str, en: str) -> tuple[Text, Text]:
    """Returns text and reference summary of two documents of the project's set, by id: the Chinese page's and the English page's."""
    pair = [_document(zh), _document(en)]
    return Text(*(one.text for one in pair)), Text(*(one.summary for one in pair))


def _document(name: str) -> Document:
    language = Language(name.partition("-")[0])
    return next(one for one in documents(language) if one.id == name)


DEFAULT_TEXT, DEFAULT_REFERENCE = example("zh-26", "en-01")


@dataclass(frozen=True)
class FewShot:
    """How the model is prompted: documents with their summaries first, then the visitor's, continued greedily to the end of the line."""

    shots: int = number(
        Text(zh="示例数", en="Examples shown"), default=2, low=0, high=3,
        help=Text(zh="放在提示里的“文章—摘要”示例，取自本项目自写的文档集；0 为零样本。",
                  en="Pairs of article and summary in the prompt, from the project's own set; 0 is zero-shot."),
    )  # fmt: skip
    max_tokens: int = number(Text(zh="最多词元", en="Maximum tokens"), default=40, low=8, high=160, advanced=True)
    repetition_penalty: float = number(
        Text(zh="重复惩罚", en="Repetition penalty"), default=1.0, low=1.0, high=2.0, step=0.05, advanced=True,
        help=Text(zh="提示里的词也计入：原文里的词都会被压低，看它还抄不抄。",
                  en="Counts the prompt too: every word of the document is penalised. See whether it still copies."),
    )  # fmt: skip


@dataclass(frozen=True)
class Settings:
    text: str = text_box(Text(zh="文档", en="Document"), default=DEFAULT_TEXT, max_chars=MOST_CHARACTERS, lines=8)
    reference: str = text_box(
        Text(zh="参考摘要", en="Reference summary"), default=DEFAULT_REFERENCE, max_chars=MOST_CHARACTERS, optional=True,
        help=Text(zh="可以不填；填了才有 ROUGE 和抽取上界。换了文档，示例的参考摘要就不再采用。",
                  en="May be blank; ROUGE and the extractive upper bound need one. An example's reference isn't used for another document."),
    )  # fmt: skip
    sentences: int = number(
        Text(zh="摘要句数", en="Sentences"), default=2, low=1, high=8,
        help=Text(zh="抽取方法取这么多句；模型生成到行尾为止，长度由示例决定。",
                  en="How many the extractive methods choose; the model generates to the end of the line, and its examples set the length."),
    )  # fmt: skip
    model: FewShot = group(Text(zh="模型", en="Model"), FewShot)
    novelty: float = number(
        Text(zh="MMR 的 λ", en="λ of MMR"), default=0.7, low=0.0, high=1.0, step=0.05, advanced=True,
        help=Text(zh="λ × 与质心的相似度 − (1 − λ) × 与已选句的最大相似度；1 为不管重复。",
                  en="λ × similarity to the centroid − (1 − λ) × the largest similarity to a chosen sentence; 1 ignores repetition."),
    )  # fmt: skip
    damping: float = number(
        Text(zh="TextRank 阻尼", en="TextRank damping"), default=0.85, low=0.0, high=0.95, step=0.05, advanced=True,
        help=Text(zh="沿边走的概率，其余时候跳到任意一句；0 时各句同分。",
                  en="How often the walk follows an edge rather than jumping anywhere; at 0 all sentences are equal."),
    )  # fmt: skip


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    summaries: Passages | None = panel(
        Text(zh="各方法的摘要", en="Summaries by each method"),
        hint=Text(
            zh="波浪线：原文里找不到的名字或数字；橙色底：逐字抄来的一段",
            en="Wavy underline: a name or number that the source lacks; orange: copied word for word",
        ),
    )
    written: Tokens | None = panel(
        Text(zh="模型逐词元生成", en="The model, token by token"),
        hint=Text(
            zh="下划线越深，概率越高：照抄时接近 1",
            en="A darker underline means a higher probability: near 1 while it copies",
        ),
    )
    figures: Table | None = panel(
        Text(zh="长短与忠实", en="Length and faithfulness"),
        hint=Text(
            zh="长度比：摘要 ÷ 原文；照抄比：取自原文的词；新增 n 元组：原文没有的占比；末列：原文没有的名字和数字",
            en="Length: summary ÷ document; copied: words taken from it; novel n-grams: the share that it lacks; last column: names and numbers that it lacks",
        ),
    )
    scores: Passages | None = panel(
        Text(zh="哪些句子得分高", en="Which sentences score highest"),
        hint=Text(
            zh="底色为该方法的得分，编号为入选次序", en="Tinted by the method's score, numbered in the order of choice"
        ),
    )
    rouge: Table | None = panel(
        Text(zh="与参考摘要的重合（ROUGE F1）", en="Overlap with the reference (ROUGE F1)"),
        hint=Text(
            zh="最后一列：rouge_score 的默认分词，只保留 a–z 和 0–9",
            en="Last column: rouge_score's default tokenizer, which keeps a–z and 0–9 only",
        ),
    )
    rouge_parts: Table | None = panel(
        Text(zh="精确率与召回率", en="Precision and recall"),
        hint=Text(zh="长摘要召回率高、精确率低", en="A long summary has high recall and low precision"),
    )  # fmt: skip
    on_the_set: Bars | None = panel(
        Text(zh="在 40 篇文档上", en="On 40 documents"),
        hint=Text(
            zh="一篇文章比不出高下；这几种方法不用模型，可以全部算一遍",
            en="One document can't rank methods; these need no model, so all are scored",
        ),
    )
    graph: Graph | None = panel(
        Text(zh="TextRank 的图", en="TextRank's graph"), half=True,
        hint=Text(zh="点为句子，越大得分越高；边为共有的实词", en="Nodes are sentences, larger for a higher score; edges are shared content words"),
    )  # fmt: skip
    states: Table | None = panel(
        Text(zh="反例：比较隐藏状态", en="Counter-example: comparing hidden states"), half=True,
        hint=Text(zh="与全文的余弦：末层平均池化，或去均值的句向量", en="Cosine with the document: last layer mean-pooled, or mean-centred sentence vectors"),
    )  # fmt: skip
    ranking: Table | None = panel(
        Text(zh="逐句得分", en="Scores by sentence"),
        hint=Text(zh="每句的各种得分与名次", en="Every sentence with its scores and ranks"),
    )
    prompt: Code | None = panel(
        Text(zh="模型读到的提示", en="The prompt that the model reads"),
        hint=Text(zh="提示全文；示例放不下时会注明", en="The whole prompt; it says if examples were left out"),
    )
