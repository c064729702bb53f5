#!/bin/bash
# Runs the tested blocks of one runbook, one after the other, against the running stack, as its
# reader would: with the address of the API, a store, and the keys of operator and owner.
set -euo pipefail
cd "$(dirname "$0")/.."
blocks=$(awk '/<!-- tested/ {on = 1} on && /^```sh$/ {code = 1; next} /^```$/ {code = 0} code' "infra/runbooks/$1.md")
[ -n "$blocks" ] || { echo "infra/runbooks/$1.md has no tested block" >&2; exit 1; }
bash -euo pipefail -c "$blocks"
