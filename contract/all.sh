#!/usr/bin/env bash
# Everything about the contract that takes longer than CI has: the linters, clients in three languages
# generated, compiled and run, and a fuzzer, against a server of its own on this machine.
#
#   contract/all.sh [SECONDS]      how long to fuzz
#
# Builds the product, or takes the program that CAREDESK names.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/server.sh"

if [ -z "${CAREDESK:-}" ]; then
    # As gen.sh builds it, and for its reason.
    (cd "$here/.." && cargo test ${CI:+--locked} --workspace --no-run --quiet)
    CAREDESK=${CARGO_TARGET_DIR:-$here/../target}/debug/caredesk
fi
CAREDESK=$(readlink -f "$CAREDESK")

"$here/lint.sh" "$here/../openapi/openapi.json"
# In 3.0 a reference cannot be null, strictly speaking; generators take it as we say it, linters do not.
"$here/.venv/bin/openapi-spec-validator" "$here/../openapi/openapi-3.0.json"

trap stop_server EXIT
start_server "$here/out/server"
"$here/clients.sh"
"$here/fuzz.sh" "${1:-240}"
