# Everything a person does with this repository; `make` alone lists it.

SHELL := /bin/bash
LOCAL := python3 infra/local

.PHONY: help demo up down logs test bench load attack check build release preflight deploy operator-key rollback redrive restore-drill put-back replay-erasures security-events sweep

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: ## Tell one registration step by step on a stack of its own
	@$(LOCAL) demo

up: ## Start the local stack, or bring it up to date
	@$(LOCAL) up

down: ## End the local stack and throw its state away
	@$(LOCAL) down

logs: ## Follow the functions' logs
	@$(LOCAL) logs

test: ## Format, lints and all tests; the last line counts them
	@$(LOCAL) test

bench: ## Measure, and print the performance table
	@$(LOCAL) bench

load: ## Send five sign-ups a second for a minute, and print how long each text took
	@$(LOCAL) load

attack: ## Play a pumping attack among honest shoppers, and print what it cost
	@$(LOCAL) attack

check: ## Lint the templates, audit the dependencies
	@$(LOCAL) check

build: ## Build the functions as the local stack runs them
	@$(LOCAL) build

release: ## Build the functions as AWS runs them (arm64)
	@$(LOCAL) release

preflight: ## STAGE=… what AWS would refuse beforehand
	@$(LOCAL) preflight $(STAGE)

deploy: ## STAGE=… build for arm64 and deploy
	@$(LOCAL) deploy $(STAGE)

operator-key: ## STAGE=… make the first operator key, into Secrets Manager
	@$(LOCAL) operator-key $(STAGE)

rollback: ## STAGE=… deploy the version before the present one again
	@$(LOCAL) rollback $(STAGE)

redrive: ## QUEUE=… [STAGE=…] move a queue's dead letters back into it
	@$(LOCAL) redrive "$(QUEUE)" $(STAGE)

security-events: ## [STAGE=…] [HOURS=…] who was refused or unknown in all functions' logs
	@$(LOCAL) security-events $(or $(STAGE),local) $(or $(HOURS),24)

sweep: ## [STAGE=…] sweep out now what is kept too long, and tell what is owed
	@$(LOCAL) sweep $(or $(STAGE),local)

restore-drill: ## Restore the table to before an erasure, and prove that the erased stay erased
	@$(LOCAL) restore-drill

put-back: ## TABLE=… [STAGE=… STORE=… OVER=…] put what is gone back from a restored table
	@$(LOCAL) put-back "$(TABLE)" $(or $(STAGE),local) "$(STORE)" "$(OVER)"

replay-erasures: ## [STAGE=… [STORE=…]] have every erasure of the journal done again
	@$(LOCAL) replay-erasures $(or $(STAGE),local) $(STORE)
