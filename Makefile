PYTHON ?= python3
STACK ?= prod
RUN := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup servers preview capacity cost up destroy rehearse test test-fast host-drill check mutate wheel bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is missing: uv, the locked Python packages, the Pulumi engine
	@PYTHON="$(PYTHON)" sandbox/setup

servers: setup ## install the servers that the tests start (Debian's PostgreSQL, Redis, squid)
	@$(RUN) -m sandbox.servers

preview: setup ## preview a stack on the real engine with its policies, without an AWS account (STACK=prod|staging|dev)
	@$(RUN) -m sandbox.run preview $(STACK)

capacity: setup ## print what a stack may need at its largest, and of which limit (STACK=...)
	@$(RUN) -m settings capacity $(STACK)

cost: setup ## print what a rehearsed stack costs a month, line by line (STACK=..., USAGE="nat_gb=2000")
	@$(RUN) -m sandbox.cost $(STACK) $(USAGE)

up: setup ## bring a stack up in the sandbox and keep it under build/ (STACK=...)
	@$(RUN) -m sandbox.run up $(STACK)

destroy: setup ## destroy what make up made (STACK=...)
	@$(RUN) -m sandbox.run destroy $(STACK)

rehearse: setup ## up, preview without changes, policies over the state; leaves build/STACK.state.json (STACK=...)
	@$(RUN) -m sandbox.run rehearse $(STACK)

test: servers ## every test: first the fast ones, then the real engine, then a whole Docker host
	@$(RUN) -m pytest -n 2 -m "not engine and not live"
	@$(RUN) -m pytest -n 2 --dist loadfile -m engine
	@$(RUN) -m pytest -n 2 --dist loadfile -m live

test-fast: servers ## every test that does not start the engine
	@$(RUN) -m pytest -n 2 -m "not engine and not live"

host-drill: servers ## bring a Docker host's stack up for real, break it in every way, print what users notice (root)
	@REQUIRE_DOCKER=1 $(RUN) -m pytest -n 2 --dist loadfile -m live tests/host_live
	@$(RUN) -m tests.host_live.figures

check: setup ## lint, format and types
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m pyright

mutate: setup ## break prod and a Docker host in 300 ways each, and print what the policies find
	@$(RUN) -m tests.policies.mutate

wheel: setup ## build the policy pack as a wheel for other projects, into build/
	@$(RUN) -m sandbox.wheel

bench: servers ## time and memory of prod beside an empty program and a floor, and of counting a million messages
	@$(RUN) -m sandbox.bench
	@$(RUN) -m tests.functions.business_bench

clean: ## remove what was made here (the engine in the user's cache stays)
	@rm -rf build .venv .pytest_cache .ruff_cache .hypothesis
