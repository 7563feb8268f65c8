"""Significance against scipy, integration of Student's density, and brute force over all subsets."""

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from searchsvc import kinds
from searchsvc.metrics.estimate import T_975
from searchsvc.strategy import Sample
from searchsvc.verdict.significance import LISTED, conclude, front, holm, standing, welch

PLACEMENT = kinds.read({"kind": "neuron_placement", "task": "digits"})
SWEEP = kinds.read({"kind": "polynomial_degree", "task": "digits"})

accuracies = st.lists(st.integers(0, 360).map(lambda hits: hits / 360), min_size=2, max_size=6).map(tuple)
p_values = st.lists(st.none() | st.floats(0, 1), max_size=6)


def samples(**scores):
    """Candidates of different placements, by label."""
    return [
        Sample(label, "searched" if label == "searched" else "baseline", tuple(s), seeds=3)
        for label, s in scores.items()
    ]


@given(accuracies, accuracies)
def test_welch_equals_scipy(a, b):
    assume(len(set(a)) > 1 and len(set(b)) > 1)
    assert welch(a, b) == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue, rel=1e-9, abs=1e-300)


def test_welch_by_hand():
    # a = 1, 2, 3: mean 2, variance 1; b = 2, 4, 6: mean 4, variance 4. Squared error 1/3 + 4/3 = 5/3,
    # t = -2 / sqrt(5/3) = -1.549193, degrees of freedom (5/3)^2 / ((1/3)^2/2 + (4/3)^2/2) = 50/17.
    t, nu = 2 / math.sqrt(5 / 3), 50 / 17
    scale = math.gamma((nu + 1) / 2) / (math.sqrt(nu * math.pi) * math.gamma(nu / 2))
    tail, _ = quad(lambda x: scale * (1 + x * x / nu) ** (-(nu + 1) / 2), t, math.inf)
    assert welch((1, 2, 3), (2, 4, 6)) == pytest.approx(2 * tail, rel=1e-6)


def test_welch_takes_one_side_of_equal_scores():
    # Its error is the other side's alone: t = 0.05 / (0.05 / sqrt 3) = sqrt 3, two degrees of freedom.
    assert welch((0.9, 0.9, 0.9), (0.8, 0.85, 0.9)) == pytest.approx(2 * stats.t.sf(math.sqrt(3), 2))


@given(accuracies, accuracies)
def test_welch_is_a_symmetric_probability(a, b):
    assume(len(set(a)) > 1 or len(set(b)) > 1)
    assert 0 <= welch(a, b) <= 1
    assert welch(a, b) == pytest.approx(welch(b, a), rel=1e-9, abs=1e-300)


def test_welch_of_constants_and_single_scores():
    assert welch((0.5, 0.5), (0.5, 0.5, 0.5)) == 1
    assert welch((0.5, 0.5), (0.6, 0.6)) is None
    assert welch((0.1 + 0.2, 0.3), (0.3, 0.1 + 0.2)) == 1  # equal but for the last digit
    assert welch((0.1 + 0.2, 0.3), (0.6, 0.6)) is None
    assert welch((0.0, 0.0), (0.0, 0.0)) == 1 and welch((0.0, 0.0), (1e-300, 1e-300)) is None
    assert welch((0.5,), (0.6, 0.7)) is None
    assert welch((0.5, 0.4), (0.6,)) is None


@pytest.mark.parametrize("scale", [1e40, 1.0, 1e-100, 1e-300])
def test_welch_takes_scores_of_very_different_size(scale):
    # Beside constants the error is the other side's: it has one degree of freedom, where t's tail is 1 / (pi t).
    found = welch((0.1 * scale, 0.2 * scale), (1e100, 1e100))
    assert found == pytest.approx(2 / math.pi * 0.05 * scale / 1e100, rel=1e-9, abs=1e-150)


@given(accuracies, accuracies, st.sampled_from([1e-200, 1e-9, 1e200, 1e300]))
def test_the_unit_of_the_scores_does_not_matter(a, b, unit):
    expected = welch(a, b)
    found = welch(tuple(unit * score for score in a), tuple(unit * score for score in b))
    assert found == (None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-300))


@given(p_values)
def test_holm_equals_closed_testing_over_all_subsets(values):
    """An adjusted p-value is the largest Bonferroni p-value of any set of hypotheses that holds this one."""
    present = [i for i, p in enumerate(values) if p is not None]
    adjusted = holm(values)
    for i in range(len(values)):
        if i not in present:
            assert adjusted[i] is None
            continue
        sets = [s for n in range(1, len(present) + 1) for s in itertools.combinations(present, n) if i in s]
        assert adjusted[i] == pytest.approx(max(min(1.0, len(s) * min(values[j] for j in s)) for s in sets))


def test_a_clear_winner_is_called_better():
    found = conclude(
        PLACEMENT, samples(searched=[0.9, 0.91, 0.92], a=[0.5, 0.51, 0.52], b=[0.4, 0.41, 0.42]), 30.0, 90.0
    )
    assert "is better than the best of the others, a (+40.00 points" in found["sentence"]
    assert "(91.00 % on validation, 3 seeds)." in found["sentence"]
    assert found["searched"] == "searched"
    raw = [
        stats.ttest_ind([0.9, 0.91, 0.92], s, equal_var=False).pvalue for s in ([0.5, 0.51, 0.52], [0.4, 0.41, 0.42])
    ]
    assert [c["p"] for c in found["comparisons"]] == pytest.approx(raw)
    assert [c["p_holm"] for c in found["comparisons"]] == pytest.approx([max(raw), 2 * min(raw)])
    assert [c["difference"] for c in found["comparisons"]] == pytest.approx([0.4, 0.5])


def test_where_there_are_fresh_seeds_they_decide():
    """What won by its luck is compared by what it gives without: here the search's scores say the opposite."""
    lucky = Sample("a", "sweep", (0.9, 0.91, 0.92), confirmed=(0.5, 0.51, 0.52))
    steady = Sample("b", "sweep", (0.8, 0.81, 0.82), confirmed=(0.8, 0.81, 0.82))
    found = conclude(SWEEP, [lucky, steady], 0.0, 1.0)
    assert found["winner"] == "a"  # the search's own scores select, and they alone
    assert (found["mean"], found["confirmed_mean"]) == pytest.approx((0.91, 0.51))
    (compared,) = found["comparisons"]
    assert compared["difference"] == pytest.approx(-0.3) and compared["basis"] == "fresh seeds"
    assert compared["p"] == pytest.approx(stats.ttest_ind(lucky.confirmed, steady.confirmed, equal_var=False).pvalue)
    assert "(91.00 % on validation, 3 seeds, 51.00 % over 3 fresh seeds)" in found["sentence"]


def test_the_verdict_reports_the_test_part_of_the_fresh_seeds():
    means = {"accuracy/test": 0.95, "accuracy/test_confirmed": 0.85}
    a = Sample("a", "sweep", (0.9, 0.91, 0.92), means=means, confirmed=(0.8, 0.81, 0.82))
    b = Sample("b", "sweep", (0.5, 0.51, 0.52), means={"accuracy/test": 0.4})
    assert "over 3 fresh seeds, 85.00 % on test)" in conclude(SWEEP, [a, b], 0.0, 1.0)["sentence"]
    a = replace(a, means={"accuracy/test": 0.95}, confirmed=())
    assert "(91.00 % on validation, 3 seeds, 95.00 % on test)" in conclude(SWEEP, [a, b], 0.0, 1.0)["sentence"]


def test_leaders_are_compared_with_the_first_and_corrected_for_as_many_as_they_are():
    scores = {"a": (0.90, 0.91, 0.92), "b": (0.89, 0.91, 0.92), "c": (0.5, 0.51, 0.52)}
    leaders = [Sample(label, "sweep", s) for label, s in scores.items()]
    raw = [stats.ttest_ind(scores["a"], scores[other], equal_var=False).pvalue for other in "bc"]
    found = standing(SWEEP, leaders)
    assert (found["basis"], found["first"], found["similar"]) == ("search", "a", ["b"])
    assert found["p_holm"] == pytest.approx({"b": max(raw), "c": 2 * min(raw)})


def test_fresh_seeds_compare_leaders_once_all_of_them_have_theirs():
    a = Sample("a", "sweep", (0.9, 0.91, 0.92), confirmed=(0.5, 0.51, 0.52))
    b = Sample("b", "sweep", (0.8, 0.81, 0.82), confirmed=(0.8, 0.81))
    assert standing(SWEEP, [a, b])["basis"] == "search"
    b = replace(b, confirmed=(*b.confirmed, 0.82))
    found = standing(SWEEP, [a, b])
    assert found["basis"] == "fresh seeds"
    assert found["p_holm"]["b"] == pytest.approx(stats.ttest_ind(a.confirmed, b.confirmed, equal_var=False).pvalue)


def test_single_scores_and_single_leaders_allow_no_comparison():
    one = [Sample(label, "sweep", (score,)) for label, score in (("a", 0.9), ("b", 0.5))]
    found = standing(SWEEP.model_copy(update={"seeds": 1}), one)
    assert found["p_holm"] == {"b": None} and found["similar"] == []
    assert standing(SWEEP, one[:1]) is None and standing(SWEEP, []) is None


def test_a_clear_loser_is_called_worse():
    found = conclude(PLACEMENT, samples(a=[0.9, 0.91, 0.92], searched=[0.5, 0.51, 0.52]), 1.0, 1.0)
    assert "is worse than the best of the others, a (−40.00 points; Welch, Holm-corrected p = " in found["sentence"]


def test_the_best_of_the_others_is_the_first_of_them_on_the_leaderboard():
    """Not one with a single lucky seed, nor one that only fresh seeds, which all others lack, bring closer."""
    scores = {"searched": [0.90, 0.91, 0.92], "complete": [0.87, 0.88, 0.89], "lucky": [0.99]}
    found = conclude(PLACEMENT, samples(**scores), 1.0, 1.0)
    assert "better than the best of the others, complete (+3.00 points" in found["sentence"]
    one, other, third = samples(searched=[0.94, 0.95, 0.96], a=[0.95, 0.96, 0.97], b=[0.93, 0.94, 0.95])
    one, other = replace(one, confirmed=(0.93, 0.94, 0.95)), replace(other, confirmed=(0.91, 0.92, 0.93))
    found = conclude(PLACEMENT, [one, third, other], 1.0, 1.0)
    assert [c["label"] for c in found["comparisons"]] == ["a", "b"]
    assert "the best of the others, a (+2.00 points over fresh seeds" in found["sentence"]


def test_a_candidate_without_all_its_fresh_seeds_is_compared_by_what_the_search_saw():
    a = Sample("a", "sweep", (0.9, 0.91, 0.92), confirmed=(0.9,))
    b = Sample("b", "sweep", (0.8, 0.81, 0.82), confirmed=(0.8, 0.81, 0.82))
    (compared,) = conclude(SWEEP, [a, b], 0.0, 1.0)["comparisons"]
    assert compared["basis"] == "search" and compared["p"] is not None


def test_a_tie_is_called_no_difference():
    found = conclude(PLACEMENT, samples(a=[0.5, 0.6, 0.7], searched=[0.5, 0.6, 0.7]), 1.0, 1.0)
    assert "is not significantly different from the best of the others, a (+0.00 points" in found["sentence"]
    assert found["comparisons"][0]["p"] == pytest.approx(1)


def test_the_correction_can_take_significance_away():
    close = {f"c{i}": [0.50, 0.51, 0.60] for i in range(20)}
    alone = conclude(PLACEMENT, samples(searched=[0.64, 0.65, 0.66], c0=close["c0"]), 1.0, 1.0)
    among = conclude(PLACEMENT, samples(searched=[0.64, 0.65, 0.66], **close), 1.0, 1.0)
    assert alone["comparisons"][0]["p"] == among["comparisons"][0]["p"]
    assert among["comparisons"][0]["p_holm"] == pytest.approx(min(1, 20 * alone["comparisons"][0]["p"]))


def test_of_many_comparisons_the_closest_are_kept_and_the_correction_counts_all():
    many = {f"c{i}": [0.1 + i / 1000, 0.101 + i / 1000, 0.102 + i / 1000] for i in range(300)}
    found = conclude(PLACEMENT, samples(searched=[0.64, 0.65, 0.66], **many), 1.0, 1.0)
    assert [c["label"] for c in found["comparisons"]] == [f"c{i}" for i in range(299, 299 - LISTED, -1)]
    p_values = [stats.ttest_ind([0.64, 0.65, 0.66], s, equal_var=False).pvalue for s in many.values()]
    assert found["comparisons"][0]["p_holm"] == pytest.approx(holm(p_values)[299])


def test_one_seed_allows_no_test():
    found = conclude(PLACEMENT, samples(searched=[0.9], a=[0.1]), 1.0, 1.0)
    assert found["comparisons"][0]["p"] is found["comparisons"][0]["p_holm"] is None
    assert "90.00 % on validation, 1 seed). It is 80.00 points above the best of the others, a" in found["sentence"]
    assert "(cannot be tested with these seeds)" in found["sentence"] and "significant" not in found["sentence"]


def constant(**scores):
    return [Sample(label, "sweep", s) for label, s in scores.items()]


def test_scores_that_do_not_vary_allow_no_test():
    found = conclude(PLACEMENT, samples(searched=[0.9] * 3, a=[0.1] * 3), 1.0, 1.0)
    assert found["comparisons"][0]["p"] is found["comparisons"][0]["p_holm"] is None
    assert "80.00 points above the best of the others, a (cannot be tested with these seeds)" in found["sentence"]
    found = conclude(SWEEP, constant(a=(0.9,) * 3, b=(0.8,) * 3, c=(0.7,) * 3), 0.0, 1.0)
    assert "Its difference from the others cannot be tested with these seeds." in found["sentence"]
    found = conclude(SWEEP, constant(a=(0.9,) * 3, b=(0.8,) * 3, c=(0.1, 0.11, 0.12)), 0.0, 1.0)
    assert "It is significantly better than c (Welch" in found["sentence"] and "differ so" not in found["sentence"]
    assert found["sentence"].endswith("Its difference from b cannot be tested with these seeds.")
    found = conclude(SWEEP, constant(a=(0.9,) * 3, b=(0.8,) * 3, c=(0.5, 0.9, 0.95)), 0.0, 1.0)
    assert "none of the 1 others (Welch" in found["sentence"] and "from b cannot be tested" in found["sentence"]


def test_a_baseline_that_cannot_be_compared_is_said_so():
    given_ = [*constant(a=(0.9,) * 3, b=(0.5, 0.51, 0.52)), Sample("LIF", "baseline", (0.8,) * 3)]
    assert (
        "Against the baseline, LIF: +10.00 points (cannot be tested with these seeds)."
        in (conclude(SWEEP, given_, 0.0, 1.0)["sentence"])
    )


def test_of_leaders_whose_scores_do_not_vary_none_is_called_different():
    found = standing(SWEEP, constant(a=(0.9,) * 3, b=(0.8,) * 3, c=(0.9,) * 3))
    assert found["p_holm"] == {"b": None, "c": 1.0} and found["similar"] == ["c"]
    assert found["difference"] == {"b": pytest.approx(-0.1), "c": 0.0}


def test_a_searched_placement_among_the_others_is_judged_under_their_label():
    same = Sample("all LIF", "baseline", (0.5, 0.6), aliases=("searched",))
    found = conclude(PLACEMENT, [*samples(a=[0.4, 0.5]), same], 1.0, 1.0)
    assert (found["searched"], found["aliases"]) == ("all LIF", ["searched"])
    assert [c["label"] for c in found["comparisons"]] == ["a"]
    assert found["sentence"].startswith("The searched placement is that of all LIF (55.00 %")


def test_without_a_searched_candidate_or_others_there_is_no_verdict():
    assert conclude(PLACEMENT, [], 1.0, 1.0) is None
    assert conclude(PLACEMENT, samples(a=[0.5, 0.6], b=[0.5, 0.6]), 1.0, 1.0) is None
    assert conclude(PLACEMENT, samples(searched=[0.5, 0.6]), 1.0, 1.0) is None


def test_the_cost_of_searching_is_told_in_retrainings():
    # 6 retrainings took 120 s, 20 s each; searching took 50 s.
    found = conclude(PLACEMENT, samples(searched=[0.9, 0.91, 0.92], a=[0.5, 0.51, 0.52]), 50.0, 120.0)
    assert "as much training time as 2.5 retrainings" in found["sentence"]
    assert (found["search_seconds"], found["retrain_seconds"]) == (50.0, 120.0)


@pytest.mark.parametrize(("degrees", "value"), list(enumerate(T_975, 1)))
def test_the_table_of_t_is_right(degrees, value):
    assert value == pytest.approx(stats.t.ppf(0.975, degrees), abs=1e-3)


def test_the_table_of_t_reaches_30_degrees_of_freedom():
    assert len(T_975) == 30


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12))
def test_the_front_is_what_no_candidate_beats(values):
    job = kinds.read({"kind": "neuron_placement", "task": "digits", "seeds": 1, "tradeoffs": ["energy"]})
    candidates = [
        Sample(str(i), "random", (a,), means={"accuracy/validation": a, "energy": e}) for i, (a, e) in enumerate(values)
    ]
    expected = [
        str(i) for i, (a, e) in enumerate(values) if not any(b >= a and f <= e and (b, f) != (a, e) for b, f in values)
    ]
    found = front(job, candidates)
    assert sorted(one["label"] for one in found) == sorted(expected)
    assert all(tuple(one["values"].values()) == values[int(one["label"])] for one in found)
    accuracies = [one["values"]["accuracy/validation"] for one in found]
    assert accuracies == sorted(accuracies, reverse=True)


def test_the_verdict_names_the_front():
    job = kinds.read({"kind": "neuron_placement", "task": "digits", "tradeoffs": ["energy", "parameters"]})
    found = samples(searched=(0.9, 0.9, 0.9), lif=(0.8, 0.8, 0.8), llif=(0.7, 0.7, 0.7))
    energies = {"searched": 3.0, "lif": 1.0, "llif": 2.0}
    found = [
        replace(
            s,
            means={"accuracy/validation": s.mean, "energy": energies[s.label], "parameters": 5.0},
            configuration={"neurons": [{"name": s.label.replace("searched", "slif")}] * 2},
        )
        for s in found
    ]
    verdict = conclude(job, found, 1.0, 1.0)
    assert verdict["energy_overhead"] == 2.0  # three times the energy of LIF
    assert [one["label"] for one in verdict["front"]] == ["searched", "lif"]
    assert "(the Pareto front): searched (90.00 %, 3 J, 5); lif (80.00 %, 1 J, 5)." in verdict["sentence"]
