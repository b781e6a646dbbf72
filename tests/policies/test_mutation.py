"""Most of what may go wrong in production is found; how much exactly says `make mutate`, for more of it.

What this does not prove: that what survives is harmless. Each kind was judged by hand (docs/decisions/0027).
"""

from collections.abc import Callable
from functools import cache

import pytest

from tests.policies.mutate import ELSEWHERE, tried
from tests.policies.mutation import DROPPED, Mutable, Mutation, NothingChangedError
from tests.policies.survivors import Judgement, judgement
from tests.recordings import recorded

NUMBER, SEED = 120, 2
DENIAL = ("policy", "Statement", 0, "Effect")
LEAST, LEAST_OF_ALL = 0.93, 0.6
"""Below what make mutate finds of 300 by as much as 120 may differ."""


@cache
def production() -> Mutable:
    return Mutable(recorded("prod"), "prod")


def key() -> str:
    return production().graph.of("kms/key:Key")[0].urn


def test_most_of_what_may_go_wrong_in_production_is_found() -> None:
    result = tried(production(), NUMBER, SEED)
    assert result.share(set()) >= LEAST_OF_ALL
    assert result.share(ELSEWHERE) >= LEAST


def test_production_as_it_stands_is_not_found_wrong() -> None:
    assert production().before == set()


@pytest.mark.parametrize(
    "mutation",
    [
        lambda: Mutation("flip", key(), ("enableKeyRotation",), value=False),
        lambda: Mutation("drop", key(), ("enableKeyRotation",), DROPPED),
        lambda: Mutation("flip", production().graph.of("s3/bucketPolicy:BucketPolicy")[0].urn, DENIAL, "Allow"),
        lambda: Mutation("remove", production().graph.of("cloudtrail/trail:Trail")[0].urn),
    ],
    ids=["flip", "drop", "inside a document", "remove"],
)
def test_a_mutation_that_weakens_is_found(mutation: Callable[[], Mutation]) -> None:
    assert production().caught(mutation())


def test_a_mutation_that_changes_nothing_fails() -> None:
    with pytest.raises(NothingChangedError):
        production().caught(Mutation("flip", key(), ("enableKeyRotation",), value=True))


def test_the_same_seed_breaks_the_same_things() -> None:
    first, second = tried(production(), 10, SEED), tried(production(), 10, SEED)
    assert (first.caught, first.survived) == (second.caught, second.survived)


def test_what_nobody_judged_counts_as_a_hole() -> None:
    assert judgement("aws:ec2/vpc:Vpc", "unheardOf", "flip") is Judgement.OPEN
