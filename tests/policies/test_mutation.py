"""Most of what may go wrong in production is found, on AWS and on a Docker host; how much exactly says `make mutate`,
for more of it.

What this does not prove: that what survives is harmless. Each kind was judged by hand (docs/decisions/0027).
"""

from collections.abc import Callable
from functools import cache

import pytest

from policies.guardrails.tokens import DOCKER_PROVIDER
from sandbox import schema
from tests.policies.judgement import Judgement
from tests.policies.mutate import ELSEWHERE, STACKS, main, tried
from tests.policies.mutation import Mutable, Mutation, NothingChangedError
from tests.policies.places import DROPPED
from tests.policies.survivors import judgement
from tests.recordings import recorded

NUMBER, SEED = 120, 2
DENIAL = ("policy", "Statement", 0, "Effect")
LEAST, LEAST_OF_ALL = 0.93, {"prod": 0.6, "host": 0.45}
"""Below what make mutate finds of 300 by as much as 120 may differ. On a host it breaks also what nothing hangs on."""


@cache
def production(stack: str = "prod") -> Mutable:
    return Mutable(recorded(stack), stack)


def key() -> str:
    return production().graph.of("kms/key:Key")[0].urn


def container(name: str = "api-1-container") -> str:
    return production("host").graph.named(name).urn


@pytest.mark.parametrize("stack", STACKS)
def test_most_of_what_may_go_wrong_in_production_is_found(stack: str) -> None:
    result = tried(production(stack), NUMBER, SEED)
    assert result.share(set()) >= LEAST_OF_ALL[stack]
    assert result.share(ELSEWHERE) >= LEAST


@pytest.mark.parametrize("stack", STACKS)
def test_production_as_it_stands_is_not_found_wrong(stack: str) -> None:
    assert production(stack).before == set()


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


@pytest.mark.parametrize(
    "mutation",
    [
        lambda: Mutation("unprotect", production("host").graph.named("volumes-files").urn),
        lambda: Mutation("remove", production("host").graph.named("volumes-files").urn),
        lambda: Mutation("flip", container(), ("readOnly",), value=False),
        lambda: Mutation("drop one", container("redis-container"), ("networksAdvanced", 0), DROPPED),
        lambda: given("the socket"),
        lambda: given("others' secrets"),
        lambda: given("all that another has"),
        lambda: moved("postgres-a-container", "mounts", "volumes-postgres-a", "volumes-postgres-b"),
        lambda: moved("sandbox-container", "networksAdvanced", "networks-code", "networks-egress"),
    ],
    ids=[
        "protection",
        "volume",
        "flip",
        "network",
        "socket",
        "secrets",
        "volumes",
        "others' volume",
        "others' network",
    ],
)
def test_a_mutation_that_weakens_a_host_is_found(mutation: Callable[[], Mutation]) -> None:
    assert production("host").caught(mutation())


def given(what: str) -> Mutation:
    kind, urn = f"give {what}", container()
    return next(one for one in production("host").mutations() if (one.kind, one.urn) == (kind, urn))


def moved(name: str, prop: str, old: str, new: str) -> Mutation:
    """The container's link from one resource to another."""
    links = tuple(production("host").graph.named(one).urn for one in (old, new))
    return Mutation("link to another", container(name), (prop,), links)


def test_every_option_that_is_given_is_one_of_the_provider() -> None:
    for mutation in production("host").mutations():
        if mutation.kind.startswith("give "):
            type_ = next(one.type for one in production("host").graph.resources if one.urn == mutation.urn)
            known = schema.provider_schema("docker") if type_ == DOCKER_PROVIDER else schema.load(type_).inputs
            assert mutation.path[0] in known, mutation


def test_a_stack_that_is_not_known_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--stack", "production"])
    assert "invalid choice: 'production'" in capsys.readouterr().err


def test_a_mutation_that_changes_nothing_fails() -> None:
    with pytest.raises(NothingChangedError):
        production().caught(Mutation("flip", key(), ("enableKeyRotation",), value=True))


def test_the_same_seed_breaks_the_same_things() -> None:
    first, second = tried(production(), 10, SEED), tried(production(), 10, SEED)
    assert (first.caught, first.survived) == (second.caught, second.survived)


@pytest.mark.parametrize("type_", ["aws:ec2/vpc:Vpc", "docker:index/network:Network", "pulumi:providers:docker"])
def test_what_nobody_judged_counts_as_a_hole(type_: str) -> None:
    assert judgement(type_, "unheardOf", "flip") is Judgement.OPEN


def test_what_is_harmless_on_aws_is_not_for_that_on_a_host() -> None:
    assert judgement("aws:ec2/vpc:Vpc", "hostname", "drop") is Judgement.SAME
    assert judgement("docker:index/container:Container", "username", "drop") is Judgement.OPEN
