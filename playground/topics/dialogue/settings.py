"""What the lab of dialogue is asked, and what it shows; knows nothing of how a reply is made."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.chat_panels import Chat, PromptString
from playground.lab.controls import choice, number, text_box
from playground.lab.panels import Bars, Lines, Metrics, SideBySide, Table, panel, undrawn
from playground.lab.shared_controls import seed, side
from playground.lab.text import Label, Text
from playground.topics.dialogue.findings import Findings
from playground.topics.dialogue.memory import Memory
from playground.topics.dialogue.turns import MOST_CHARS

FORMATS: dict[str, Label] = {
    "auto": Text(zh="自动", en="automatic"),
    "examples": Text(zh="几段示例", en="examples"),
    "bare": Text(zh="不给示例", en="no examples"),
}
MOST_NAME = 12
# The chat so far: its first turn has the fact that the default message asks for.
TOLD = Text(
    zh="> 你好，我叫大伟，家在成都。\n< 你好，大伟！成都有很多好吃的。\n> 我最喜欢打篮球。\n< 打篮球对身体很好。"
    "\n> 中国的首都是哪里？\n< 中国的首都是北京。\n> 水烧开是多少度？\n< 水在一百摄氏度烧开。\n> 一个星期有几天？\n< 一个星期有七天。"
    "\n> 一年有几个季节？\n< 一年有四个季节。\n> 太阳从哪边升起？\n< 太阳从东边升起。",
    en="> Hi, my name is Alice and I live in Paris.\n< Hello Alice! It is nice to meet you.\n> My favourite sport is basketball.\n< Basketball keeps you fit."
    "\n> What is the capital of Japan?\n< The capital of Japan is Tokyo.\n> At what temperature does water boil?\n< Water boils at one hundred degrees Celsius."
    "\n> How many days are in a week?\n< There are seven days in a week.",
)


@dataclass(frozen=True)
class Settings:
    message: str = text_box(
        Text(zh="新消息", en="New message"), default=Text(zh="我家在哪里？", en="What is my name?"),
        max_chars=MOST_CHARS, lines=2, optional=True,
        help=Text(zh="运行一次，就是说一句话；之后也可以直接在对话里接着说。最多 {n} 个字符。留空则只看模型会读到什么。",
                  en="A run sends it; continue in the chat itself. At most {n} characters. Left blank, a run shows what the model would read.").format(n=MOST_CHARS),
    )  # fmt: skip
    turns: str = text_box(
        Text(zh="此前的对话", en="Earlier turns"), default=TOLD,
        max_chars=12_000, optional=True, from_panel=True,
    )  # fmt: skip
    budget: int = number(
        Text(zh="词元预算", en="Token budget"), default=288, low=64, high=2048, step=16,
        help=Text(zh="提示与回复一共能占的词元，相当于上下文窗口；其中先给回复留出位置。",
                  en="Tokens for prompt and reply together, as a context window; room for the reply is set aside first."),
    )  # fmt: skip
    a: Memory = side("a", Memory)
    b: Memory = side("b", Memory, strategy="summary")
    reply_tokens: int = number(
        Text(zh="回复最多词元数", en="Reply tokens at most"), default=32, low=1, high=96, advanced=True
    )
    format: str = choice(
        Text(zh="框架", en="Frame"), FORMATS, default="auto", advanced=True,
        help=Text(zh="自动：模型自带对话模板就用模板，否则先给几段示例对话。基础模型没有模板。",
                  en="Automatic: the model's own chat template where it has one, else a few example chats. A base model has none."),
    )  # fmt: skip
    stop: str = text_box(
        Text(zh="停止串", en="Stop strings"), default="\\n", max_chars=60, lines=1, optional=True, advanced=True,
        help=Text(zh="回复里一出现就停，本身不显示；用 | 分开，个数不限，\\n 是换行。用模型自带的模板时，由它的结束符来停。",
                  en="The reply ends where one appears, and doesn't show it; any number, separated by |, \\n is a line break."
                     " With the model's own template its end token ends the reply instead."),
    )  # fmt: skip
    user_name: str = text_box(
        Text(zh="用户的名字", en="User's name"), default="", max_chars=MOST_NAME, lines=1, optional=True, advanced=True,
        help=Text(zh="模型读到的角色名。留空：随对话的语言取“用户”或 User。", en="The role's name as the model reads it. Blank: User or 用户, by the chat's language."),
    )  # fmt: skip
    assistant_name: str = text_box(
        Text(zh="助手的名字", en="Assistant's name"), default="", max_chars=MOST_NAME, lines=1, optional=True, advanced=True,
        help=Text(zh="留空：“助手”或 Assistant。", en="Blank: Assistant or 助手."),
    )  # fmt: skip
    temperature: float = number(
        Text(zh="温度", en="Temperature"), default=0.0, low=0.0, high=2.0, step=0.1, advanced=True,
        help=Text(zh="0 为贪心：同样的提示总得同样的回复。", en="0 is greedy: the same prompt always gives the same reply."),
    )  # fmt: skip
    seed: int = seed()


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    chat: Chat | None = panel(
        Text(zh="对话", en="Chat"),
        hint=Text(
            zh="A 与 B 各按自己的策略读旧的轮；对话默认接着 A 的回复往下走",
            en="A and B each read the earlier turns by their own strategy; the chat continues with A's reply unless you choose B's",
        ),
    )
    prompts: SideBySide[PromptString] | None = panel(
        Text(zh="模型读到的字符串", en="The string that the model reads"),
        hint=Text(
            zh="一字不差；划去的没有读到，有底线的部分复用上一轮的键和值",
            en="Exactly; what is struck out isn't read, and the keys and values of what is underlined are reused from the turn before",
        ),
    )
    figures: Metrics | None = panel(Text(zh="这一轮", en="This turn"))
    sizes: Bars | None = panel(
        Text(zh="每轮的词元", en="Tokens by turn"),
        hint=Text(zh="每轮的消息与回答，不含角色名", en="Each turn's message and reply, role names not counted"),
        half=True,
    )
    growth: Lines | None = panel(
        Text(zh="提示随轮次变长", en="Prompt length by turn"),
        hint=Text(
            zh="提示超过预算减去回复的位置，就要删；A、B 各删各的",
            en="Once the prompt exceeds the budget less the reply's room, something must go; A and B drop by their own strategy",
        ),
        half=True,
    )
    forgotten: Table | None = panel(
        Text(zh="什么时候忘的", en="When it was forgotten"),
        hint=Text(
            zh="说到第几轮时，那一轮不再（完整地）出现在提示里",
            en="The turn at which that one was no longer (wholly) in the prompt",
        ),
    )
    first_token: Lines | None = panel(
        Text(zh="首 token 时延（TTFT）", en="Time to first token (TTFT)"),
        hint=Text(
            zh="第一轮、中间一轮和这一轮：预填充整个提示，对照只预填充新的部分（其余键和值来自上一轮的缓存）；各测两次，取中位数与上下限",
            en="At the first turn, at one between and now: prefilling the whole prompt, against prefilling only what is new (the other keys and"
            " values cached from the turn before); median and extremes of two",
        ),
    )
