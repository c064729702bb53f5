#!/bin/bash
# Runs the README's tested sections, block by block, against the running stack.
set -euo pipefail
cd "$(dirname "$0")/.."
blocks=$(awk '/<!-- tested/ {on = 1} /^## / {on = 0} on && /^```sh$/ {code = 1; next} /^```$/ {code = 0} code' README.md)
folder=$(mktemp -d); trap 'rm -r "$folder"' EXIT
mkdir "$folder/.local"; cp "${DOORSTEP_STACK:-.local/stack.json}" "$folder/.local/stack.json"
cd "$folder"
told=$(bash -euo pipefail -c "$blocks")
(($(grep -o '"status":"verified"' <<<"$told" | wc -l) >= 2)) && # by code, by link
  grep -q '<!doctype html>' <<<"$told" && grep -q '"type":"signup.verified"' <<<"$told" \
  && (($(grep -o '"text":"[^"]*your order 1042 is on its way' <<<"$told" | wc -l) >= 2)) \
  && grep -q '"intact":true' <<<"$told" && grep -q '"state":"withdrawn"' <<<"$told" \
  && grep -q '"accepted":1' <<<"$told" # preview and inbox; consents; the import
