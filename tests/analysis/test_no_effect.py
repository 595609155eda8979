from __future__ import annotations

from tunesmith.analysis.importance import Importance, Share
from tunesmith.analysis.interval import Interval
from tunesmith.analysis.no_effect import no_effect

NONE = Interval(0.0, 0.0, 0.0)


def share(name: str, high: float, *, matters: bool | None) -> Share:
    whole = Interval(0.5 * high, 0.8 * high, high)
    return Share(name, whole, whole, matters=matters)


def over(*shares: Share) -> Importance:
    return Importance("everywhere", shares, ())


def test_idle_hyperparameters_are_named() -> None:
    shares = (
        share("seed", 0.01, matters=False),
        share("lr", 0.9, matters=True),
        share("beta", 0.02, matters=False),
    )
    (finding,) = no_effect(over(*shares), over(*shares), "loss")
    assert finding.parameter is None
    assert finding.sentence == (
        "beta and seed do not matter within their present ranges: each explains at most 2 % of the differences in "
        "loss, also among the best configurations."
    )
    assert finding.advice == "Keep beta and seed at a value that is cheap, and spend the trials on lr."


def test_one_alone_is_named_as_one() -> None:
    shares = (share("seed", 0.01, matters=False), share("lr", 0.9, matters=True))
    best = (share("seed", 0.03, matters=False), share("lr", 0.9, matters=True))
    (finding,) = no_effect(over(*shares), over(*best), "loss")
    assert finding.parameter == "seed"
    assert finding.sentence.startswith(
        "seed does not matter within its present range: it explains at most 3 %"
    )


def test_one_that_decides_among_the_best_matters() -> None:
    everywhere = (share("depth", 0.02, matters=False), share("lr", 0.98, matters=True))
    best = (share("depth", 0.4, matters=True), share("lr", 0.6, matters=True))
    assert no_effect(over(*everywhere), over(*best), "loss") == []


def test_after_a_search_it_may_be_said_of_good_configurations_alone() -> None:
    idle = Share("seed", NONE, Interval(0.0, 0.002, 0.08), matters=None)
    doubtful = Share("beta", NONE, Interval(0.0, 0.002, 0.3), matters=None)
    everywhere = (idle, doubtful, share("lr", 0.9, matters=True))
    best = (
        share("seed", 0.02, matters=False),
        share("beta", 0.02, matters=False),
        share("lr", 0.9, matters=True),
    )
    (finding,) = no_effect(over(*everywhere), over(*best), "loss")
    assert finding.parameter == "seed"
    assert finding.sentence == (
        "seed does not matter among good configurations: it explains at most 2 % of the differences in loss there; "
        "that it is as little elsewhere is probable, but it could be up to 8 %."
    )


def test_at_random_points_it_may_be_only_probable_among_the_best() -> None:
    everywhere = (
        share("seed", 0.02, matters=False),
        share("beta", 0.02, matters=False),
        share("lr", 0.9, matters=True),
    )
    idle = Share("seed", NONE, Interval(0.0, 0.02, 0.11), matters=None)
    doubtful = Share("beta", NONE, Interval(0.0, 0.06, 0.11), matters=None)
    (finding,) = no_effect(over(*everywhere), over(idle, doubtful, share("lr", 0.9, matters=True)), "loss")
    assert finding.sentence == (
        "seed does not matter within its present range: it explains at most 2 % of the differences in loss; among the "
        "best configurations that is probable, but it could be up to 11 %."
    )


def test_nothing_is_said_of_doubtful_ones_and_single_values() -> None:
    fixed = Share("fixed", NONE, NONE, matters=False)
    shares = over(share("lr", 0.9, matters=True), share("b", 0.3, matters=None), fixed)
    assert no_effect(shares, shares, "loss") == []
    alone = over(share("a", 0.01, matters=False))
    assert no_effect(alone, alone, "loss") == []
