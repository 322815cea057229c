"""Settings worth trying: examples, and those under which the method visibly fails. Computes nothing."""

from __future__ import annotations

from typing import Any

from playground.lab.text import Text
from playground.lab.topic import Example, Failure
from playground.topics.context.talk import curve


def _one_example_hurts(settings: Any, result: Any) -> bool:
    right = curve(result, 0)
    return right[0] is not None and right[1] is not None and right[1] < right[0] - 0.2


FAILURES = (
    Failure(
        Text(zh="一个示例，不如没有", en="One example, worse than none"),
        {"task": "topic", "examples": 2},
        Text(
            zh="只放一个示例，模型照抄眼前仅有的标签，准确率比没有示例时还低。",
            en="With a single example the model repeats the only label in sight, and is right less often than with none.",
        ),
        _one_example_hurts,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="与常识相反的上下文", en="Against what it knows"),
        {
            "question": Text(zh="法国的首都是哪里？", en="What is the capital of France?"),
            "a.context": Text(zh="去年，法国把首都从巴黎迁到了里昂。", en="Last year France moved its capital from Paris to Lyon."),
            "b.context": Text(zh="去年，法国接待了许多游客。", en="Last year France welcomed many visitors."),
        },
    ),
    Example(
        Text(zh="三个人，三辆车", en="Three people, three bicycles"),
        {
            "question": Text(zh="小红的自行车是什么颜色？", en="What colour is Tom's bicycle?"),
            "a.context": Text(
                zh="小林的自行车是绿色的。小红的自行车是蓝色的。小明的自行车是红色的。",
                en="Maya's bicycle is green. Tom's bicycle is blue. Ann's bicycle is red.",
            ),
            "b.context": Text(
                zh="小林的自行车是绿色的。小明的自行车是红色的。小红的自行车是蓝色的。",
                en="Maya's bicycle is green. Ann's bicycle is red. Tom's bicycle is blue.",
            ),
        },
    ),
    Example(
        Text(zh="接着写：半句话", en="Opening: half a sentence"),
        {
            "form": "opening",
            "question": Text(zh="所以，小林的自行车的颜色是", en="The colour of Maya's bicycle is"),
        },
    ),
    Example(
        Text(zh="英文问题，中文上下文", en="A Chinese question, an English context"),
        {
            "question": Text(zh="What colour is Xiao Lin's bicycle?", en="小林的自行车是什么颜色？"),
            "a.context": Text(
                zh="小林把自行车漆成了绿色，停在图书馆门口。",
                en="Xiao Lin painted the bicycle green and parked it behind the library.",
            ),
            "b.context": Text(
                zh="小林把自行车漆成了蓝色，停在图书馆门口。",
                en="Xiao Lin painted the bicycle blue and parked it behind the library.",
            ),
        },
    ),
)  # fmt: skip
