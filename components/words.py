"""Defines the page's own texts in both languages; knows no topic."""

from __future__ import annotations

from playground.lab.text import Text

TITLE = Text(zh="LLM 面试工作台", en="LLM Interview Playground")
ABOUT = Text(
    zh="三十道大语言模型面试题，都由真实的小模型当场作答：改文本，开关剪枝与量化，并排看输出、注意力和 LIME。",
    en="Thirty LLM interview questions, each answered by a real small model as you watch: change the text, prune and quantize, and see outputs, attention and LIME side by side.",
)
OTHER_LANGUAGE = Text(zh="English", en="中文")
COPY_LINK = Text(zh="复制链接", en="Copy link")
COPY = Text(zh="复制", en="Copy")
COPIED = Text(zh="已复制", en="Copied")
THEME = Text(zh="切换深色与浅色", en="Switch between dark and light")
SKIP = Text(zh="跳到内容", en="Skip to content")
REAL_MODEL = Text(zh="真实模型 · {device}", en="real model · {device}")
PROCESSORS = Text(zh="{count} 核 CPU", en="{count} CPU cores")

RUN = Text(zh="运行", en="Run")
STOP = Text(zh="停止", en="Stop")
KEYS = Text(zh="Ctrl+Enter 运行，Esc 停止", en="Ctrl+Enter runs, Esc stops")
TO_FIELD = Text(zh="去改这一项", en="Go to this setting")
ELAPSED = Text(zh="{seconds} 秒", en="{seconds} s")
MORE = Text(zh="更多", en="More")
ON = Text(zh="开", en="on")
OFF = Text(zh="关", en="off")
SIDES_SAME = Text(zh="A、B 设置相同", en="A and B have the same settings")
SIDES_ONE = Text(zh="其余设置相同", en="all other settings are the same")
SIDES_SEVERAL = Text(
    zh="有 {count} 项设置不同，结果之差不能单独归于其中一项",
    en="{count} settings differ, so a difference in the results can't be attributed to one of them",
)
FIND = Text(zh="查找", en="Find")
FIND_HINT = Text(
    zh="题目、面板、示例、追问、术语，中文、英文或拼音",
    en="topic, panel, example, follow-up or term, in English or Chinese",
)
FIND_NONE = Text(zh="没有找到，换个词试试", en="Nothing found: try another word")
FIND_KINDS = {
    "topic": Text(zh="题目", en="topic"),
    "panel": Text(zh="面板", en="panel"),
    "example": Text(zh="示例", en="example"),
    "failure": Text(zh="失败示例", en="failure case"),
    "question": Text(zh="追问", en="follow-up"),
    "term": Text(zh="术语", en="term"),
}
RUNS = Text(zh="运行记录", en="Earlier runs")
RUNS_DEFAULT = Text(zh="默认设置", en="defaults")
COMPARE = Text(zh="与这次运行对照", en="Compare with this run")
COMPARE_HINT = Text(
    zh="把这次运行的值用灰色显示在当前结果后面（Shift+点击，或 Shift+Enter）",
    en="Shows this run's values in grey behind the current ones (Shift+click or Shift+Enter)",
)
COMPARED = Text(zh="灰色：{run}，共 {count} 个面板", en="Grey: {run}, in {count} panels")
COMPARED_END = Text(zh="不再对照（Esc）", en="Stop comparing (Esc)")
COMPARE_FORGOTTEN = Text(
    zh="那次运行的结果已经不在缓存里，没法对照：点它会重新计算。",
    en="That run's result is no longer in the cache, so it can't be compared: a click on the run computes it again.",
)
COMPARE_NOW_FORGOTTEN = Text(
    zh="当前结果已经不在缓存里，没法对照：点“运行”会重新计算。",
    en="The current result is no longer in the cache, so it can't be compared: Run computes it again.",
)
COMPARE_NOTHING = Text(
    zh="两次运行没有同名的数值，没有可对照的。",
    en="No value of the two runs has the same name: there is nothing to compare.",
)
COMPARE_FAILED = Text(
    zh="服务器没有回答，没法对照：稍后再点一次。",
    en="The server didn't answer, so nothing is compared: try again in a moment.",
)
WAS = Text(zh="此前 {value}", en="was {value}")
PINS = Text(zh="钉住的面板", en="Pins")
PINS_NONE = Text(
    zh="还没有钉住的面板：点面板右上角的 ⚲。", en="Nothing is pinned yet: press ⚲ at a panel's upper right."
)
PINS_FILE = Text(zh="导出为一个网页", en="Export as one page")
PINS_FULL = Text(
    zh="浏览器存不下更多了：现有的在关闭页面之前有效，请先导出。",
    en="The browser can't store any more: these last until the page is closed, so export them first.",
)
PIN_NOTE = Text(zh="备注", en="Note")
PIN_AGAIN = Text(zh="回到这次运行", en="Back to this run")
PIN_PICTURE = Text(zh="导出为图片", en="Export as a picture")
PIN_UP = Text(zh="上移", en="Move up")
PIN_DOWN = Text(zh="下移", en="Move down")
PIN_REMOVE = Text(zh="移除", en="Remove")
RAIL = Text(zh="题目", en="Topics")
RAIL_CLOSE = Text(zh="关闭（Esc）", en="Close (Esc)")
RAIL_PANELS = Text(zh="本题的面板", en="Panels of this topic")
PRESENT = Text(zh="放大到全屏（F）", en="Fill the window (F)")
PRESENT_BEFORE = Text(zh="上一个面板", en="Previous panel")
PRESENT_AFTER = Text(zh="下一个面板", en="Next panel")
PRESENT_END = Text(zh="回到页面（Esc）", en="Back to the page (Esc)")
SKETCH = Text(zh="标注", en="Sketch")
SKETCH_PEN = Text(zh="画笔", en="Pen")
SKETCH_HIGHLIGHTER = Text(zh="荧光笔", en="Highlighter")
SKETCH_ARROW = Text(zh="箭头", en="Arrow")
SKETCH_BOX = Text(zh="方框", en="Box")
SKETCH_TEXT = Text(zh="文字", en="Text")
SKETCH_ERASER = Text(zh="橡皮：点一笔擦一笔", en="Eraser: a stroke at a touch")
SKETCH_LASER = Text(zh="激光笔：画过就消失", en="Laser: fades")
SKETCH_UNDO = Text(zh="撤销", en="Undo")
SKETCH_CLEAR = Text(zh="全部清除", en="Clear all")
PREDICT = Text(zh="先猜：", en="Guess first: ")
GUESS = Text(zh="你的猜测", en="Your guess")
GUESS_RIGHT = Text(zh="猜对了：", en="Right: ")
GUESS_WRONG = Text(zh="没猜对：", en="Not quite: ")
GUESS_NONE = Text(zh="结果：", en="Result: ")
CHANGED = Text(zh="设置已改动，结果还是上一次的", en="Settings have changed since this result")

ANSWER = Text(zh="三十秒回答", en="Answer in 30 seconds")
WRONG = Text(zh="常见误区", en="Common misconceptions")
RUBRIC = Text(zh="评分标准", en="Rubric")
FOLLOW_UPS = Text(zh="面试官接着会问", en="What an interviewer asks next")
MORE_FOLLOW_UPS = Text(zh="更多追问", en="More follow-ups")
FROM_RESULT = Text(zh="根据你刚才的结果", en="from the result above")
DEPTH = Text(zh="深入", en="In depth")
CODE = Text(zh="代码：跑出上面结果的那几个函数", en="The code: the functions that computed this")
COMMAND = Text(zh="在命令行里重复这次运行", en="Repeat this run on the command line")
REFERENCES = Text(zh="参考", en="References")

EXAMPLES = Text(zh="示例", en="Examples")
FAILS = Text(zh="失败示例", en="Failure cases")
MUST_SEE = Text(zh="运行后应当看到：", en="You should see: ")
SEEN = Text(zh="看到了 ✓", en="seen ✓")
NOT_SEEN = Text(zh="没有看到", en="not seen")
VERDICT_PANELS = Text(zh="这句结论对应的面板", en="Panels that show these results")
WILL_SEE = Text(zh="运行后显示：", en="Shown after a run:")
FIRST_EXAMPLE = Text(
    zh="示例已经填好，直接点“运行”即可，也可以换成自己的文字。",
    en="An example is filled in: press Run, or type a text of your own.",
)

FOLD = Text(zh="在工作台打开这段文字", en="Open this text in the bench")
FOLD_HINT = Text(
    zh="把上面这道题里的文字原样放到工作台：量化、剪枝、解码惩罚，A 与 B 并排。",
    en="Runs the text above unchanged in the bench: quantization, pruning and decoding penalties, A beside B.",
)

STARTING = Text(zh="正在开始", en="Starting")
STOPPED = Text(zh="已停止，已算出的部分仍保留在页面上。", en="Stopped. What was computed so far stays on the page.")
WAITING = Text(
    zh="排队中，前面还有 {ahead} 个，{seconds}后轮到", en="Waiting: {ahead} ahead of you, your turn in {seconds}"
)
AHEAD = Text(zh="前面还有 {ahead} 个", en="{ahead} ahead of you")
AT_ONCE = Text(zh="立即", en="at once")
TOO_LONG = Text(zh="时间过长", en="too long")
NO_QUESTION = Text(
    zh="应为对象：题目、语言与设置。", en="A topic, a language and settings are asked for, as an object."
)
EXAMPLE_MEANWHILE = Text(
    zh="{full}下面先给出本题示例的结果（{time} 在本机算出），不是你的设置算出来的。",
    en="{full} Meanwhile, below is the result of this topic's example, computed {time} on this machine, not of your settings.",
)
REMEMBERED = Text(zh="记住的结果，{time} 在本机算出", en="remembered, computed {time} on this machine")
REMEMBERED_IN_MEMORY = Text(
    zh="记住的结果，{time} 在本机算出；只在内存里，服务器重启就没有了",
    en="remembered, computed {time} on this machine; kept in memory only, lost when the server restarts",
)
MEASURED_THEN = Text(zh="{time} 在这台机器上实测", en="Measured on this machine at {time}")
AGAIN = Text(zh="重新运行", en="Run again")
COST = Text(
    zh="{seconds} 秒 · 前向 {passes} 次 · {tokens} 词元",
    en="{seconds} s · {passes} forward passes · {tokens} tokens",
)
COST_NO_MODEL = Text(zh="{seconds} 秒 · 模型没有前向计算", en="{seconds} s · no forward pass of the model")

LOADING = Text(zh="模型正在载入：{what}", en="The model is loading: {what}")
LOAD_FIRST = Text(zh="准备中", en="getting ready")
LOAD_FAILED = Text(zh="模型载入失败：{why}", en="The model failed to load: {why}")
LINK_NOTE = Text(
    zh="链接里有 {count} 项设置被忽略，用的是默认值：{names}",
    en="Settings in the link that were ignored ({count}); defaults are used: {names}",
)
LINK_TOPIC = Text(zh="链接里的题目“{slug}”不存在。", en="The link names an unknown topic: “{slug}”.")
LEFT = Text(
    zh="没有人在等这个结果，运行已停止。", en="Nobody listened for this result any more, so the run was stopped."
)
QUEUE_FULL = Text(
    zh="服务器现在太忙，这次没有排上队，{seconds}后会空出位置，请到时再试。",
    en="The server is too busy, and this was not queued. A place will be free in {seconds}; please try again then.",
)
EXPIRED = Text(
    zh="服务器已不再保留这个页面：打开的页面太多，或服务器重启过。请刷新页面，题目和设置都在网址里。",
    en="The server no longer keeps this page: too many pages were open, or it was restarted. Please reload; topic and settings are in the URL.",
)
LOST = Text(
    zh="与服务器的连接断了，这次运行没有结果。请再点“运行”。",
    en="The connection to the server was lost, and this run has no result. Please press Run again.",
)
