"""The numbers of `sim.luck` themselves: what SplitMix64 gives, how even, how unrelated, and what is made of them.

Errors are four standard errors, or as many as the number of looks calls for.
"""

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from sim.luck import _STRIDE, Luck, _outputs, addresses, choose, edges, key_of, poisson_quantile, turn, uniforms

MANY = 200_000
STREAMS = ["arrivals", "patience", "handle times", "outcomes", "coming back", "delays", "ratings", "a"]
NAMES = ["return", "where_is_my_order", "a", "b", "退货"]


def block(name="return", day=0, seed=1, replication=0):
    return Luck(seed, replication).blocks([name], day + 1)[0, day]


def places(count=MANY, **where):
    return addresses(block(**where), np.arange(count))


def correlation(u, v):
    return np.corrcoef(u, v)[0, 1] * sqrt(len(u))


def uneven(u, cells=1000):
    """Distance of the chi-square statistic of equal cells from its mean, in standard errors."""
    counts = np.bincount((u * cells).astype(int), minlength=cells)
    expected = len(u) / cells
    return (((counts - expected) ** 2).sum() / expected - (cells - 1)) / sqrt(2 * (cells - 1))


def test_outputs_are_those_of_splitmix64():
    """The first outputs for the seed 1234567, as in the Java library's SplittableRandom and Vigna's C code."""
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    states = np.uint64(1234567) + np.arange(1, 6).astype(np.uint64) * _STRIDE
    assert _outputs(states).tolist() == known
    assert addresses(np.uint64(1234567), np.arange(5)).tolist() == known


def test_whole_numbers_by_hand_give_the_same():
    """One number from Python's unlimited integers, by the formula of the paper."""

    def mixed(z):
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return z ^ (z >> 31)

    place = addresses(block(), np.array([41]))
    state = (int(block()) + 42 * 0x9E3779B97F4A7C15) % 2**64
    assert int(place[0]) == mixed(state)
    third = (mixed(state) + 3 * 0x9E3779B97F4A7C15 + int(key_of("patience"))) % 2**64
    assert uniforms("patience", turn(place, 3)).tolist() == [(mixed(third) >> 11) / 2**53]


def test_long_calls_give_what_short_ones_do():
    """Long ones are worked out in parts."""
    at = places(40_001)
    u = uniforms("patience", at)
    assert u.tolist() == np.concatenate([uniforms("patience", part) for part in np.array_split(at, 7)]).tolist()
    square = at[:40_000].reshape(200, 200)
    assert uniforms("patience", square).ravel().tolist() == u[:40_000].tolist()
    assert uniforms("patience", square.T).T.ravel().tolist() == u[:40_000].tolist()


@pytest.mark.parametrize("stream", STREAMS)
def test_they_are_even(stream):
    u = uniforms(stream, places())
    assert u.min() >= 0
    assert u.max() < 1
    # 8 streams and 3 looks: four standard errors fail once in 600 times.
    assert abs(u.mean() - 0.5) <= 4 * sqrt(1 / 12 / MANY)
    assert abs(uneven(u)) <= 4.5
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    # The last bits too.
    assert abs(uneven(u * 2**43 % 1, 1024)) <= 4.5


def test_they_are_even_over_many_short_blocks():
    """As they are used: a few places on each of many days, a few replications, a few turns."""
    short = np.concatenate(
        [
            turn(addresses(Luck(seed, replication).blocks(NAMES, 200)[..., None], np.arange(10)), number).ravel()
            for seed in (0, 1, 2)
            for replication in (0, 1)
            for number in (1, 2, 3)
        ]
    )
    u = uniforms("patience", short)
    assert len(u) == 180_000
    assert abs(u.mean() - 0.5) <= 4 * sqrt(1 / 12 / len(u))
    assert abs(uneven(u)) <= 4.5
    assert stats.kstest(u, "uniform").pvalue > 1e-4


def test_pairs_and_triples_fill_the_square_and_the_cube():
    u = uniforms("arrivals", places(3 * MANY))
    pairs = (u[::2] * 32).astype(int) * 32 + (u[1::2] * 32).astype(int)
    triples = [(part * 10).astype(int) for part in (u[::3], u[1::3], u[2::3])]
    assert abs(uneven((pairs + 0.5) / 1024, 1024)) <= 4.5
    assert abs(uneven((triples[0] * 100 + triples[1] * 10 + triples[2] + 0.5) / 1000)) <= 4.5


BASE = {"stream": "patience"}
NEIGHBOURS = {
    "the next place": lambda u: (u(count=MANY + 1)[:-1], u(count=MANY + 1)[1:]),
    "the place after the next": lambda u: (u(count=MANY + 2)[:-2], u(count=MANY + 2)[2:]),
    "the next attempt": lambda u: (u(number=1), u(number=2)),
    "another kind of turn": lambda u: (u(number=1), u(number=1, kind=1)),
    "the case itself": lambda u: (u(number=0), u(number=1)),
    "the next day": lambda u: (u(day=0), u(day=1)),
    "the same weekday": lambda u: (u(day=0), u(day=7)),
    "another type": lambda u: (u(name="return"), u(name="repair")),
    "another name of one letter": lambda u: (u(name="a"), u(name="b")),
    "the next replication": lambda u: (u(replication=0), u(replication=1)),
    "the next seed": lambda u: (u(seed=1), u(seed=2)),
    "seed and replication the other way round": lambda u: (u(seed=1, replication=2), u(seed=2, replication=1)),
}


@pytest.mark.parametrize("neighbours", NEIGHBOURS.values(), ids=NEIGHBOURS)
def test_neighbours_are_unrelated(neighbours):
    def numbers(count=MANY, number=1, kind=0, **where):
        return uniforms("patience", turn(places(count, **where), number, kind))

    u, v = neighbours(numbers)
    looks = [correlation(u, v), correlation((u - 0.5) ** 2, (v - 0.5) ** 2), correlation(u > 0.9, v > 0.9)]
    # 12 kinds and 3 looks: 4 standard errors.
    assert max(map(abs, looks)) <= 4
    both = (u * 32).astype(int) * 32 + (v * 32).astype(int)
    assert abs(uneven((both + 0.5) / 1024, 1024)) <= 4.5


def test_streams_are_unrelated():
    at = places()
    numbers = np.array([uniforms(stream, at) for stream in STREAMS])
    found = np.corrcoef(numbers)[np.triu_indices(len(STREAMS), 1)] * sqrt(MANY)
    # 28 pairs.
    assert np.abs(found).max() <= 4
    assert abs((found**2).mean() - 1) <= 4 * sqrt(2 / len(found))


def test_replications_are_unrelated_to_one_another():
    """The same hundred customers in 400 replications: 79,800 correlations, each of a hundred numbers."""
    numbers = np.array([uniforms("patience", places(100, replication=replication)) for replication in range(400)])
    found = np.corrcoef(numbers)[np.triu_indices(400, 1)]
    # Of variance 1/99 each.
    assert abs((found**2).mean() * 99 - 1) <= 4 * sqrt(2 / len(found))
    assert np.abs(found).max() * sqrt(99) <= 6
    mean = numbers.mean(axis=1)
    assert abs(mean.var(ddof=1) * 12 * 100 - 1) <= 4 * sqrt(2 / 399)


def test_hardly_any_two_are_equal():
    """Of n numbers in steps of 2^-53, n^2 / 2^54 pairs are equal: of two million, 0.0002."""
    by_block = [places(500_000, name=name, day=day) for name in ("a", "b") for day in (0, 1)]
    assert len(np.unique(uniforms("patience", np.concatenate(by_block)))) == 2_000_000


def test_streams_and_names_have_keys_of_their_own():
    assert len({int(key_of(stream)) for stream in STREAMS}) == len(STREAMS)
    assert len({int(block(name, day)) for name in NAMES for day in range(3)}) == 3 * len(NAMES)


@pytest.mark.parametrize("seed", [0, 2**32, 2**64, 10**30])
def test_any_seed_will_do(seed):
    found = {int(block(seed=seed + more, replication=replication)) for more in (0, 1) for replication in (0, 1)}
    assert len(found) == 4


def test_options_are_chosen_by_their_shares_and_their_table():
    at = places()
    shares = np.array([[0.2, 0.0], [0.0, 1.0], [0.8, 0.0]])
    which = np.arange(MANY) % 2
    code = choose("channels", at, edges(shares), which)
    u = uniforms("channels", at)
    assert code[which == 0].tolist() == np.where(u[which == 0] < 0.2, 0, 2).tolist()
    assert (code[which == 1] == 1).all()


def test_rounding_of_shares_leaves_no_gap_at_the_end():
    """Ten tenths sum to less than 1; what lies above still belongs to the last option that has a share."""
    upper = edges(np.array([[0.1]] * 10 + [[0.0]]))
    assert np.cumsum([0.1] * 10)[-1] < 1
    assert len(upper) == 9
    assert edges(np.array([[1.0]])).shape == (0, 1)


@pytest.mark.parametrize("mean", [0.3, 5.0, 800.0])
def test_poisson_quantiles_are_exact_and_rise_with_the_mean(mean):
    u = uniforms("arrival counts", places(2000))
    assert poisson_quantile(u, np.full(2000, mean)).tolist() == stats.poisson.ppf(u, mean).tolist()
    assert (poisson_quantile(u, np.full(2000, 1.1 * mean)) >= poisson_quantile(u, np.full(2000, mean))).all()
    assert not poisson_quantile(u, np.zeros(2000)).any()
