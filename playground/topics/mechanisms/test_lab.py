"""The lab of mechanisms against plain computations."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest
import torch

from playground import catalog
from playground.explanation import head_kinds
from playground.explanation.values import next_token_probability
from playground.lab.codec import decode, encode
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.learning import autoencoder
from playground.learning.autoencoder import Autoencoder
from playground.models.editing import EditableModel
from playground.models.language_model import LanguageModel
from playground.topics.mechanisms import ablating, contrasts, features, steer
from playground.topics.mechanisms.conftest import SMALL, finish
from playground.topics.mechanisms.findings import Findings
from playground.topics.mechanisms.lab import _handover
from playground.topics.mechanisms.settings import Settings


def test_the_differences_are_those_of_plain_passes(lm: LanguageModel, found: Findings) -> None:
    for text, value in ((SMALL.text, found.patched.clean), (SMALL.corrupted, found.patched.corrupted)):
        logits = lm.next_logits([lm.encode(text)])[0]
        a, b = (lm.encode(name, bos=False)[0] for name in ("a", "b"))
        assert value == pytest.approx(float(logits[a] - logits[b]), abs=1e-4)
    assert (found.patched.answer, found.patched.wrong, found.patched.first) == ("a", "b", 2)


def test_both_checks_of_patching_hold(found: Findings) -> None:
    assert found.patched.all_gap < 1e-3
    assert found.patched.none_gap < 1e-3


def test_the_direct_parts_add_up(found: Findings) -> None:
    direct = found.direct
    assert direct.embedding + direct.heads + direct.mlps + direct.rounding == pytest.approx(direct.total, abs=1e-6)
    assert abs(direct.rounding) < 1e-3
    assert direct.total == pytest.approx(found.patched.clean, abs=1e-4)


def test_the_findings_go_to_json_and_back(found: Findings) -> None:
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found


def test_a_model_without_an_autoencoder_says_so_and_has_the_rest(lm: LanguageModel) -> None:
    result = finish(lm)
    assert result.findings is not None and result.findings.sparse is None
    assert result.autoencoder is not None and result.autoencoder.caveat is not None
    assert result.features is None
    missing = {"features", "feature_texts", "found_features"}
    assert all(
        getattr(result, item.name) is not None for item in dataclasses.fields(result) if item.name not in missing
    )


def test_a_clicked_place_and_clicked_heads_are_used(lm: LanguageModel) -> None:
    settings = dataclasses.replace(SMALL, cell="2.4", heads="3.1, 1.2 3.1 2.mlp", kind="mlp")
    findings = finish(lm, settings).findings
    assert findings is not None
    assert (findings.patched.chosen.layer, findings.patched.chosen.position) == (2, 4)
    assert [(head.layer, head.head) for head in findings.ablated.chosen] == [(1, 2), (3, 1)]
    assert findings.ablated.mlps == (2,)


def test_a_place_that_a_shorter_text_lacks_is_forgotten(lm: LanguageModel) -> None:
    findings = finish(lm, dataclasses.replace(SMALL, cell="2.40")).findings
    assert findings is not None and findings.patched.chosen.position <= 8


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"corrupted": "xbc abde"}, "corrupted", "a | b | c | ␣ | a | b | d"),
        ({"corrupted": "abc abd"}, "corrupted", "equals"),
        ({"wrong": "a"}, "wrong", "“a”"),
        ({"text": "x" * 60}, "text", "48"),
        ({"cell": "99.1"}, "cell", "99.1"),
        ({"heads": "1.9"}, "heads", "1.9"),
        ({"heads": "99.mlp"}, "heads", "99.mlp"),
        ({"towards": "one line"}, "towards", "two lines"),
    ],
)
def test_what_can_not_be_compared_is_refused_by_field(
    lm: LanguageModel, changes: dict[str, str], field: str, says: str
) -> None:
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(SMALL, **changes))
    assert caught.value.field == field
    assert says in caught.value.message.en
    assert re.search(r"[\u4e00-\u9fff]", caught.value.message.zh)


def test_both_token_lists_are_in_the_message(lm: LanguageModel) -> None:
    with pytest.raises(PlaygroundError) as caught:
        contrasts.prepare(EditableModel(lm), dataclasses.replace(SMALL, corrupted="xy"))
    for message in (caught.value.message.zh, caught.value.message.en):
        assert "a | b | c" in message and "x | y" in message


def test_ablation_s_losses_are_those_of_plain_passes(lm: LanguageModel, found: Findings) -> None:
    copies = ablating.score(EditableModel(lm), lm.encode(SMALL.text), 0).copies
    count = (len(copies[0]) - 1) // 2
    logits = torch.stack([lm.logits(ids) for ids in copies])
    losses = torch.nn.functional.cross_entropy(
        logits[:, :-1].transpose(1, 2), torch.tensor(copies)[:, 1:], reduction="none"
    )
    # Losses of the tokens 1, 2, …; the second copy without its first token, the first one without its own.
    assert found.ablated.whole.copied == pytest.approx(float(losses[:, count + 1 :].mean()), abs=1e-4)
    assert found.ablated.unseen == pytest.approx(float(losses[:, 1:count].mean()), abs=1e-4)


def test_ablation_changes_the_clean_text_s_next_token_as_by_hand(lm: LanguageModel) -> None:
    settings = dataclasses.replace(SMALL, heads="2.1 3.mlp", ablation="zero")
    findings = finish(lm, settings).findings
    assert findings is not None
    ids, answer = lm.encode(SMALL.text), lm.encode("a", bos=False)[0]
    size = lm.module.model.layers[1].self_attn.o_proj.in_features // lm.heads

    def without_head(_: object, given: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
        return (torch.cat([torch.zeros_like(given[0][..., :size]), given[0][..., size:]], -1),)

    layers = lm.module.model.layers
    handles = [
        layers[1].self_attn.o_proj.register_forward_pre_hook(without_head),
        layers[2].mlp.register_forward_hook(lambda _, __, output: torch.zeros_like(output)),
    ]
    without = lm.next_logits([ids])[0].softmax(-1)
    for handle in handles:
        handle.remove()
    whole = lm.next_logits([ids])[0].softmax(-1)
    on_text = findings.ablated.on_text
    assert on_text.chance == pytest.approx(float(whole[answer]), abs=1e-6)
    assert on_text.chance_without == pytest.approx(float(without[answer]), abs=1e-6)
    assert abs(on_text.chance - on_text.chance_without) > 1e-5


def test_strength_0_steers_nothing(lm: LanguageModel) -> None:
    findings = finish(lm, dataclasses.replace(SMALL, strength=0.0)).findings
    assert findings is not None
    steered = findings.steered
    assert (steered.effect, steered.cost, steered.text) == (0, 1, steered.plain_text)


def test_the_odd_lines_make_the_direction_and_the_even_ones_judge_it(lm: LanguageModel) -> None:
    settings = dataclasses.replace(SMALL, towards="a\n\nb\nc\n")
    sides = steer.sentences(EditableModel(lm), settings, "towards")
    assert sides.made == [lm.encode("a"), lm.encode("c")] and sides.judged == [lm.encode("b")]


# ---- the autoencoder


def test_a_factor_of_1_changes_nothing_and_others_add_their_part(
    lm: LanguageModel, with_autoencoder: Autoencoder
) -> None:
    ids, model = lm.encode(SMALL.text), EditableModel(lm)
    _, runs = contrasts.prepare(model, SMALL)
    same = features.read(model, with_autoencoder, ids, runs, dataclasses.replace(SMALL, factor=1.0))
    torch.testing.assert_close(same.after, same.before)
    torch.testing.assert_close(same.before, lm.next_logits([ids])[0].softmax(-1))
    more = features.read(model, with_autoencoder, ids, runs, dataclasses.replace(SMALL, factor=5.0))
    chosen = more.chosen

    def by_hand(_: object, __: object, output: torch.Tensor) -> torch.Tensor:
        changed = output.clone()
        for at in range(1, output.shape[1]):
            scores = torch.relu(output[0, at] @ with_autoencoder.encoder.T)
            if chosen in scores.topk(4).indices:
                changed[0, at] += 4 * scores[chosen] * with_autoencoder.decoder[chosen]
        return changed

    handle = lm.module.model.layers[2].register_forward_hook(by_hand)
    expected = lm.next_logits([ids])[0].softmax(-1)
    handle.remove()
    torch.testing.assert_close(more.after, expected, rtol=1e-4, atol=1e-6)
    assert not torch.allclose(more.after, more.before, atol=1e-4)


def test_the_share_recovered_and_the_listed_features_are_those_of_plain_passes(
    lm: LanguageModel, with_autoencoder: Autoencoder
) -> None:
    ids, model, found = lm.encode(SMALL.text), EditableModel(lm), with_autoencoder
    _, runs = contrasts.prepare(model, SMALL)
    read = features.read(model, found, ids, runs, SMALL)
    states = lm.hidden_states(ids)[3, 1:]
    scores = torch.relu(states @ found.encoder.T)
    kept = torch.where(scores >= scores.topk(4).values[:, -1:], scores, 0)

    def loss(new: torch.Tensor) -> float:
        handle = lm.module.model.layers[2].register_forward_hook(
            lambda _, __, output: torch.cat([output[:, :1], new[None]], 1)
        )
        found = torch.nn.functional.cross_entropy(lm.logits(ids)[1:-1], torch.tensor(ids[2:]))
        handle.remove()
        return float(found)

    plain, rebuilt, erased = loss(states), loss(kept @ found.decoder), loss(torch.zeros_like(states))
    assert (
        read.here is None
        if erased <= plain
        else read.here == pytest.approx((erased - rebuilt) / (erased - plain), abs=1e-3)
    )
    # Every feature is active on 15% of the tokens of training here, so the sum of activations alone gives the order.
    order = kept.sum(0).argsort(descending=True)[: min(12, int((kept.sum(0) > 0).sum()))].tolist()
    assert list(read.numbers) == order
    torch.testing.assert_close(read.activations, kept[:, order].T, atol=1e-4, rtol=1e-4)
    assert (read.chosen, read.strength) == (order[0], pytest.approx(float(kept[:, order[0]].max()), abs=1e-4))


def test_the_run_with_an_autoencoder_fills_every_panel(lm: LanguageModel, with_autoencoder: Autoencoder) -> None:
    result = finish(lm, dataclasses.replace(SMALL, search="apple"))
    assert all(getattr(result, item.name) is not None for item in dataclasses.fields(result))
    assert result.findings is not None and result.findings.sparse is not None
    assert (result.findings.sparse.both, result.findings.sparse.matches) == (2, 1)
    assert result.findings.sparse.trained_on == 30 + 40 - 7, "without those that are held out"


def test_features_are_found_by_the_token_that_they_are_strongest_on(with_autoencoder: Autoencoder) -> None:
    assert features.by_word("APPLE", 5) == [5]
    assert features.by_word("app", 5) == [5]
    assert features.by_word("y", 5) == features.by_word(" ", 5) == []


def test_a_feature_that_does_not_exist_is_refused(lm: LanguageModel, with_autoencoder: Autoencoder) -> None:
    for given in ("24", "x", "-1"):
        with pytest.raises(PlaygroundError) as caught:
            finish(lm, dataclasses.replace(SMALL, feature=given))
        assert caught.value.field == "feature"


def test_the_card_s_figures_of_the_autoencoder_are_its_report_s() -> None:
    report = json.loads(autoencoder.REPORT.read_text(encoding="utf-8"))
    loss = report["loss"]["zh"]
    said = f"{loss['recovered']:.0%}", f"{loss['plain']:.2f}", f"{loss['reconstructed']:.2f}"
    for language in Language:
        card = catalog.card("mechanisms", language)
        (answer,) = (answer for question, answer in card.followups if "90%" in question)
        assert all(figure in answer for figure in said), said


# ---- where the answer goes over


def test_the_answer_goes_over_where_the_last_position_leads_for_good() -> None:
    for leads, layer in (([1.0, -1.0, 1.0, 1.0], 2), ([1.0, 1.0], 0), ([1.0, -1.0], None), ([0.0, 1.0], 1)):
        assert _handover(np.array(leads)) == layer


def test_only_the_residual_stream_has_a_layer_where_the_answer_goes_over(lm: LanguageModel, found: Findings) -> None:
    assert found.patched.handover is not None
    other = finish(lm, dataclasses.replace(SMALL, kind="mlp"))
    assert other.findings is not None and other.findings.patched.handover is None
    assert other.patching is not None and other.patching.caveat is not None and "0.000" in other.patching.caveat.en


@pytest.mark.model
def test_the_answer_goes_over_to_the_last_position_on_the_real_model(real_lm: LanguageModel) -> None:
    settings = Settings(text="The capital of France is the city of", corrupted="The capital of Italy is the city of")
    result = finish(real_lm, settings)
    found = result.findings
    assert found is not None
    assert (found.patched.answer, found.patched.wrong) == ("␣Paris", "␣Rome")
    assert found.patched.handover is not None and 8 < found.patched.handover <= real_lm.layers
    assert found.patched.all_gap < 1e-3 and found.patched.none_gap < 1e-3
    assert abs(found.direct.rounding) < 1e-3
    # One text has one value: in the map, the sum of the direct parts, every table of next tokens, and where other topics explain it.
    assert found.direct.total == pytest.approx(found.patched.clean, abs=1e-3)
    paris = real_lm.encode(" Paris", bos=False)[0]
    value = float(next_token_probability(real_lm, paris)([settings.text])[0])
    beside = [getattr(result, name).beside for name in ("patching", "direct", "heads", "features")]
    shown = [next(row[1] for row in table.rows if row[0] == "␣Paris") for table in beside]
    assert [*shown, found.ablated.on_text.chance] == pytest.approx([value] * 5, abs=1e-4)
    # As the hints say: the first token is the start token, which is read and not scored.
    model = EditableModel(real_lm)
    assert {len(ids) - 1 for first in (0, 1) for ids in ablating.running_text(model, first, 1)} == {47}
    assert found.ablated.cost > 2 * max(found.ablated.others_cost, 0.05)
    scores = head_kinds.mean_patterns(real_lm, [real_lm.encode(settings.text)])
    assert scores["previous"] is not None
    assert np.isfinite(scores["previous"]).all()
