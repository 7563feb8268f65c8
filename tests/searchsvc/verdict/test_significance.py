"""Verdicts: what is compared with what, on which seeds, and what the sentence says of it. Against scipy."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from searchsvc import kinds
from searchsvc.metrics.estimate import T_975
from searchsvc.metrics.names import ACCURACY
from searchsvc.strategy import Sample
from searchsvc.verdict.leading import front
from searchsvc.verdict.significance import conclude
from spaces.errors import UserError
from tests.specs import TINY_HETEROGENEITY

PLACEMENT = kinds.read({"kind": "neuron_placement", "task": "digits"})
SWEEP = kinds.read({"kind": "polynomial_degree", "task": "digits"})


def samples(**scores):
    """Candidates of different placements, by label."""
    return [
        Sample(label, "searched" if label == "searched" else "baseline", tuple(s), seeds=3)
        for label, s in scores.items()
    ]


def test_a_clear_winner_is_called_better():
    found = conclude(
        PLACEMENT, samples(searched=[0.9, 0.91, 0.92], a=[0.5, 0.51, 0.52], b=[0.4, 0.41, 0.42]), 30.0, 90.0
    )
    assert "is better than the best of the others, a (+40.00 points" in found["sentence"]
    assert "(91.00 % on validation, 3 seeds)." in found["sentence"]
    assert found["searched"] == "searched"
    others = ([0.5, 0.51, 0.52], [0.4, 0.41, 0.42])  # of equal variances: Student's test, all three estimate it
    raw = [2 * stats.t.sf(gap / (0.01 * (2 / 3) ** 0.5), 6) for gap in (0.4, 0.5)]
    assert [c["p"] for c in found["comparisons"]] == pytest.approx(raw)
    assert all(c["p_adjusted"] > c["p"] for c in found["comparisons"])
    exact = stats.dunnett(*others, control=[0.9, 0.91, 0.92], rng=0)
    assert exact.pvalue.max() < 1e-5 > max(c["p_adjusted"] for c in found["comparisons"])
    assert [c["difference"] for c in found["comparisons"]] == pytest.approx([0.4, 0.5])


def test_the_verdict_reports_the_test_part_of_the_fresh_seeds():
    means = {"accuracy/test": 0.95, "accuracy/test_confirmed": 0.85}
    a = Sample("a", "sweep", (0.9, 0.91, 0.92), means=means, confirmed=(0.8, 0.81, 0.82))
    b = Sample("b", "sweep", (0.5, 0.51, 0.52), means={"accuracy/test": 0.4})
    assert "over 3 fresh seeds, 85.00 % on test)" in conclude(SWEEP, [a, b], 0.0, 1.0)["sentence"]
    a = replace(a, means={"accuracy/test": 0.95}, confirmed=())
    assert "(91.00 % on validation, 3 seeds, 95.00 % on test)" in conclude(SWEEP, [a, b], 0.0, 1.0)["sentence"]


def test_a_clear_loser_is_called_worse():
    found = conclude(PLACEMENT, samples(a=[0.9, 0.91, 0.92], searched=[0.5, 0.51, 0.52]), 1.0, 1.0)
    assert (
        "is worse than the best of the others, a (−40.00 points; corrected for all candidates, p = "
        in found["sentence"]
    )


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


def test_one_seed_allows_no_test():
    found = conclude(PLACEMENT, samples(searched=[0.9], a=[0.1]), 1.0, 1.0)
    assert found["comparisons"][0]["p"] is found["comparisons"][0]["p_adjusted"] is None
    assert "90.00 % on validation, 1 seed). It is 80.00 points above the best of the others, a" in found["sentence"]
    assert "(cannot be tested with these seeds)" in found["sentence"] and "significant" not in found["sentence"]


def constant(**scores):
    return [Sample(label, "sweep", s) for label, s in scores.items()]


def test_a_baseline_that_cannot_be_compared_is_said_so():
    given_ = [*constant(a=(0.9,) * 3, b=(0.5, 0.51, 0.52)), Sample("LIF", "baseline", (0.8,) * 3)]
    assert (
        "Against the baseline, LIF: +10.00 points (cannot be tested with these seeds)."
        in (conclude(SWEEP, given_, 0.0, 1.0)["sentence"])
    )


def test_a_searched_placement_among_the_others_is_judged_under_their_label():
    same = Sample("all LIF", "baseline", (0.5, 0.6), aliases=("searched",))
    found = conclude(PLACEMENT, [*samples(a=[0.4, 0.5]), same], 1.0, 1.0)
    assert (found["searched"], found["aliases"]) == ("all LIF", ["searched"])
    assert [c["label"] for c in found["comparisons"]] == ["a"]
    assert found["sentence"].startswith("The searched placement is that of all LIF (55.00 %")


def test_where_there_is_no_verdict_it_says_why():
    early = {"name": "asha"}
    bounded = [{"metric": "accuracy/validation", "at_least": 0.9}]
    one, poor = samples(searched=[0.5, 0.6, 0.7]), Sample("a", "sweep", (0.5,) * 3, means={ACCURACY: 0.5}, seeds=3)
    for changes, job, found, why in (
        (
            {},
            PLACEMENT,
            samples(a=[0.5, 0.6], b=[0.5, 0.6]),
            "the searched placement has no result, since its trials failed.",
        ),
        ({"scheduler": early}, PLACEMENT, samples(a=[0.5, 0.6]), "were ended early by the scheduler, or failed."),
        ({}, PLACEMENT, one, "searched is all that has a result, so there is nothing to compare it with; all other t"),
        (
            {"constraints": bounded},
            SWEEP,
            [poor, replace(poor, label="b")],
            "each of the 2 candidates with all s",
        ),
        (
            {},
            SWEEP,
            samples(a=[0.5], b=[0.6, 0.7]),
            "no candidate has a result for each of its seeds, since trials fai",
        ),
    ):
        spec = {key: value for key, value in job.to_json().items() if key in ("kind", "task")}
        verdict = conclude(kinds.read({**spec, **changes}), found, 1.0, 1.0)
        assert verdict.keys() == {"sentence"} and verdict["sentence"].startswith("There is no verdict: ")
        assert why in verdict["sentence"]


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


def confirmed(**scores):
    """A sweep's candidates, the first its baseline: scores of the search, and over fresh seeds."""
    found = [
        Sample(label, "sweep", tuple(own), confirmed=tuple(fresh), seeds=2) for label, (own, fresh) in scores.items()
    ]
    return [replace(found[0], origin="baseline"), *found[1:]]


PAIRS = SWEEP.model_copy(update={"seeds": 2})
FOUND = {
    "LIF": ((0.80, 0.82), (0.80, 0.82)),
    "a": ((0.90, 0.92), (0.86, 0.88)),
    "b": ((0.89, 0.91), (0.87, 0.85)),
    "c": ((0.88, 0.89), (0.80, 0.81)),
    "d": ((0.70, 0.72), ()),
}


def test_winner_and_baseline_over_fresh_seeds_are_one_planned_comparison():
    found = conclude(PAIRS, confirmed(**FOUND), 0.0, 1.0)
    (baseline,) = [c for c in found["comparisons"] if c["origin"] == "baseline"]
    squares = sum(stats.tvar(s) for own, fresh in FOUND.values() for s in (own, fresh) if s)
    t = 0.06 / (squares / 9) ** 0.5
    assert baseline["basis"] == "fresh seeds" and found["pool"]["freedom"] == 9
    assert baseline["p"] == baseline["p_adjusted"] == pytest.approx(2 * stats.t.sf(t, 9))
    assert (
        f"Against the baseline, LIF over fresh seeds, one planned comparison: +6.00 points (p = {baseline['p']:.2g}, s"
        in (found["sentence"])
    )


def test_without_fresh_seeds_winner_and_baseline_are_corrected_for_all_candidates():
    own = {label: (scores, ()) for label, (scores, _) in FOUND.items()}
    found = conclude(PAIRS, confirmed(**own), 0.0, 1.0)
    (baseline,) = [c for c in found["comparisons"] if c["origin"] == "baseline"]
    values = [list(scores) for scores, _ in FOUND.values()]
    exact = stats.dunnett(*values[1:], control=values[0], rng=0)
    assert baseline["p_adjusted"] == pytest.approx(exact.pvalue[0], abs=2e-3) and baseline["p_adjusted"] > baseline["p"]
    differ = sum(p < 0.05 for p in exact.pvalue)
    assert found["against_baseline"]["better"] + found["against_baseline"]["worse"] == differ > 0
    assert f"baseline: {found['against_baseline']['better']} of 4 candidates" in found["sentence"]


def test_the_leaders_that_may_be_the_best_are_named():
    found = conclude(PAIRS, confirmed(**FOUND), 0.0, 1.0)
    assert found["leaders"]["similar"] == ["a", "b"] and found["leaders"]["p"]["c"] < 0.05
    assert "Of the 3 leaders over fresh seeds, these may be the best: a; b (Hsu's" in found["sentence"]
    alone = {**FOUND, "b": ((0.89, 0.91), (0.80, 0.82))}
    assert "over fresh seeds, a alone may be the best" in conclude(PAIRS, confirmed(**alone), 0.0, 1.0)["sentence"]
    lucky = {**FOUND, "a": ((0.90, 0.92), (0.70, 0.72))}
    said = conclude(PAIRS, confirmed(**lucky), 0.0, 1.0)
    assert said["winner"] == "a" and "these may be the best: b, and not the winner" in said["sentence"]


def test_a_verdict_says_what_it_could_have_seen_and_why_variances_are_pooled():
    found = conclude(PAIRS, confirmed(**FOUND), 0.0, 1.0)
    assert (
        f"Variances are pooled over 5 candidates: ± {100 * found['pool']['deviation']:.2f} points between seeds, "
        "9 degrees of freedom; Cochran's test allows it, a test that sees only gross differences with two seeds."
        in found["sentence"]
    )
    seen = found["seen"]
    shift = seen["difference"] / found["pool"]["deviation"]
    assert stats.nct.sf(stats.t.ppf(0.975, 9), 9, shift) == pytest.approx(0.8, abs=1e-3)
    assert f"in 80 % of searches; {seen['seeds_for_half']} seeds would see half of it." in found["sentence"]


def test_where_variances_differ_each_counts_by_its_own():
    wild = {**FOUND, "d": ((0.3, 0.6), ()), "e": ((-2.0, 3.0), ())}
    found = conclude(PAIRS, confirmed(**wild), 0.0, 1.0)
    assert found["pool"] is None and "so each counts by its own (Welch's test)" in found["sentence"]
    (baseline,) = [c for c in found["comparisons"] if c["origin"] == "baseline"]
    assert baseline["p"] == pytest.approx(stats.ttest_ind((0.86, 0.88), (0.80, 0.82), equal_var=False).pvalue)


def test_where_there_are_fresh_seeds_they_decide():
    """What won by its luck is compared by what it gives without: here the search's scores say the opposite."""
    lucky = Sample("a", "sweep", (0.9, 0.91, 0.92), confirmed=(0.5, 0.51, 0.52))
    steady = Sample("b", "sweep", (0.8, 0.81, 0.82), confirmed=(0.8, 0.81, 0.82))
    found = conclude(SWEEP, [lucky, steady], 0.0, 1.0)
    assert found["winner"] == "a"  # the search's own scores select, and they alone
    assert (found["mean"], found["confirmed_mean"]) == pytest.approx((0.91, 0.51))
    (compared,) = found["comparisons"]
    assert compared["difference"] == pytest.approx(-0.3) and compared["basis"] == "fresh seeds"
    assert compared["p"] == pytest.approx(2 * stats.t.sf(0.3 / (0.01 * (2 / 3) ** 0.5), 8))
    assert "(91.00 % on validation, 3 seeds, 51.00 % over 3 fresh seeds)" in found["sentence"]


def test_scores_that_do_not_vary_allow_no_test():
    found = conclude(PLACEMENT, samples(searched=[0.9] * 3, a=[0.1] * 3), 1.0, 1.0)
    assert found["comparisons"][0]["p"] is found["comparisons"][0]["p_adjusted"] is None
    assert "80.00 points above the best of the others, a (cannot be tested with these seeds)" in found["sentence"]
    found = conclude(SWEEP, constant(a=(0.9,) * 3, b=(0.8,) * 3, c=(0.7,) * 3), 0.0, 1.0)
    assert found["sentence"].endswith("Which of the leaders is best cannot be tested with these seeds.")


def test_a_winner_at_an_edge_of_the_space_says_which_bound_to_widen():
    job = kinds.read({**TINY_HETEROGENEITY, "seeds": 1})

    def sample(label, score, cell, reach, tau):
        network = {"name": "reservoir", "tau_excitatory": tau, "reach": reach, "cell": cell}
        return Sample(label, "sobol", (score,), configuration={"network": network})

    inside = {"family": "gamma", "mean": 9.0, "cv": 0.5}
    first = sample("a", 9.0, "rate", 5.0, {"family": "log_normal", "mean": 2.0, "cv": 1.5})
    found = conclude(job, [first, sample("b", 5.0, "lif", 3.0, inside)], 0.0, 1.0)
    assert found["edges"] == {
        "tau_excitatory": ["lower bound of mean, 2", "upper bound of cv, 1.5"],
        "reach": ["upper bound, 5"],
    }
    said = "tau_excitatory (lower bound of mean, 2; upper bound of cv, 1.5); reach (upper bound, 5)."
    assert found["sentence"].endswith(f"at an edge of the space, so a wider one may hold better: {said}")
    found = conclude(job, [sample("c", 9.0, "rate", 2.0, inside), sample("b", 5.0, "lif", 3.0, inside)], 0.0, 1.0)
    assert found["edges"] == {} and "edge" not in found["sentence"]


def test_energy_may_be_the_objective_and_accuracy_what_it_is_traded_off_against():
    spec = {"kind": "neuron_placement", "task": "digits", "objective": {"metric": "energy"}}
    job = kinds.read({**spec, "tradeoffs": [ACCURACY]})
    means = {"searched": (3.0, 0.9), "a": (1.0, 0.8), "b": (2.0, 0.7)}
    found = [
        Sample(label, "random", (energy,) * 3, means={"energy": energy, ACCURACY: accuracy}, seeds=3)
        for label, (energy, accuracy) in means.items()
    ]
    assert [one["label"] for one in front(job, found)] == ["a", "searched"]
    with pytest.raises(UserError, match=r"tradeoffs\.0: got 'energy'; allowed are accuracy/validation, sops"):
        kinds.read({**spec, "tradeoffs": ["energy"]})
