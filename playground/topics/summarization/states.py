"""What comparing hidden states gives, against what people think it gives: a number near 1 for any two texts. Writes no summary."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from playground.data.sets import documents
from playground.lab.panels import Table
from playground.lab.text import Label, Language, Text
from playground.language.scripts import main_language
from playground.language.segmentation import segment
from playground.language.sentence_vectors import centred, sentence_vectors
from playground.language.sentences import sentences
from playground.models.language_model import LanguageModel
from playground.topics.summarization.summaries import NAMES, Document, Summary

# Sentences whose mean stands for what all sentences of a language share.
BACKGROUND = 16


def background(language: Language, text: str) -> list[str]:
    """The first sentences of the set's documents, the visitor's own left out."""
    first = (sentences(one.text)[0].text for one in documents(language))
    return [one for one in first if one.strip() not in text][:BACKGROUND]


def common_part(lm: LanguageModel, document: Document) -> Tensor:
    """What sentence vectors of the document's language share (hidden,): the mean over sentences of other documents."""
    return sentence_vectors(lm, background(document.language, document.text)).mean(0)


def mean_pooled(lm: LanguageModel, text: str) -> Tensor:
    """The mean (hidden,) of the last layer's states over all tokens: the usual snippet's vector of a text."""
    ids = lm.encode(text)[: lm.context]
    return lm.hidden_states(ids)[-1][1:].mean(0) if len(ids) > 1 else lm.hidden_states(ids)[-1].mean(0)


def compare_states(lm: LanguageModel, document: Document, made: dict[str, Summary], common: Tensor) -> Table:
    """The document against each summary, against a summary of another document and against its own words in reverse.

    `common`: see `common_part`.
    """
    texts: list[tuple[Label, str]] = [
        (NAMES[name], made[name].text) for name in NAMES if name in made and made[name].text
    ]
    if document.reference:
        texts.append((NAMES["reference"], document.reference))
    other = next(one for one in documents(document.language) if one.text != document.text)
    words = [part.text for part in segment(document.text, "word") if part.is_content]
    gap = "" if main_language(document.text) is Language.ZH else " "
    texts.append((Text(zh="另一篇文章的摘要", en="a summary of another document"), other.summary))
    texts.append((Text(zh="本文的词，倒着排", en="the document's words in reverse"), gap.join(reversed(words))))
    # Equal texts are computed once: of a short document every method may give the whole.
    distinct = list(dict.fromkeys([document.text.strip(), *(text for _, text in texts)]))
    places = [distinct.index(text) for _, text in texts]
    means = torch.stack([mean_pooled(lm, text) for text in distinct])
    pooled = cosine_similarity(means[:1], means)[places].tolist()
    vectors = centred(sentence_vectors(lm, distinct), common)
    prompted = (vectors @ vectors[0])[places].tolist()
    return Table(
        (Text(zh="与全文比较", en="compared with the document"), Text(zh="平均池化", en="mean-pooled"),
         Text(zh="句向量，去均值", en="sentence vectors, mean off")),
        tuple((name, one, two) for (name, _), one, two in zip(texts, pooled, prompted, strict=True)),
        caveat=Text(
            zh="这些数选不出也写不出摘要，只给现成的文本打分。平均池化下，另一篇文章的摘要得 {other}，本文的词倒着排得 {reverse}。",
            en="No summary comes out of these numbers: they score a text that is there already. Mean-pooled, another document's"
            " summary gets {other} and the document's words in reverse {reverse}.",
        ).format(other=f"{pooled[-2]:.2f}", reverse=f"{pooled[-1]:.2f}"),
    )  # fmt: skip
