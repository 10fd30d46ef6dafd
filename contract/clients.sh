#!/usr/bin/env bash
# Generates clients from the document, compiles them, and runs a program over each against a server.
#
#   contract/clients.sh [typescript] [python] [rust]      (all, if none is named)
#
# Wants CAREDESK_URL; CAREDESK_EMAIL, CAREDESK_PASSWORD and CAREDESK_TOTP_SECRET of a platform admin;
# CAREDESK_SITE_ADMIN_TENANT, _NAME, _PASSWORD and _TOTP_SECRET of a tenant's Site Admin; and _EMAIL, _PASSWORD
# and _TOTP_SECRET after CAREDESK_TIER1, CAREDESK_TIER2 and CAREDESK_DEVELOPER, of the desk's agents. all.sh
# starts a server that has them all. What is generated lies in contract/out.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
. ./install.sh
: "${CAREDESK_URL:?}" "${CAREDESK_EMAIL:?}" "${CAREDESK_PASSWORD:?}" "${CAREDESK_TOTP_SECRET:?}" \
    "${CAREDESK_SITE_ADMIN_TENANT:?}" "${CAREDESK_SITE_ADMIN_NAME:?}" \
    "${CAREDESK_SITE_ADMIN_PASSWORD:?}" "${CAREDESK_SITE_ADMIN_TOTP_SECRET:?}" \
    "${CAREDESK_TIER1_EMAIL:?}" "${CAREDESK_TIER1_PASSWORD:?}" "${CAREDESK_TIER1_TOTP_SECRET:?}" \
    "${CAREDESK_TIER2_EMAIL:?}" "${CAREDESK_TIER2_PASSWORD:?}" "${CAREDESK_TIER2_TOTP_SECRET:?}" \
    "${CAREDESK_DEVELOPER_EMAIL:?}" "${CAREDESK_DEVELOPER_PASSWORD:?}" "${CAREDESK_DEVELOPER_TOTP_SECRET:?}"
mkdir -p out

# openapi-typescript with openapi-fetch, and @hey-api/openapi-ts.
typescript() (
    node_modules clients/typescript
    rm -rf out/typescript && mkdir -p out/typescript
    echo '{"type":"module"}' >out/typescript/package.json
    cd clients/typescript
    quietly node_modules/.bin/openapi-typescript ../../../openapi/openapi.json -o ../../out/typescript/schema.ts
    quietly node_modules/.bin/openapi-ts
    node_modules/.bin/tsc --project .
    node src/fetch.ts
    node src/sdk.ts
)

# openapi-python-client. A warning of its means that it left something out.
python() (
    venv out/python-venv clients/python/requirements.txt
    rm -rf out/python
    out/python-venv/bin/openapi-python-client generate --path ../openapi/openapi.json \
        --config clients/python/generator.yaml --output-path out/python --fail-on-warning >out/python.log ||
        { cat out/python.log >&2; exit 1; }
    export MYPYPATH=out/python PYTHONPATH=out/python PYTHONDONTWRITEBYTECODE=1
    quietly out/python-venv/bin/mypy --strict --cache-dir out/python-mypy out/python/caredesk_client clients/python/walk.py
    out/python-venv/bin/python clients/python/walk.py
)

# progenitor, which reads OpenAPI 3.0; a macro of the program generates the client.
rust() (
    needs cargo
    cd clients/rust
    CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/../target}/contract cargo run --locked --quiet
)

for language in "${@:-typescript python rust}"; do
    # shellcheck disable=SC2086 # the default is a list
    for one in $language; do
        "$one"
    done
done
