"""How a passage and a question become a prompt, open book and closed. Knows no answer.

A base model continues a text and isn't trained to answer: worked examples show it what is wanted. One of them says that the passage
doesn't tell, where the model is to be allowed that. Their number was chosen on the project's question set: nine in Chinese, where
six gave an exact match less often, and six in English. So EM and F1 on that set may be too high, which its table says.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass

from torch import nn

from playground.generation.prefix_cache import Prefix, PrefixCache
from playground.lab.text import Language
from playground.models.language_model import LanguageModel


@dataclass(frozen=True)
class Form:
    """The words of a prompt in one language. `shown`: worked examples, each with its passage; `known`: without one. `refusal`: what an
    answer says that isn't in the passage, and the example of it."""

    passage: str
    question: str
    answer: str
    shown: tuple[tuple[str, str, str], ...]
    refused: tuple[str, str]
    refusal: str
    known: tuple[tuple[str, str], ...]

    def asked(self, question: str, passage: str | None) -> str:
        """Writes out the part of a prompt that asks."""
        before = "" if passage is None else f"{self.passage}{passage.strip()}\n"
        return f"{before}{self.question}{' '.join(question.split())}\n{self.answer}"


FORMS = {
    Language.ZH: Form(
        "资料：", "问题：", "答案：",
        (
            ("张伟是一名厨师，住在南京。他每天骑车上班，路上要花二十分钟。", "张伟住在哪里？", "南京"),
            ("桌上有一只白猫，窗外下着雨。客厅的灯亮着，没有人在家。", "猫是什么颜色？", "白色"),
            ("赵敏养了三条鱼，放在书房里。她每天早上七点喂食，周末请邻居帮忙。", "赵敏每天几点喂鱼？", "早上七点"),
            ("这家茶馆开在河边，老板姓吴，从前是船工。因为修路，茶馆上个月停业了两周。", "茶馆为什么停业？", "修路"),
            ("仓库里有两台机器，大的磨面，小的榨油。榨油机是去年买的，花了八千元。", "榨油机花了多少钱？", "八千元"),
            ("刘洋负责订票，高洁负责借车。大家六点在南门集合，下午回来。", "谁负责借车？", "高洁"),
            ("河边住着三户人家，各有一条船。最大的一条能装四吨，去年换过发动机。", "最大的船能装多少？", "四吨"),
            ("校车早上六点半发车，经过邮局和医院，七点一刻到学校。车上不准吃东西。", "校车几点到学校？", "七点一刻"),
            ("杨叔用旧轮胎做花盆，刷成蓝色。花盆放在阳台上，里面种着薄荷。", "花盆里种着什么？", "薄荷"),
        ),
        ("孙磊上周去了一趟西安，坐的是火车。", "孙磊的妻子叫什么？"),
        "资料没有提到",
        (("一年有几个月？", "十二个月"), ("日本的首都是哪里？", "东京"), ("冰是由什么变成的？", "水")),
    ),
    Language.EN: Form(
        "Passage: ", "Question: ", "Answer:",
        (
            ("A white cat sat on the table while it rained. The lamp was on, and nobody was at home.", "What colour was the cat?", "white"),
            ("Mr Wang rides to school on his bike. It takes him twenty minutes.", "How does Mr Wang get to school?", "on his bike"),
            ("Clara keeps three fish in her study. She feeds them at seven, and a neighbour helps at weekends.", "When does Clara feed the fish?", "at seven"),
            ("The tea house by the river belongs to Mr Wu, once a boatman. It was closed for two weeks because of roadworks.", "Why was the tea house closed?", "roadworks"),
            ("Two machines are kept in the barn, one for flour and one for oil. The oil press cost eight thousand euros.", "What did the oil press cost?", "eight thousand euros"),
            ("Leo books the tickets and Jean rents the car. They all meet at the south gate at six.", "Who rents the car?", "Jean"),
        ),
        ("Last week Peter went to York by train.", "What is the name of Peter's wife?"),
        "not stated",
        (("How many months are there in a year?", "twelve"), ("What is the capital of Japan?", "Tokyo"), ("What is ice made of?", "water")),
    ),
}  # fmt: skip
# Before an answer that is written after a colon.
SPACE = {Language.ZH: "", Language.EN: " "}
OPEN, CLOSED = "open", "closed"
_REFUSED_AT = 1


@dataclass(frozen=True)
class Frame:
    """A kind of prompt: its language, whether it has a passage, whether its examples show a refusal."""

    language: Language
    book: str
    refusal: bool = False

    def before(self) -> str:
        """Writes out the worked examples."""
        form, space = FORMS[self.language], SPACE[self.language]
        if self.book == CLOSED:
            shown = [form.asked(question, None) + space + answer for question, answer in form.known]
        else:
            shown = [form.asked(question, passage) + space + answer for passage, question, answer in form.shown]
            if self.refusal:
                passage, question = form.refused
                shown.insert(_REFUSED_AT, form.asked(question, passage) + space + form.refusal)
        return "".join(one + "\n\n" for one in shown)

    def asked(self, question: str, passage: str) -> str:
        """Writes out what follows the examples; a closed book has no passage."""
        return FORMS[self.language].asked(question, passage if self.book == OPEN else None)


_prefixes: weakref.WeakKeyDictionary[nn.Module, PrefixCache] = weakref.WeakKeyDictionary()


def prefix(lm: LanguageModel, frame: Frame) -> Prefix:
    """Prefills the worked examples, once for a model."""
    return _prefixes.setdefault(lm.module, PrefixCache()).after(lm, [lm.encode(frame.before())])
