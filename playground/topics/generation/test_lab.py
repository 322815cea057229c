"""Tests the lab against one forced pass, `generate` and hand computations, and a link's tree against every malformed one."""

from __future__ import annotations

import dataclasses
import json
import math
import random
from typing import Any

import pytest
import torch

from playground.generation.decode import decode
from playground.generation.next_token import NextToken
from playground.generation.prefix_cache import PrefixCache
from playground.generation.settings import Decoding
from playground.lab.bench import Bench
from playground.lab.codec import decode as read_json
from playground.lab.codec import encode
from playground.lab.errors import PlaygroundError
from playground.lab.panels import merged
from playground.models.language_model import LanguageModel
from playground.topics.generation import masking, sampling
from playground.topics.generation import tree as trees
from playground.topics.generation.exploring import Exploration, completed, name_of
from playground.topics.generation.findings import (
    Agreement,
    Answer,
    Findings,
    Measured,
    Noun,
    PathNumbers,
    Paths,
    Tried,
    agreement_of,
    find_paths,
)
from playground.topics.generation.forcing import with_lines
from playground.topics.generation.interview import PREDICTION, follow_ups, verdict
from playground.topics.generation.lab import MOST_PROMPT_TOKENS, run
from playground.topics.generation.nouns import first_noun
from playground.topics.generation.reading import read_whole
from playground.topics.generation.sampling import Sample
from playground.topics.generation.settings import Result, Settings
from playground.topics.generation.tree import MOST_NODES, Tree
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel

TEXT = "The park and 你"
PLAIN = Settings(text=TEXT, steps=0, samples=0)


def finish(lm: LanguageModel, settings: Settings) -> Result:
    """A run's panels and findings, merged as the worker does it."""
    result = None
    for new in run(settings, Bench(OneModel(lm))):  # type: ignore[arg-type]
        result = merged(result, new)
    assert result is not None
    return result


def found_of(lm: LanguageModel, settings: Settings) -> Findings:
    findings = finish(lm, settings).findings
    assert findings is not None
    return findings


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    return wrap(tiny_llama())


def exploration(lm: LanguageModel, tree: Tree, cache: PrefixCache | None = None) -> Exploration:
    return Exploration(lm, cache or PrefixCache(), tuple(lm.encode(TEXT)), tree)


# ---- numbers


def test_a_paths_probability_is_the_product_from_one_forced_pass(lm: LanguageModel) -> None:
    """The library's own forward pass, no cache: the log-probabilities of the right tokens at their positions, added up."""
    tree = trees.read("5.6.7~1.8.9~0.100.101.102.103!2", TEXT, lm.vocabulary)
    one = exploration(lm, tree)
    for node in range(1, len(tree.nodes) + 1):
        path = one.path(node)
        ids = [*one.prompt, *path.tokens]
        logits = lm.module(torch.tensor([ids])).logits[0].double()
        expected = [float(logits[at - 1].log_softmax(-1)[ids[at]]) for at in range(len(one.prompt), len(ids))]
        assert path.log_probabilities == pytest.approx(expected, abs=1e-4)
        assert path.log_probability == pytest.approx(math.log(math.prod(map(math.exp, expected))), abs=1e-3)
        assert path.perplexity == pytest.approx(math.exp(-sum(expected) / len(expected)), rel=1e-3)
        assert read_whole(lm, tuple(ids)).after(len(one.prompt)) == pytest.approx(sum(expected), abs=1e-3)


@pytest.mark.model
def test_a_paths_probability_on_the_real_model(float_lm: LanguageModel) -> None:
    lm, cache = float_lm, PrefixCache()
    for text, line in (
        ("今天早上，我在公园里看见一只", "小狗在追一只蝴蝶"),
        ("The old man opened the", " door and saw a dragon"),
    ):
        tokens = lm.encode(line, bos=False)
        one = Exploration(lm, cache, tuple(lm.encode(text)), Tree()).forced(tokens)
        expected = lm.logits([*one.prompt, *tokens]).log_softmax(-1)[len(one.prompt) - 1 : -1]
        forced = expected.gather(1, torch.tensor(tokens)[:, None])[:, 0]
        assert one.path(one.tree.current).log_probabilities == pytest.approx(forced.tolist(), abs=2e-3)


def test_entropy_rank_and_candidates_by_hand() -> None:
    logits = torch.tensor([0.0, math.log(2), math.log(4), math.log(1), -torch.inf])
    next_token = NextToken.of(logits.clamp(min=-50))
    chances = [1 / 8, 2 / 8, 4 / 8, 1 / 8]
    assert next_token.entropy == pytest.approx(-sum(p * math.log(p) for p in chances), abs=1e-6)
    assert [next_token.rank(token) for token in range(4)] == [3, 2, 1, 3]
    assert [token for token, _ in next_token.likeliest] == [2, 1, 0, 3, 4]
    assert next_token.log_probability(1) == pytest.approx(math.log(2 / 8))


def test_entropies_along_the_text_are_those_of_single_calls(lm: LanguageModel) -> None:
    ids = tuple(lm.encode(TEXT))
    reading = read_whole(lm, ids)
    for at in range(len(ids)):
        p = lm.next_logits([ids[: at + 1]])[0].double().softmax(-1)
        assert reading.entropies[at] == pytest.approx(float(-(p * p.log()).sum()), abs=1e-4)
        if at + 1 < len(ids):
            assert reading.log_probabilities[at] == pytest.approx(float(p[ids[at + 1]].log()), abs=1e-4)


def test_steps_by_themselves_are_greedy_search(lm: LanguageModel) -> None:
    found = found_of(lm, dataclasses.replace(PLAIN, steps=12))
    ids = torch.tensor([lm.encode(TEXT)])
    out = lm.module.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=12)  # type: ignore[operator]
    greedy = exploration(lm, Tree()).forced(out[0, ids.shape[1] :].tolist())
    assert found.paths.current.text == greedy.text(greedy.tree.current)
    assert found.paths.current.lowest_rank == 1
    assert found.paths.current.log_probability == greedy.path(greedy.tree.current).log_probability


def test_the_numbers_of_a_path_against_one_forced_pass(lm: LanguageModel) -> None:
    written = "5.6.7.5.6.7.5.6~1.8.9!8"
    found = found_of(lm, dataclasses.replace(PLAIN, tree=written)).paths
    prompt = lm.encode(TEXT)
    for path, tokens in zip(found.ends, ([5, 6, 7, 5, 6, 7, 5, 6], [5, 8, 9]), strict=True):
        steps = lm.module(torch.tensor([[*prompt, *tokens]])).logits[0].double().log_softmax(-1)[len(prompt) - 1 : -1]
        chosen = [float(step[token]) for step, token in zip(steps, tokens, strict=True)]
        ranks = [int((step > step[token]).sum()) + 1 for step, token in zip(steps, tokens, strict=True)]
        assert path.tokens == len(tokens)
        assert path.log_probability == pytest.approx(sum(chosen), abs=1e-3)
        assert path.perplexity == pytest.approx(math.exp(-sum(chosen) / len(chosen)), rel=1e-3)
        assert path.mean_entropy == pytest.approx(float(-(steps.exp() * steps).sum(-1).mean()), abs=1e-3)
        assert path.lowest_rank == max(ranks)
    assert found.current == found.ends[found.current_place] == found.ends[0]
    assert found.forced_log_probability == pytest.approx(found.current.log_probability, abs=1e-3)
    assert found.rounding is not None and found.rounding < 1e-3
    # 5 6 7 5 | 6 7 5 6 | 7 5 6 7 | 5 6 7 5 again | 6 7 5 6 again
    assert found.repeated_4 == pytest.approx(2 / 5)
    assert found.least_likely is not None and found.least_likely.rank == max(end.lowest_rank or 0 for end in found.ends)
    assert found.first_tried is not None and found.first_tried.text == "&"
    first = lm.next_logits([prompt])[0].double().softmax(-1)
    assert found.first_tried.probability == pytest.approx(float(first[5]), rel=1e-3)
    assert found.byte_tokens == 0


def test_a_path_that_goes_on_is_compared_with_its_own_ends(lm: LanguageModel) -> None:
    found = found_of(lm, dataclasses.replace(PLAIN, tree="5.6.7~1.8!1")).paths
    assert [path.tokens for path in found.ends] == [1, 3, 2]
    assert (found.current_place, found.current.tokens) == (0, 1)
    empty = found_of(lm, PLAIN).paths
    assert empty.ends == (PathNumbers("", 0, None, None, None, None),)
    assert (empty.written, empty.forced_log_probability, empty.rounding, empty.least_likely) == ((), None, None, None)


def test_equal_runs_have_equal_findings_and_go_to_json_and_back(lm: LanguageModel) -> None:
    settings = dataclasses.replace(PLAIN, text="A text of no other test", steps=3, samples=3, length=4, forced="a dog")
    first, again = found_of(lm, settings), found_of(lm, settings)
    assert dataclasses.replace(first, measured=again.measured) == again
    assert again.measured.tokens_to_distribution == 0 < first.measured.tokens_to_distribution
    assert first.measured.ms_to_distribution > 0
    assert read_json(Findings, json.loads(json.dumps(encode(first)))) == first
    assert (first.vocabulary, first.number_type) == (259, "float32")


def test_without_the_mask_what_was_said_changes_and_with_it_never(lm: LanguageModel) -> None:
    ids = lm.encode("The park and")
    revisions = found_of(lm, dataclasses.replace(PLAIN, text="The park and")).revisions
    assert revisions == masking.revisions(lm, ids)
    assert "".join(one.text for one in revisions) == "park and"[-7:-1]
    for at, one in enumerate(revisions, len(ids) - 1 - len(revisions)):
        assert one.causal_before == pytest.approx(one.causal_after, rel=1e-4)
        assert one.unmasked_before != pytest.approx(one.unmasked_after, rel=1e-3)
        plain = float(lm.next_logits([ids[:at]])[0].softmax(-1)[ids[at]])
        assert one.causal_before == pytest.approx(plain, rel=1e-3)
    assert masking.revisions(lm, ids[:2]) == ()


# ---- samples


def test_samples_are_those_of_decode_and_are_drawn_once(lm: LanguageModel) -> None:
    settings = dataclasses.replace(PLAIN, samples=3, length=5, temperature=0.8, seed=31)
    first = found_of(lm, settings).agreement
    asked = sampling.Sampling(3, 5, 0.8, 1.0, 31)
    drawn = sampling.drawn_once(lm, lm.encode(TEXT), asked)
    assert first == agreement_of(drawn)
    row = Decoding(strategy="sample", temperature=0.8)
    for number, one in enumerate(drawn):
        *_, (alone,) = decode(lm, lm.encode(TEXT), [row], max_tokens=5, seed=31 + number)
        assert one.ids == alone.all_ids
        assert one.log_probability == pytest.approx(sum(step.log_probability for step in alone.steps), abs=1e-3)
    passes: list[int] = []
    bench = Bench(OneModel(lm.heard_by(passes.append)))  # type: ignore[arg-type]
    *_, again = run(dataclasses.replace(settings, tree="5.6!1"), bench)
    assert again.findings is not None and again.findings.agreement == first
    assert bench.cost.forward_passes <= 8, "the tree's steps and the readings, no samples"


def sample(ids: tuple[int, ...], text: str = "") -> Sample:
    return Sample(ids, text, -1.0, sampling.first_clause(text))


def test_which_samples_agree_by_hand() -> None:
    drawn = [sample((1, 2, 3), "巴黎。它"), sample((1, 2, 4), " 巴黎，"), sample((1, 9), "里昂"), sample((7,), "巴黎")]
    assert sampling.answers(drawn) == [("巴黎", [0, 1, 3]), ("里昂", [2])]
    assert sampling.agreement(drawn) == [3 / 4, 2 / 4, 1 / 4]
    assert sampling.shared_tokens((1, 2, 3), (1, 2, 4)) == 2
    found = agreement_of(drawn)
    assert found == Agreement(4, (Answer("巴黎", (1, 2, 4)), Answer("里昂", (3,))))
    assert (found.largest.text, found.most, found.share) == ("巴黎", 3, 3 / 4)
    assert agreement_of([]) is None
    assert sampling.first_clause("“，") == "“，"
    assert sampling.first_clause("。\n Paris, of course") == "paris"


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("1.20 at the shop. The", "1.20 at the shop"), ("1.95", "1.95"), ("1,000 people: all", "1,000 people"), ("8:30 in the", "8:30 in the"),
        ("1999, the year", "1999"), ("20% of it.", "20% of it"), ("公园.他", "公园"), ("3：30开始。", "3：30开始"), ("Paris. it", "paris"),
        ("U.S. Army is", "u.s. army is"), ("Dr. Smith at a.com, who", "dr. smith at a.com"), ("J. Smith. He", "j. smith"), ("It was I. Then", "it was i"),
        ("Wait... what", "wait"), ("1.", "1"),
    ],
)  # fmt: skip
def test_a_clause_ends_at_its_marks_and_never_inside_a_number_or_an_abbreviation(text: str, clause: str) -> None:
    assert sampling.first_clause(text) == clause


def test_different_numbers_are_different_answers() -> None:
    """Prices that begin with the same digit, as in samples of a price."""
    drawn = [
        sample((n,), text) for n, text in enumerate(("1.20.", "1.95 each", "1.65, or", "1.20, and", "2.18", "2.60"))
    ]
    assert sampling.answers(drawn)[0] == ("1.20", [0, 3])
    assert len(sampling.answers(drawn)) == 5


def test_samples_start_where_asked(lm: LanguageModel) -> None:
    base = dataclasses.replace(PLAIN, samples=4, length=6, tree="70.71.72!3")
    prompt, node = found_of(lm, base), found_of(lm, dataclasses.replace(base, origin="node"))
    assert prompt.agreement != node.agreement
    asked = sampling.Sampling(4, 6, 1.0, 1.0, 0)
    assert node.agreement == agreement_of(sampling.draw(lm, (*lm.encode(TEXT), 70, 71, 72), asked))
    assert prompt.agreement == agreement_of(sampling.draw(lm, lm.encode(TEXT), asked))
    ended = found_of(lm, dataclasses.replace(base, tree="70.257!2", origin="node"))
    assert ended.agreement == prompt.agreement, "nothing comes after an end token: samples start at the prompt's end"


# ---- the tree and its link


def random_tree(rng: random.Random, size: int) -> Tree:
    tree = Tree()
    while len(tree.nodes) < size:
        tree = tree.at(rng.randint(0, len(tree.nodes))).forced(rng.randrange(260_000))
    return tree.at(rng.randint(0, size))


@pytest.mark.parametrize("seed", range(30))
def test_what_is_written_is_read_back(seed: int) -> None:
    rng = random.Random(seed)
    tree = random_tree(rng, rng.randint(1, MOST_NODES))
    written = trees.write(tree, "提示")
    assert trees.read(written, "提示", 262_144) == tree
    assert trees.read(written.split(":")[1], "another", 262_144) == tree
    assert trees.read(written, "another", 262_144) == Tree(), "a changed prompt starts anew"
    assert written.replace("~", "").replace("!", "").replace(".", "").replace(":", "").isalnum(), "no escapes in a link"


def test_the_longest_tree_fits_into_its_setting() -> None:
    tree = Tree()
    for node in range(MOST_NODES):
        tree = tree.at(max(0, node - 1)).forced(262_143 - node % 2)
    assert len(trees.write(tree, "x")) <= trees.MOST_CHARACTERS
    with pytest.raises(ValueError, match="at most"):
        tree.at(0).forced(1)


BAD = [
    "x", "5..6", "5.", ".5", "~5", "5~", "5~1", "5~9.1", "5.6!3", "!1", "5!-1", "5 6", "5.6.7!99999", "zzzz:5", "5!1!2", "5.99999999", "5,6",
    "٥.٦", "259", "5.6~1.6", "<img src=x>", "5" + ".5" * 200, "1a2b:5~~6.1", "5!1\n6",
]  # fmt: skip


@pytest.mark.parametrize("written", BAD)
def test_a_bad_tree_is_refused_by_name_in_both_languages(lm: LanguageModel, written: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(PLAIN, tree=written))
    assert caught.value.field == "tree"
    assert "试过的路径" in caught.value.message.zh
    assert "Paths tried" in caught.value.message.en


def test_noise_in_a_link_never_crashes(lm: LanguageModel) -> None:
    rng = random.Random(4)
    for _ in range(3000):
        written = "".join(rng.choice("0123456789.~!:af") for _ in range(rng.randint(1, 14)))
        try:
            tree = trees.read(written, TEXT, lm.vocabulary)
        except PlaygroundError as error:
            assert error.field == "tree"
        else:
            assert 0 <= tree.current <= len(tree.nodes)
            assert all(parent < node for node, (parent, _) in enumerate(tree.nodes, 1))


def test_cutting_takes_all_below_and_renumbers() -> None:
    tree = trees.read("1.2.3~1.4~0.5.6~2.7!3", "", 100)
    cut = tree.without(2)
    assert cut == Tree(((0, 1), (1, 4), (0, 5), (3, 6)), current=1)
    assert trees.read(trees.write(cut, "p"), "p", 100) == cut
    assert tree.without(1).nodes == ((0, 5), (1, 6))


# ---- text


def test_split_characters_are_bytes_until_they_are_whole(lm: LanguageModel) -> None:
    ids = lm.encode("你", bos=False)
    one = exploration(lm, Tree()).forced(ids)
    assert [name_of(lm, token) for token in ids] == [("", "E4"), ("", "BD"), ("", "A0")]
    assert one.written(1) == ("⟨E4⟩",)
    assert one.written(2) == ("⟨E4⟩", "⟨BD⟩")
    assert one.written(3) == ("你", "", "")
    assert completed(lm, [97, *ids[:2]], ids[2]) == "你"
    assert completed(lm, ids[:1], ids[1]) == ""
    assert completed(lm, [ids[0]], 97) == ""
    wrong = exploration(lm, Tree()).forced([ids[1], ids[0], 97])
    assert "\ufffd" not in "".join(wrong.written(3))
    found = find_paths(one, read_whole(lm, (*one.prompt, *ids)))
    assert found.byte_tokens == 3
    assert found.first_tried is not None and found.first_tried.text == "⟨E4⟩"
    assert found.current.text == "你"
    bell = lm.encode("\x07", bos=False)
    assert [name_of(lm, token) for token in bell] == [("", "07")]
    unseen = exploration(lm, Tree()).forced(bell)
    assert find_paths(unseen, read_whole(lm, (*unseen.prompt, *bell))).byte_tokens == 0, "unseen, but whole"


def test_an_end_token_ends_the_text(lm: LanguageModel) -> None:
    found = found_of(lm, dataclasses.replace(PLAIN, tree="5.257!2", steps=4))
    assert found.paths.current.tokens == 2, "no step is taken after it"
    assert len(found.paths.ends) == 1


def test_forced_lines_are_branches_and_english_words_get_their_space(lm: LanguageModel) -> None:
    found = found_of(lm, dataclasses.replace(PLAIN, text="I saw a", forced="dog\n\n，x\ndot"))
    assert [path.text for path in found.paths.ends] == [" dog", "，x", " dot"]
    assert [path.tokens for path in found.paths.ends] == [4, 4, 4], "the comma is three bytes in this model"
    assert found.paths.byte_tokens == 3
    one = exploration(lm, Tree())
    assert with_lines(one, " \n").tree == Tree()
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(PLAIN, forced="a\n" * 9))
    assert caught.value.field == "forced"
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(PLAIN, forced="字" * 60))
    assert caught.value.field == "forced"
    assert str(MOST_NODES) in caught.value.message.en


def test_prompts_at_the_edges(lm: LanguageModel) -> None:
    for text in ("a", "。。。", "😀", "a   ", " \n "):
        assert found_of(lm, dataclasses.replace(PLAIN, text=text, steps=2)).paths.current.tokens == 2
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(PLAIN, text="字" * 300))
    assert caught.value.field == "text"
    assert str(min(MOST_PROMPT_TOKENS, lm.context - MOST_NODES - 1)) in caught.value.message.zh


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("今天早上，我在公园里看见一只", "公园"), ("This morning, on my way to the park, I saw a", "morning"), ("He quickly ran to his houses", "houses"),
        ("走吧。", None), ("Run away!", None), ("", None), ("a 山", "山"), ("The very old wolves", None), ("the old wolves", "wolves"),
    ],
)  # fmt: skip
def test_the_first_noun(text: str, noun: str | None) -> None:
    found = first_noun(text)
    assert (found and found.text) == noun
    if found:
        assert text[found.start : found.end] == noun


def test_the_prediction_is_read_from_the_tokens_around_the_noun(lm: LanguageModel) -> None:
    settings = dataclasses.replace(PLAIN, text="to the park and")
    found = found_of(lm, settings)
    ids = lm.encode("to the park and")
    entropies = [float(torch.distributions.Categorical(logits=lm.next_logits([ids[:end]])[0]).entropy()) for end in range(1, len(ids) + 1)]  # fmt: skip
    start = 1 + "to the park".index("park")  # the first token is <bos>
    noun = found.noun
    assert noun is not None
    assert (noun.text, noun.first_token, noun.last_token) == ("park", start, start + 3)
    assert noun.entropy_before == pytest.approx(entropies[start - 1], abs=1e-4)
    assert noun.entropy_after == pytest.approx(entropies[start + 3], abs=1e-4)
    outcome = PREDICTION.outcome(settings, found)
    assert outcome is not None
    assert outcome.answer == ("rises" if entropies[start + 3] > entropies[start - 1] else "falls")
    without = dataclasses.replace(PLAIN, text="Go!")
    assert found_of(lm, without).noun is None
    assert PREDICTION.outcome(without, found_of(lm, without)) is None


# ---- what is said of a result


def path(text: str, log_probability: float, tokens: int, lowest_rank: int = 1) -> PathNumbers:
    return PathNumbers(text, tokens, log_probability, math.exp(-log_probability / tokens), 2.0, lowest_rank)


SHORT, LONG = path("a dog", -4.0, 2), path("a dog that barks", -5.0, 5)
NOTHING = PathNumbers("", 0, None, None, None, None)


def findings(
    *ends: PathNumbers,
    noun: Noun | None = None,
    answers: tuple[Answer, ...] = (),
    number_type: str = "bfloat16",
    **changes: Any,
) -> Findings:
    """Findings by hand; the last end is the current path."""
    tried = Tried("x", 1, 0.5)
    paths = Paths(ends[-1], ends[-1].log_probability, None, ends, len(ends) - 1, tried, tried, 0)
    return Findings(
        paths=dataclasses.replace(paths, **changes),
        noun=noun,
        revisions=(),
        agreement=Agreement(sum(len(one.samples) for one in answers), answers) if answers else None,
        vocabulary=259,
        number_type=number_type,
        measured=Measured(1.0, 1),
    )


VERDICTS = {
    "one path": (
        findings(SHORT),
        "当前路径有 2 个词元，ln p 为 −4.00，困惑度 7.39。",
        "The current path has 2 tokens, ln p −4.00 and perplexity 7.39.",
    ),
    "nothing written, one sample": (
        findings(NOTHING, answers=(Answer("yes", (1,)),)),
        "提示之后还没有写下词元；唯一一条样本先说“yes”。",
        "No token has been written after the prompt; the only sample says “yes” first.",
    ),
    "the likeliest path isn't the easiest": (
        findings(SHORT, LONG),
        "当前路径有 5 个词元，ln p 为 −5.00，困惑度 2.72；2 条路径中“a dog”概率最高（ln p −4.00），“a dog that barks”困惑度最低（2.72）。",
        "The current path has 5 tokens, ln p −5.00 and perplexity 2.72; of 2 paths “a dog” has the highest probability (ln p −4.00) "
        "and “a dog that barks” the lowest perplexity (2.72).",
    ),
    "the likeliest path is the easiest, samples differ": (
        findings(path("b", -9.0, 2), SHORT, answers=(Answer("x", (1,)), Answer("", (2,)))),
        "当前路径有 2 个词元，ln p 为 −4.00，困惑度 7.39；2 条路径中“a dog”概率最高（ln p −4.00），困惑度也最低（7.39）；2 条样本先说的话各不相同。",
        "The current path has 2 tokens, ln p −4.00 and perplexity 7.39; of 2 paths “a dog” has the highest probability (ln p −4.00) "
        "and the lowest perplexity (7.39); no two of 2 samples say the same first.",
    ),
    "a single token, all samples agree": (
        findings(path(" a", -1.0, 1), answers=(Answer("x", (1, 2)),)),
        "当前路径有 1 个词元，ln p 为 −1.00，困惑度 2.72；2 条样本全都先说“x”。",
        "The current path has 1 token, ln p −1.00 and perplexity 2.72; all 2 samples say “x” first.",
    ),
    "samples agree": (
        findings(SHORT, answers=(Answer("", (1, 3)), Answer("x", (2,)))),
        "当前路径有 2 个词元，ln p 为 −4.00，困惑度 7.39；3 条样本里最多有 2 条先说同一句话（“∅”）。",
        "The current path has 2 tokens, ln p −4.00 and perplexity 7.39; at most 2 of 3 samples say the same first (“∅”).",
    ),
}


@pytest.mark.parametrize(("found", "zh", "en"), VERDICTS.values(), ids=VERDICTS)
def test_the_verdict_in_each_branch(found: Findings, zh: str, en: str) -> None:
    said = verdict(PLAIN, found)
    assert (said.zh, said.en) == (zh, en)


def asked(found: Findings, settings: Settings = PLAIN) -> str:
    """All questions of a result, and their answers, in English."""
    return "\n".join(f"{item.question.en} {item.answer.en}" for item in follow_ups(settings, found))


def noun(before: float, after: float) -> Noun:
    return Noun("park", 3, 4, before, after)


LOOP = path("so so so so", -0.5, 10)
ASKED = [
    # what is asked, findings that raise it, findings that don't
    ("40% of this path's 4-grams are repeats, and its perplexity is only 1.05", findings(LOOP, repeated_4=0.4), findings(LOOP, repeated_4=0.2)),
    ("4-grams", findings(LOOP, repeated_4=0.4), findings(LOOP)),
    ("perplexity is only", findings(LOOP, repeated_4=0.4), findings(SHORT, repeated_4=0.4)),
    ("are 0.006 apart", findings(SHORT, forced_log_probability=-4.006), findings(SHORT, forced_log_probability=-4.004)),
    ("bfloat16 has 8", findings(SHORT, forced_log_probability=-4.1), findings(SHORT, number_type="float32", forced_log_probability=-4.1)),
    ("apart", findings(SHORT, forced_log_probability=-4.1), findings(NOTHING)),
    ("“a dog” and “b” differ by 5.00", findings(path("b", -9.0, 2), SHORT), findings(SHORT)),
    ("about 148 times", findings(path("b", -9.0, 2), SHORT), findings(SHORT, LONG)),
    ("about 1.3 times", findings(path("b", -4.26, 2), SHORT), findings(SHORT, LONG)),
    ("differ by", findings(path("b", -9.0, 2), SHORT), findings(SHORT, path("c", -4.0, 2))),
    ("“a dog” has the highest probability, “a dog that barks” the lowest perplexity", findings(SHORT, LONG), findings(path("b", -9.0, 2), SHORT)),
    ("You forced “zq”, rank 1,234 with a probability of 2×10⁻⁶", findings(SHORT, least_likely=Tried("zq", 1234, 2e-6)), findings(SHORT, least_likely=Tried("zq", 100, 0.01))),
    ("3 tokens of the tree are bytes", findings(SHORT, byte_tokens=3), findings(SHORT)),
    ("3 of 4 samples say “yes” first", findings(SHORT, answers=(Answer("yes", (1, 2, 3)), Answer("no", (4,)))), findings(SHORT)),
    ("error of about 0.22", findings(SHORT, answers=(Answer("yes", (1, 2, 3)), Answer("no", (4,)))), findings(SHORT, answers=(Answer("yes", (1,)),))),
    ("Of 5 samples at most 2 say the same first", findings(SHORT, answers=(Answer("a", (1, 2)), Answer("b", (3, 4)), Answer("c", (5,)))), findings(SHORT, answers=(Answer("yes", (1, 2)),))),
    ("No two of 3 samples say the same first", findings(SHORT, answers=tuple(Answer(str(n), (n,)) for n in (1, 2, 3))), findings(SHORT, answers=(Answer("yes", (1,)),))),
    ("After “park” the entropy fell from 3.00 to 1.00", findings(SHORT, noun=noun(3.0, 1.0)), findings(SHORT, noun=noun(1.0, 3.0))),
    ("After “park” the entropy rose from 1.00 to 3.00", findings(SHORT, noun=noun(1.0, 3.0)), findings(SHORT, noun=noun(3.0, 1.0))),
    ("the entropy", findings(SHORT, noun=noun(1.0, 3.0)), findings(SHORT, noun=noun(1.0, 1.001))),
]  # fmt: skip


@pytest.mark.parametrize(("words", "raises", "silent"), ASKED, ids=[words for words, _, _ in ASKED])
def test_a_follow_up_is_asked_where_its_premise_holds_and_nowhere_else(
    words: str, raises: Findings, silent: Findings
) -> None:
    assert words in asked(raises)
    assert words not in asked(silent)


def test_a_plain_result_raises_no_question() -> None:
    assert follow_ups(PLAIN, findings(SHORT)) == ()


def test_a_click_puts_its_token_alone_through_the_model(lm: LanguageModel) -> None:
    before = dataclasses.replace(PLAIN, text="A text for a click alone", tree="5.6!2")
    found_of(lm, before)
    clicked = found_of(lm, dataclasses.replace(before, tree="5.6.7!3"))
    assert clicked.measured.tokens_to_distribution == 1
    back = found_of(lm, before)
    assert back.measured.tokens_to_distribution == 0


def test_a_path_too_short_for_4_grams_and_one_sample_raise_no_question() -> None:
    for found in (findings(LOOP, repeated_4=None), findings(NOTHING, repeated_4=0.4)):
        assert "4-grams" not in asked(found)
    assert "You forced" not in asked(findings(SHORT, least_likely=None))
    assert "samples" not in asked(findings(SHORT, answers=(Answer("yes", (1,)),)))
    two = asked(findings(SHORT, answers=(Answer("yes", (1,)), Answer("no", (2,)))))
    assert "No two of 2 samples say the same first" in two and "of 2 samples say “" not in two
    assert "2 of 2 samples say “∅” first" in asked(findings(SHORT, answers=(Answer("", (1, 2)),)))


def test_large_ratios_and_long_paths_are_written_short() -> None:
    assert "about 10^16 times" in asked(findings(path("b", -40.0, 2), SHORT))
    long = path("a dog that barks at every car in the street", -4.0, 2)
    assert "“a dog that … the street” and “b”" in asked(findings(path("b", -9.0, 2), long))


@pytest.mark.parametrize(("before", "after", "answer"), [(1.0, 3.0, "rises"), (3.0, 1.0, "falls")])
def test_the_prediction_is_whether_entropy_rises_at_the_noun(before: float, after: float, answer: str) -> None:
    outcome = PREDICTION.outcome(PLAIN, findings(SHORT, noun=noun(before, after)))
    assert outcome is not None and outcome.answer == answer
