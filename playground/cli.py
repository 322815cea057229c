"""The command line: topics, run, warm. One more reader of the catalog; knows no topic by name."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import Sequence
from typing import Any, NoReturn

from playground import catalog
from playground.lab.bench import Progress
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.validation import validate
from playground.plain import describe_result
from playground.running import QUOTING, Finished, await_workers, internal_error

# Exit codes: an invalid request; a valid one that failed.
BAD_REQUEST = 2
FAILED = 1
INTERRUPTED = 130
# How long a run that is interrupted has to end what it started.
FAREWELL_SECONDS = 0.7

COST = Text(
    zh="{seconds} 秒 · {passes} 次前向计算 · {tokens} 个词元",
    en="{seconds} s · {passes} forward passes · {tokens} tokens",
)

REMEMBERED = Text(
    zh="这是记住的结果，{time} 在本机算出；加 --no-cache 重新计算",
    en="remembered from {time} on this machine; --no-cache computes it anew",
)


class _Parser(argparse.ArgumentParser):
    """Raises where argparse would print and exit, so that --json holds for a wrong option too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        raise PlaygroundError(Text(zh=f"命令行有误：{message}", en=f"Wrong command line: {message}"), "command")


def parser() -> argparse.ArgumentParser:
    """Builds the command line's parser. Its `parse_args` raises PlaygroundError for invalid arguments."""
    shared = _Parser(add_help=False)
    shared.add_argument("--language", default="zh", help="zh or en: of messages, labels and default texts")
    shared.add_argument("--json", action="store_true", help="plain data instead of readable text")
    shared.add_argument(
        "--debug", action="store_true", help="say on stderr what an internal error was and where it came from"
    )
    whole = _Parser(prog="python -m playground", description="LLM Interview Playground on the command line.")
    commands = whole.add_subparsers(dest="command", required=True, parser_class=_Parser)
    commands.add_parser("topics", parents=[shared], help="list the topics and their settings")
    run = commands.add_parser("run", parents=[shared], help="run a topic's lab")
    run.add_argument("topic", metavar="TOPIC", help="the topic's slug, as `topics` lists it")
    run.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", dest="assignments",
                     help="a setting by its dotted name, such as b.quantization=int4; may be repeated")  # fmt: skip
    run.add_argument("--no-cache", action="store_true", help="compute anew what is remembered")
    commands.add_parser("warm", parents=[shared], help="convert the weights and keep them in the cache folder")
    return whole


def main(arguments: Sequence[str]) -> int:
    """Runs a command line and returns its exit code. Nothing is raised, whatever comes."""
    told = logging.WARNING if "--debug" in arguments else logging.CRITICAL + 1
    logging.basicConfig(level=told, stream=sys.stderr, format="%(levelname)s %(message)s")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a byte that isn't UTF-8 in an argument must not stop the message about it
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    as_json, language = "--json" in arguments, _language_asked(arguments)
    quoting = QUOTING.set("--debug" in arguments)
    try:
        _obey(parser().parse_args(arguments))
    except PlaygroundError as error:
        message = error.message.in_(language)
        if as_json:
            print(json.dumps({"error": {"field": error.field, "message": message}}, ensure_ascii=False))
        else:
            print(f"{error.field}: {message}" if error.field else message, file=sys.stderr)
        return BAD_REQUEST if error.field else FAILED
    except (KeyboardInterrupt, Cancelled):
        with contextlib.suppress(KeyboardInterrupt):
            await_workers(FAREWELL_SECONDS)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        QUOTING.reset(quoting)
    return 0


def _language_asked(arguments: Sequence[str]) -> Language:
    """Returns the language for messages, before the command line has been validated."""
    words = [word for argument in arguments for word in argument.split("=", 1)]
    asked = words[words.index("--language") + 1 :][:1] if "--language" in words else []
    return Language(asked[0]) if asked and asked[0] in tuple(Language) else Language.ZH


def _obey(arguments: argparse.Namespace) -> None:
    language = catalog.spoken(arguments.language)
    try:
        if arguments.command == "topics":
            _topics(language, arguments.json)
        elif arguments.command == "run":
            _run(arguments.topic, assigned(arguments.assignments), language, arguments.json, anew=arguments.no_cache)
        else:
            _warm(language, arguments.json)
    except (PlaygroundError, Cancelled, BrokenPipeError):
        raise
    except Exception as error:
        raise internal_error(error) from error


def assigned(assignments: Sequence[str]) -> dict[str, str]:
    """Parses settings of NAME=VALUE. Raises PlaygroundError for what isn't of that form."""
    values = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not (name and equals):
            raise PlaygroundError(
                Text(
                    zh="--set 后面应为 名称=值，得到的是“{given}”。",
                    en="--set takes NAME=VALUE, and was given “{given}”.",
                ).format(given=assignment[:80]),
                "set",
            )
        values[name] = value
    return values


def _topics(language: Language, as_json: bool) -> None:
    listed = catalog.describe(language)
    if as_json:
        print(json.dumps(listed, ensure_ascii=False))
        return
    for topic in listed:
        print(f"{topic['number']:>3}  {topic['slug']:<20} {topic['title']}")


def _run(slug: str, values: dict[str, str], language: Language, as_json: bool, *, anew: bool) -> None:
    topic = catalog.find(slug)
    settings = validate(topic.settings, values, language)
    for event in catalog.desk().events(topic, settings, anew=anew):
        if isinstance(event, Progress) and not as_json:
            _show(event.fraction, event.text, language)
        elif isinstance(event, Finished) and as_json:
            print(json.dumps(catalog.as_json(topic, event, language), ensure_ascii=False))
        elif isinstance(event, Finished):
            _clear()
            print(topic.verdict(settings, event.result.findings).in_(language))
            print("\n".join(describe_result(event.result, language)))
            cost = COST.format(
                seconds=f"{event.cost.seconds:.1f}", passes=event.cost.forward_passes, tokens=event.cost.tokens
            )
            print(f"\n{cost.in_(language)}", file=sys.stderr)
            if event.remembered:
                print(REMEMBERED.format(time=moment(event.computed)).in_(language), file=sys.stderr)


def moment(seconds: float) -> str:
    """Returns a time, in seconds since the epoch, as this machine's date and clock."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def _warm(language: Language, as_json: bool) -> None:
    """Loads the base model, which converts its weights into the cache if they aren't there."""
    lm = catalog.load_base(lambda fraction, text: _show(fraction, text, language))
    _clear()
    facts: dict[str, Any] = {"model": lm.name, "layers": lm.layers, "weight_bytes": lm.weight_bytes}
    print(json.dumps(facts, ensure_ascii=False) if as_json else f"{lm.name}: {lm.weight_bytes / 1e6:.0f} MB")


def _show(fraction: float, text: Text, language: Language) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{fraction:4.0%} {text.in_(language)}", end="", file=sys.stderr, flush=True)


def _clear() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
