"""What an interviewer asks about a run: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.chinese.findings import Findings
from playground.topics.chinese.settings import Settings


def _token_count(settings: Settings, found: Findings) -> Outcome | None:
    """How many tokens the model reads."""
    evidence = Text(
        zh="{characters} 个字符，{tokens} 个词元，其中 {parts} 个是不成字的字节",
        en="{characters} characters, {tokens} tokens, of which {parts} are bytes of a character",
    ).format(characters=found.characters, tokens=len(found.tokens), parts=found.byte_tokens)
    return Outcome(float(len(found.tokens)), evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(zh="模型把这段文本读成几个词元？", en="How many tokens does the model read this text as?"),
    _token_count,
    low=0,
    high=1500,
    tolerance=0.15,
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says how many tokens the model reads, and how the best path of the word graph fares with the model."""
    start = Text(
        zh="{characters} 个字符读成 {tokens} 个词元，其中 {parts} 个是不成字的字节；",
        en="The model reads {characters} characters as {tokens} tokens, {parts} of them bytes of a character; ",
    ).format(characters=found.characters, tokens=len(found.tokens), parts=found.byte_tokens)
    end = _of_paths(found)
    return Text(start.zh + end.zh, start.en + end.en)


def _of_paths(found: Findings) -> Text:
    if found.graph is None:
        return Text(zh="文中没有汉字，画不出词图。", en="without Chinese characters there is no word graph.")
    if found.graph.margin is None:
        if found.graph.whole:
            return Text(
                zh="词图只有 {n} 条路径，没有歧义。", en="the word graph has {n} path, so nothing is ambiguous."
            ).format(n=1)
        return Text(
            zh="“{text}”的词图只有 {n} 条路径，全文有 {places} 处交集型歧义。",
            en="the word graph of “{text}” has {n} path, and the whole text {places:|overlapping ambiguity|overlapping ambiguities}.",
        ).format(n=1, text=found.graph.text, places=found.ambiguous)
    best = found.graph.candidates[0]
    values: dict[str, object] = {
        "places": found.ambiguous,
        "of": "" if found.graph.whole else Text(zh="“{t}”的", en=" of “{t}”").format(t=found.graph.text),
        "paths": found.graph.paths,
        "scored": len(found.graph.candidates),
        "best": " / ".join(best.words),
        "share": f"{best.share:.1%}",
        "liked": " / ".join(found.graph.candidates[found.graph.preferred].words),
    }
    if found.graph.preferred == 0:
        return Text(
            zh="全文有 {places} 处交集型歧义；{of}词图的 {paths} 条路径里，“{best}”占 {share} 的概率，前 {scored} 条里模型也最偏好它。",
            en="the text has {places:|overlapping ambiguity|overlapping ambiguities}; of the {paths} paths in the word graph{of} “{best}” has"
            " {share} of the probability, and the model prefers it of the best {scored} too.",
        ).format(**values)
    return Text(
        zh="全文有 {places} 处交集型歧义；{of}词图的 {paths} 条路径里，“{best}”占 {share} 的概率，前 {scored} 条里模型却偏好“{liked}”。",
        en="the text has {places:|overlapping ambiguity|overlapping ambiguities}; of the {paths} paths in the word graph{of} “{best}” has"
        " {share} of the probability, yet of the best {scored} the model prefers “{liked}”.",
    ).format(**values)


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this result raises."""
    asked = []
    if found.byte_tokens:
        asked.append(
            FollowUp(
                Text(
                    zh="有 {n} 个词元只是一个字的部分字节。如果生成正好停在半个字上，会怎样？",
                    en="Tokens that are only some bytes of a character: {n}. What if generation stops inside a character?",
                ).format(n=found.byte_tokens),
                Text(
                    zh="得到不合法的 UTF-8，直接解码会出现 �。流式输出要把不完整的字节留到下一个词元；停止条件和最大长度也应落在字的边界上。",
                    en="The bytes are no valid UTF-8 and decode to �. Streaming must hold incomplete bytes back until the next token, and stop conditions and"
                    " length limits should respect character borders.",
                ),
            )
        )
    if found.graph is not None and found.graph.margin is not None and found.graph.preferred != 0:
        asked.append(
            FollowUp(
                Text(
                    zh="词频最高的 {n} 条路径里，jieba 与模型选的不同，谁对？",
                    en="Of the {n} likeliest paths jieba and the model choose different ones. Who is right?",
                ).format(n=len(found.graph.candidates)),
                Text(
                    zh="两者都不是标准。jieba 的一元模型不看上下文；模型的分数受提示、分隔符和段数影响。要由人按分词规范标注，再在许多句子上比 F1。",
                    en="Neither is a standard. jieba's unigram model sees no context; the model's score depends on prompt, separator and number of words. Have people"
                    " annotate by a segmentation guideline and compare F1 over many sentences.",
                ),
            )
        )
    if found.without_hmm != found.cuts["precise"]:
        asked.append(
            FollowUp(
                Text(zh="HMM 为什么改变了切法？", en="Why did the HMM change the cut?"),
                Text(
                    zh="词典最优路径上连续的单字会被拼起来，交给按字标注 B/M/E/S 的 HMM 再切一次，于是能认出词典里没有的词，也会拼错。",
                    en="Single characters in a row on the dictionary's best path are joined and cut again by an HMM that tags each B, M, E or S. It finds words that the"
                    " dictionary lacks, and joins some wrongly.",
                ),
            )
        )
    lost = found.trained["wordpiece"].lost
    if lost > found.trained["bpe"].lost:
        asked.append(
            FollowUp(
                Text(
                    zh="WordPiece 丢了 {n} 个字符，BPE 只丢 {m} 个，为什么不同？",
                    en="WordPiece lost {n} characters, BPE {m}. Why do they differ?",
                ).format(n=lost, m=found.trained["bpe"].lost),
                Text(
                    zh="WordPiece 从左到右取最长匹配，有一处配不上，整段都变成 [UNK]；BPE 只把那个字换成 [UNK]；字节级 BPE 一个也不丢。"
                    "BERT 先把每个汉字两边加空格，才把损失限制在一个字内。",
                    en="WordPiece takes the longest match from the left, and if one place has none, the whole run becomes [UNK]; BPE replaces that character only; byte-level"
                    " BPE loses nothing. BERT puts spaces around each Chinese character first, which limits the loss to one.",
                ),
            )
        )
    return tuple(asked)
