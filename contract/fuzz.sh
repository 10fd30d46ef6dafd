#!/usr/bin/env bash
# Fuzzes a running caredesk with Schemathesis: every check, every phase.
#
#   contract/fuzz.sh [SECONDS]
#
# Wants CAREDESK_URL (on this machine), the sign-ins that clients.sh wants, and a server whose limits let
# it: all.sh starts one. Leaves its report in contract/out/fuzz.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
. ./install.sh
seconds=${1:-120}
case ${CAREDESK_URL:?} in
    http://127.0.0.1:*) ;;
    *) echo "fuzz.sh fuzzes this machine only, not $CAREDESK_URL" >&2; exit 2 ;;
esac
venv out/fuzz-venv requirements-fuzz.txt
mkdir -p out/fuzz

out/fuzz-venv/bin/schemathesis --config-file schemathesis.toml run "$CAREDESK_URL/openapi.json" \
    --url "$CAREDESK_URL" --checks all --phases examples,coverage,fuzzing,stateful --mode all \
    --max-examples "${EXAMPLES:-25}" --max-time "$seconds" \
    --report json,ndjson --report-json-path out/fuzz/report.json --report-ndjson-path out/fuzz/events.ndjson

# A request that ends in 404 passes every check and shows nothing: each operation must have succeeded once.
out/fuzz-venv/bin/python fuzz_reach.py out/fuzz/events.ndjson
