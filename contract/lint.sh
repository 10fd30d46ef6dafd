#!/usr/bin/env bash
# Holds an OpenAPI document against the public linters: one line for each, then what it found.
#
#   contract/lint.sh openapi/openapi.json
#
# Fails at any error and at any warning. Installs the linters, pinned in package-lock.json and
# requirements.txt, beside itself on first use and after a change of those.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# = 1 ] && [ -s "$1" ] || { echo "usage: lint.sh DOCUMENT (not found: ${1:-none given})" >&2; exit 2; }
document=$(readlink -f "$1")
cd "$here"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true DO_NOT_TRACK=1 NO_COLOR=1

. ./install.sh
node_modules .
venv .venv requirements.txt

# Exit codes: 1 is "found something" and read from the report; a crash leaves no readable report.
.venv/bin/openapi-spec-validator --validation-errors all "$document" >"$out/validator" 2>&1 &&
    echo 0 >"$out/validator.code" || echo $? >"$out/validator.code"
node_modules/.bin/spectral lint --quiet --ruleset spectral.yaml --format json \
    --output "$out/spectral.json" "$document" >"$out/spectral.log" 2>&1 || :
node_modules/.bin/redocly lint --config redocly.yaml --format json --max-problems 1000000 \
    "$document" >"$out/redocly.json" 2>"$out/redocly.log" || :

node summary.mjs "$out"
