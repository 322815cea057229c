"""Decides whether a reference summary is one of the visitor's text: a reference applies only to its own document. Knows no score."""

from __future__ import annotations

from dataclasses import dataclass

from playground.data.sets import Document as SetDocument
from playground.data.sets import documents
from playground.lab.text import Language, Text
from playground.language.parts_of_speech import content_words
from playground.language.sentences import sentences


@dataclass(frozen=True)
class Reference:
    """`text`: what summaries are scored against, "" for nothing.

    `state`: "own", "none" (blank), "another" (the set's reference of another document, `title`, which isn't used) or "apart"
    (used, but it shares no content word with the text).
    """

    text: str
    state: str
    title: str = ""

    @property
    def note(self) -> Text | None:
        """Returns the note on the reference that the panels show; None if there is none."""
        return NOTES[self.state].format(title=self.title) if self.state in NOTES else None


NOTES = {
    "none": Text(
        zh="没有填参考摘要，所以没有 ROUGE，也没有抽取上界。",
        en="No reference summary was given, so there is no ROUGE and no extractive upper bound.",
    ),
    "another": Text(
        zh="参考摘要是另一篇文章“{title}”的，这里的文档不含它的一半句子，所以没有采用，也就没有 ROUGE。请改写成这篇文档的摘要，或清空。",
        en="The reference summary is that of another document, “{title}”, less than half of whose sentences are in this one. It wasn't"
        " used, so there is no ROUGE: write a summary of this document, or clear the field.",
    ),
    "apart": Text(
        zh="参考摘要与文档没有一个共同的实词：它是这篇文档的摘要、用的是同一种语言吗？",
        en="The reference shares no content word with the document: is it a summary of this document, in its language?",
    ),
}  # fmt: skip


def read_reference(text: str, reference: str) -> Reference:
    """Compares a reference with the text that it is to be a summary of."""
    reference = reference.strip()
    if not reference:
        return Reference("", "none")
    known = _of_the_set(reference)
    if known is not None and not _holds(text, known):
        return Reference("", "another", known.title)
    apart = known is None and not set(content_words(text)) & set(content_words(reference))
    return Reference(reference, "apart" if apart else "own")


def _of_the_set(reference: str) -> SetDocument | None:
    same = (one for language in Language for one in documents(language) if one.summary.split() == reference.split())
    return next(same, None)


def _holds(text: str, document: SetDocument) -> bool:
    """Returns whether the text has at least half of the document's sentences: the visitor may have changed a few."""
    whole = " ".join(text.split())
    parts = [" ".join(part.text.split()) for part in sentences(document.text)]
    return 2 * sum(part in whole for part in parts) >= len(parts)
