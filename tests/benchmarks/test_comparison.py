from benchmarks.comparison import Table, against, seconds, take_turns
from playground.lab.timing import Timing


def test_contenders_take_turns_and_each_begins_once() -> None:
    order: list[str] = []
    timings = take_turns({name: lambda name=name: order.append(name) for name in "abc"}, rounds=3, warm_up=1)
    assert order[3:] == ["a", "b", "c", "b", "c", "a", "c", "a", "b"]
    assert [timing.repeats for timing in timings.values()] == [3, 3, 3]


def test_a_table_states_ratios_to_the_peer() -> None:
    timings = {"peer": Timing(2.0, 1.5, 2.5, 3), "ours": Timing(0.5, 0.4, 0.6, 3)}
    lines = against("Decoding", timings, "peer", units=10, unit="tokens", goal="4").markdown().splitlines()
    assert lines[0] == "## Decoding"
    assert lines[4].split(" | ")[-2:] == ["5.0", "1 (peer) |"]
    assert lines[5].split(" | ")[-2:] == ["20.0", "4.00 |"]
    assert lines[-1] == "Goal: 4"


def test_times_are_written_with_three_figures() -> None:
    assert (seconds(0.01234), seconds(1.2345)) == ("12.3 ms", "1.23 s")
    assert Table("t", ("a",), (("b",),)).markdown() == "## t\n\n| a |\n| --- |\n| b |\n"
