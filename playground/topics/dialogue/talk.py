"""What the dialogue topic says around its numbers: prediction, follow-ups, failures, examples. Computes nothing."""

from __future__ import annotations

from typing import Any

from playground.lab.text import Text
from playground.lab.topic import Example, Failure, FollowUp, Outcome, Prediction

# What the first turn of the default chat tells.
FACT = Text(zh="成都", en="Alice")


def _first_forgotten(result: Any) -> Outcome | None:
    """What A lost first, read from the table: the examples stand in its first row."""
    if result.forgotten is None:
        return None
    lost = [(row[2], place) for place, row in enumerate(result.forgotten.rows) if isinstance(row[2], int)]
    if not lost:
        return Outcome("nothing", Text(zh="A 什么都没忘：全部都放得下", en="A forgot nothing: everything fits"))
    turn, place = min(lost)
    if place == 0:
        return Outcome(
            "frame",
            Text(
                zh="说到第 {turn} 轮，A 先丢了开头的示例", en="at turn {turn} A lost the examples at the start first"
            ).format(turn=turn),
        )
    return Outcome(
        "first" if place == 1 else "later",
        Text(
            zh="说到第 {turn} 轮，A 最先忘掉第 {place} 轮“{said}”",
            en="at turn {turn} A first forgot turn {place}, “{said}”",
        ).format(turn=turn, place=place, said=str(result.forgotten.rows[place][1])[:24]),
    )


PREDICTION = Prediction(
    Text(zh="A 最先忘掉的是什么？", en="What does A forget first?"),
    _first_forgotten,
    (
        ("nothing", Text(zh="什么都不忘", en="nothing")),
        ("frame", Text(zh="开头的示例", en="the examples at the start")),
        ("first", Text(zh="第 1 轮", en="turn 1")),
        ("later", Text(zh="更后面的一轮", en="a later turn")),
    ),
)


def text_read(prompt: Any) -> str:
    """The exact string of a side."""
    return "".join(part.text for part in prompt.parts if not part.dropped)


def frame_is_read(prompt: Any) -> bool:
    """Whether a side still reads the examples whole."""
    return not any(part.role == "frame" and part.dropped for part in prompt.parts)


def tells(text: str) -> bool:
    """Whether a text holds what the first turn told."""
    return FACT.zh in text or FACT.en in text


FAILURES = (
    Failure(
        label=Text(zh="说过的话，忘了", en="Told, and forgotten"),
        values={"a.strategy": "window", "a.window": 2, "b.strategy": "oldest", "budget": 1024},
        expect=Text(
            zh="A 只读最近两轮，“成都”不在字符串里，只能编一个；B 全都读到。模型没有记忆，只有读到的字。",
            en="A reads the last two turns only: “Alice” isn't in its string, so it makes a name up. B reads everything. The model has no memory, only what it reads.",
        ),
        seen=lambda settings, result: (
            not tells(text_read(result.prompts.a))
            and not tells(result.chat.replies[0].text)
            and tells(text_read(result.prompts.b))
        ),
    ),
    Failure(
        label=Text(zh="没有停止串，自问自答", en="No stop string: it talks to itself"),
        values={"stop": "", "budget": 1024, "reply_tokens": 48},
        expect=Text(
            zh="基础模型不知道话该说到哪里：A 答完一句，接着替用户说下去，写出了角色名。",
            en="A base model doesn't know where its turn ends: A answers, then goes on in the user's part and writes the role's name.",
        ),
        seen=lambda settings, result: any(name in result.chat.replies[0].text for name in ("用户：", "User:")),
    ),
    Failure(
        label=Text(zh="按词元截断，先丢示例", en="Cut by tokens: the examples go first"),
        values={"a.strategy": "tokens", "b.strategy": "oldest", "budget": 208},
        expect=Text(
            zh="A 只留末尾的词元，最先没有的是开头的示例和说明，开头还可能断在半句；B 保住了示例，丢的是整轮。",
            en="A keeps the last tokens, so the instruction and the examples are the first to go, and the string may begin in mid-sentence. B keeps the examples and drops whole turns.",
        ),
        seen=lambda settings, result: not frame_is_read(result.prompts.a) and frame_is_read(result.prompts.b),
    ),
    Failure(
        label=Text(zh="窗口一滑，缓存作废", en="The window slides, the cache is void"),
        values={"a.strategy": "window", "a.window": 3, "b.strategy": "oldest", "budget": 1024},
        expect=Text(
            zh="A 每轮都去掉最前面的一轮，示例之后的键和值全得重算；B 什么都没删，只读新的一句，沿用的词元多一倍以上。",
            en="A drops the foremost turn each time, so all keys and values after the examples are computed anew. B dropped nothing and reads only what is new: it reuses more.",
        ),
        seen=lambda settings, result: result.figures.items[2].a < 0.8 * result.figures.items[2].b,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="从头聊起", en="Start afresh"),
        {"turns": "", "message": Text(zh="你好，我叫小红，我喜欢画画。", en="Hi, I'm Mia and I love painting."),
         "budget": 512, "temperature": 0.7},
    ),
    Example(
        Text(zh="全都放得下", en="Everything fits"), {"budget": 1024},
    ),
    Example(
        Text(zh="删最旧的对只留三轮", en="Drop oldest against the last three"),
        {"a.strategy": "oldest", "b.strategy": "window", "b.window": 3},
    ),
    Example(
        Text(zh="不给示例", en="No examples"), {"format": "bare", "turns": "", "message": Text(zh="猫和狗有什么不同？", en="How do cats and dogs differ?")},
    ),
)  # fmt: skip


def follow_ups(settings: Any, result: Any) -> tuple[FollowUp, ...]:
    """What an interviewer would ask on seeing this result."""
    if result.prompts is None:
        return ()
    asked = []
    a, b = result.prompts.a, result.prompts.b
    dropped = sum(part.dropped and part.role == "user" for part in a.parts)
    if dropped:
        asked.append(FollowUp(
            Text(zh="A 有 {n} 轮没有读到，加大上下文窗口就解决了吗？", en="A doesn't read {n} turns. Does a larger context window solve it?").format(n=dropped),
            Text(zh="只是推迟。每一轮都要重读全部历史，注意力的计算随长度平方增长，键值缓存随长度线性增长；很长的提示里，中间的内容也更容易被忽略。常见做法是近处保留原文，远处用概括，再加检索：把旧的轮存成向量，用到时取回几轮。",
                 en="It puts it off. Every turn reads the whole history again, attention grows with the square of the length, the cache with the length, and what stands in the middle of a very long"
                    " prompt is easily passed over. Usual: keep the near turns verbatim, summaries of the far ones, and retrieval: store old turns as vectors and fetch the few that matter."),
        ))  # fmt: skip
    if result.figures is not None:
        reused, anew, new = ((item.a, item.b) for item in result.figures.items[2:5])
        side = 0 if reused[0] <= reused[1] else 1
        if min(reused) < 0.5 * max(a.tokens, b.tokens):
            asked.append(FollowUp(
                Text(zh="{side} 只沿用了 {n} 个词元的键和值，为什么这么少？怎样删旧轮才不让缓存作废？",
                     en="{side} reuses the keys and values of only {n} tokens. Why so few, and how can turns be dropped without voiding the cache?").format(
                         side="AB"[side], n=f"{reused[side]:.0f}"),
                Text(zh="因果模型里，一个词元的键和值取决于它前面的一切，位置也编在里面。前面少一轮，后面的全变，只有共同的开头能用。所以不要每轮删一点，而是一次删够：超过预算就删到一半，之后许多轮都只在末尾追加。概括也应攒几轮再更新一次。",
                     en="In a causal model a token's keys and values depend on everything before it, and its position is in them. One turn less in front changes all that follows, so only the common"
                        " start can be reused. Don't drop a little at each turn: once over budget drop to half of it, and many turns then only append. Renew a summary every few turns, too."),
            ))  # fmt: skip
        elif anew[0] > 1.3 * new[0]:
            asked.append(FollowUp(
                Text(zh="整段重读要 {anew} 毫秒，只读新的要 {new} 毫秒。服务许多用户时，这些键和值放在哪里？",
                     en="Reading it all takes {anew} ms, only the new {new} ms. With many users, where do these keys and values live?").format(
                         anew=f"{anew[0]:.0f}", new=f"{new[0]:.0f}"),
                Text(zh="显存放不下所有会话。服务框架按块管理键值（PagedAttention），以词元前缀的散列或前缀树找到可共用的块（如 SGLang 的 RadixAttention），满了按最久未用淘汰，或挪到内存、磁盘。系统提示由所有会话共用，收益最大。",
                     en="They don't all fit the accelerator. Servers keep them in blocks (PagedAttention), find shareable ones by a hash of the prefix or a radix tree (SGLang's RadixAttention), evict the"
                        " least recently used or move them to main memory or disk. The system prompt is shared by every chat, so it pays most."),
            ))  # fmt: skip
    if "summary" in (settings.a.strategy, settings.b.strategy) and dropped:
        asked.append(FollowUp(
            Text(zh="概括漏掉或写错了一件事，后面的轮会怎样？", en="The summary leaves out a fact, or gets one wrong. What of the turns after it?"),
            Text(zh="原文已经不在提示里，模型只能信概括：漏掉的永远想不起来，写错的会当真，再概括一次还会放大。所以要把关键事实单独存成字段（姓名、偏好、约束），概括只管情节，并保留原文供检索核对。",
                 en="The original is no longer in the prompt, so the model can only trust the summary: what it left out is gone, what it got wrong is taken as true, and summing up again amplifies it."
                    " Keep key facts apart as fields (name, preferences, constraints), let the summary carry the story, and keep the original for retrieval."),
        ))  # fmt: skip
    if settings.format != "bare" and any(part.role == "frame" for part in a.parts):
        asked.append(FollowUp(
            Text(zh="开头的示例占了 {n} 个词元。指令微调过的模型为什么不需要它们？", en="The examples take {n} tokens. Why does an instruction-tuned model not need them?").format(
                n=sum(part.tokens for part in a.parts if part.role == "frame")),
            Text(zh="微调让它在许多对话上学会了：看到模板里的角色标记，就以助手的身份作答，答完写出结束符。基础模型只会续写文本，所以要用示例让“聊天记录”成为最可能的下文，再靠停止串收尾。反过来，微调模型离开自己的模板，表现也会变差。",
                 en="Tuning on many chats taught it to answer as the assistant wherever its template's role marks stand, and to write an end token when done. A base model only continues text, so examples"
                    " make a chat the likeliest continuation and stop strings end it. Conversely a tuned model gets worse outside its own template."),
        ))  # fmt: skip
    return tuple(asked)
