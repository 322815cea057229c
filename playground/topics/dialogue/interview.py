"""What an interviewer asks about a run of dialogue: before it, in one sentence after it, and next."""

from __future__ import annotations

from collections.abc import Iterator

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.dialogue.findings import Findings
from playground.topics.dialogue.settings import Settings

# Characters of a quoted message.
QUOTED = 24
# How many times as long prefilling everything must take before its cost is asked about.
CLEARLY_LONGER = 1.3
# A side that reuses less than this share of the longer prompt reuses little.
LITTLE_REUSE = 0.5


def _first_forgotten(settings: Settings, found: Findings) -> Outcome | None:
    """What A lost first; of several at one turn the oldest, the examples before any turn."""
    lost = found.a.first_forgotten
    if lost is None:
        return Outcome("nothing", Text(zh="A 什么都没忘：全部都放得下", en="A forgot nothing: everything fits"))
    if lost.exchange == 0:
        return Outcome(
            "frame",
            Text(
                zh="说到第 {turn} 轮，A 先丢了开头的示例", en="at turn {turn} A lost the examples at the start first"
            ).format(turn=lost.turn),
        )
    return Outcome(
        "first" if lost.exchange == 1 else "later",
        Text(
            zh="说到第 {turn} 轮，A 最先忘掉第 {place} 轮“{said}”",
            en="at turn {turn} A first forgot turn {place}, “{said}”",
        ).format(turn=lost.turn, place=lost.exchange, said=_quoted(found.history.said[lost.exchange - 1])),
    )


def _quoted(text: str) -> str:
    return text if len(text) <= QUOTED else text[:QUOTED] + "…"


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(zh="A 最先忘掉的是什么？", en="What does A forget first?"),
    _first_forgotten,
    (
        ("nothing", Text(zh="什么都不忘", en="nothing")),
        ("frame", Text(zh="开头的示例", en="the examples at the start")),
        ("first", Text(zh="第 1 轮", en="turn 1")),
        ("later", Text(zh="更后面的一轮", en="a later turn")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says how much of the conversation each side read and reused, and whether they replied alike."""
    a, b, turns = found.a, found.b, len(found.history.said)
    values: dict[str, object] = {
        "turns": Text(zh="{n} 轮", en="{n:|earlier turn|earlier turns}").format(n=turns),
        "same": Text(zh="两侧读到同一个字符串：", en="Both sides read the same string: ")
        if a.read == b.read
        else Text(zh="两侧读到的字符串不同：", en="The sides read different strings: "),
        "whole_a": a.whole_turns, "whole_b": b.whole_turns,
        "tokens_a": a.tokens, "tokens_b": b.tokens,
        "reused_a": a.reused, "reused_b": b.reused,
        "examples": _lost_examples(found),
        "replies": _replies(found),
    }  # fmt: skip
    if not turns:
        return Text(
            zh="{same}这是第一轮，提示 A {tokens_a} 个词元、B {tokens_b} 个，还没有上一轮的键和值可复用{examples}{replies}。",
            en="{same}this is the first turn, with prompts of {tokens_a} (A) and {tokens_b} (B) tokens and no keys and values"
            " of an earlier turn to reuse{examples}{replies}.",
        ).format(**values)
    return Text(
        zh="{same}此前 {turns}，A 完整读到 {whole_a} 轮、B {whole_b} 轮；提示 A {tokens_a} 个词元、B {tokens_b} 个，"
        "其中复用键和值的 A {reused_a} 个、B {reused_b} 个{examples}{replies}。",
        en="{same}of {turns} A reads {whole_a} whole and B {whole_b}; the prompts have {tokens_a} (A) and"
        " {tokens_b} (B) tokens, of which {reused_a} (A) and {reused_b} (B) reuse keys and values{examples}{replies}.",
    ).format(**values)


# A Text can't be blank in a language: nothing to add is a string.
def _lost_examples(found: Findings) -> Text | str:
    if found.a.examples_whole and found.b.examples_whole:
        return ""
    if not found.a.examples_whole and not found.b.examples_whole:
        return Text(zh="；两侧都没有完整读到开头的示例", en="; neither side reads the examples at the start whole")
    return Text(
        zh="；{side} 没有完整读到开头的示例", en="; {side} doesn't read the examples at the start whole"
    ).format(side="A" if found.b.examples_whole else "B")


def _replies(found: Findings) -> Text | str:
    if found.a.reply is None or found.b.reply is None:
        return ""
    if found.a.reply == found.b.reply:
        return Text(zh="；两个回复相同", en="; the two replies are the same")
    return Text(zh="；两个回复不同", en="; the two replies differ")


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    return tuple(_asked(settings, found))


def _asked(settings: Settings, found: Findings) -> Iterator[FollowUp]:
    a = found.a
    if a.unread_turns:
        # A larger window changes nothing where a fixed number of turns is kept, and all of them fit.
        larger = (
            Text(zh="“只留最近几轮”读多少与窗口无关，这里一轮也不会多读；换成别的策略，也只是推迟。",
                 en="“Last few turns” reads the same in any window, so here not one turn more; under another strategy it only puts the problem off.")
            if settings.a.strategy == "window" and a.whole_turns >= settings.a.window
            else Text(zh="只是推迟。", en="It puts it off.")
        )  # fmt: skip
        yield FollowUp(
            Text(zh="A 有 {n} 轮没有读到原文，加大上下文窗口就解决了吗？", en="A doesn't read the original of {n}. Does a larger context window solve it?").format(
                n=Text(zh="{n}", en="{n:|turn|turns}").format(n=a.unread_turns)),
            Text(zh="{larger}没有前缀缓存，每轮都要重新预填充全部历史，全局注意力的计算随长度平方增长；有缓存，键和值占的内存也随长度增长；很长的提示里，中间的内容还更容易被忽略。常见做法是近处保留原文，远处用摘要，再加检索：把旧的轮存成向量，用到时取回几轮。",
                 en="{larger} Without a prefix cache every turn prefills the whole history again, and the cost of full attention grows with the square of the length; with one, keys and values take memory in proportion"
                    " to it; and the middle of a very long prompt is more easily overlooked. Usually recent turns stay verbatim, older ones become a summary, and retrieval is added: store old turns as vectors and fetch the few that matter.").format(larger=larger),
        )  # fmt: skip
    yield from _reuse(found)
    if a.summary or found.b.summary:
        yield FollowUp(
            Text(zh="摘要漏掉或写错了一件事，后面的轮会怎样？", en="The summary leaves out a fact, or gets one wrong. What happens to later turns?"),
            Text(zh="原文已经不在提示里，模型只能信摘要：漏掉的再也找不回来，写错的会被当真，再摘要一次还会放大。所以要把关键事实单独存成字段（姓名、偏好、约束），摘要只管情节，并保留原文供检索核对。",
                 en="The original is no longer in the prompt, so the model can only trust the summary: what it left out is gone, what it got wrong is taken as true, and summarising again amplifies it."
                    " Keep key facts apart as fields (name, preferences, constraints), let the summary carry the story, and keep the original for retrieval."),
        )  # fmt: skip
    if a.example_tokens and a.examples_whole:
        yield FollowUp(
            Text(zh="开头的示例占了 {n} 个词元。指令微调过的模型为什么不需要它们？", en="The examples take {n} tokens. Why does an instruction-tuned model not need them?").format(n=a.example_tokens),
            Text(zh="微调让它在许多对话上学会了：看到模板里的角色标记，就以助手的身份作答，答完生成结束符。基础模型只会续写文本，所以要用示例让“聊天记录”成为最可能的下文，再靠停止串收尾。反过来，微调模型离开自己的模板，表现也会变差。",
                 en="Tuning on many chats taught it to answer as the assistant after its template's role marks, and to generate an end token when it is done. A base model only continues text, so examples"
                    " make a chat the likeliest continuation and stop strings end it. Conversely a tuned model gets worse outside its own template."),
        )  # fmt: skip


def _reuse(found: Findings) -> Iterator[FollowUp]:
    a, b = found.a, found.b
    name, side = ("A", a) if a.reused <= b.reused else ("B", b)
    whole, new = found.measured.a[-1].whole_prompt.median, found.measured.a[-1].new_tokens.median
    if side.prefix_changed and side.reused < LITTLE_REUSE * max(a.tokens, b.tokens):
        yield FollowUp(
            Text(zh="{side} 只复用了 {n} 个词元的键和值，为什么这么少？怎样删旧轮才不让缓存失效？",
                 en="{side} reuses the keys and values of only {n} tokens. Why so few, and how can turns be dropped without invalidating the cache?").format(
                     side=name, n=side.reused),
            Text(zh="因果模型里，一个词元的键和值取决于它自己和它前面的一切，键里还编着位置。前面少一轮，后面的全变，精确的前缀缓存只有共同的开头能用。所以不要每轮删一点，而是一次删够：超过预算就删到一半，之后许多轮都只在末尾追加。摘要也应攒几轮再更新一次。",
                 en="In a causal model a token's keys and values depend on itself and everything before it, and the key also encodes its position. One turn less in front changes all that follows, so an exact prefix cache serves only the common"
                    " start. Don't drop a little at each turn: once over budget, drop to half of it, and many turns then only append. Refresh a summary every few turns, too."),
        )  # fmt: skip
    elif whole > CLEARLY_LONGER * new:
        yield FollowUp(
            Text(zh="A 的提示整段预填充要 {whole} 毫秒，只算新的要 {new} 毫秒。服务许多用户时，这些键和值放在哪里？",
                 en="Prefilling all of A's prompt takes {whole} ms, only what is new {new} ms. With many users, where do these keys and values live?").format(
                     whole=f"{whole:.0f}", new=f"{new:.0f}"),
            Text(zh="显存放不下所有会话。服务框架按块管理键值（PagedAttention），以词元前缀的散列或前缀树找到可共用的块（如 SGLang 的 RadixAttention），满了按最久未用淘汰，或挪到内存、磁盘。系统提示由所有会话共用，收益最大。",
                 en="They don't all fit the accelerator. Servers keep them in blocks (PagedAttention), find shareable ones by a hash of the prefix or a radix tree (SGLang's RadixAttention), evict the"
                    " least recently used or move them to main memory or disk. The system prompt is shared by every chat, so it pays most."),
        )  # fmt: skip
