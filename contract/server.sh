# A demo server of its own for the scripts of this folder. Sourced by them.
#
#   start_server FOLDER    starts it with a fresh database in the folder, and exports how to reach it
#   stop_server            ends it, by its process id

# Limits that a fuzzer does not run into, and password hashes as cheap as they may be.
LIMITS=(
    CAREDESK_REQUESTS_PER_MINUTE=100000000 CAREDESK_REQUEST_BURST=100000000
    CAREDESK_SIGN_IN_ATTEMPTS_PER_NAME=1000000 CAREDESK_SIGN_IN_ATTEMPTS_PER_NAME_EVERYWHERE=1000000
    CAREDESK_SIGN_IN_ATTEMPTS_PER_TENANT=1000000 CAREDESK_SIGN_IN_ATTEMPTS_PER_ADDRESS=1000000
    CAREDESK_CODE_ATTEMPTS=1000 CAREDESK_CODE_ATTEMPTS_EVERYWHERE=10000
    CAREDESK_HELP_SEARCHES_PER_ADDRESS=1000000 CAREDESK_HELP_SEARCHES_PER_ACCOUNT=1000000
    CAREDESK_EMERGENCY_REPORTS_PER_ADDRESS=1000000 CAREDESK_ARTICLE_SHARES_PER_ACCOUNT=1000000
    CAREDESK_MESSAGES_PER_CONTACT=1000 CAREDESK_MESSAGES_PER_TENANT=1000000
    CAREDESK_TICKETS_PER_ACCOUNT=1000000 CAREDESK_TICKETS_PER_AGENT=1000000 CAREDESK_TICKET_REPLIES_PER_ACCOUNT=1000000
    CAREDESK_HASH_MEMORY_KIB=19456 CAREDESK_HASH_PASSES=2
    CAREDESK_METRICS_LISTEN= CAREDESK_LOG_FILTER=warn
)

start_server() {
    local folder=$1 port said
    rm -rf "$folder" && mkdir -p "$folder"
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    said=$folder/said
    # Nothing of the caller's configuration: neither its database nor its file of settings.
    (cd "$folder" && exec env -i PATH="$PATH" "${LIMITS[@]}" "$CAREDESK" demo --port "$port" >said 2>log) &
    server=$!
    CAREDESK_URL=http://127.0.0.1:$port
    for _ in $(seq 150); do
        grep -q '^ *Other tenants' "$said" 2>/dev/null && break
        kill -0 "$server" 2>/dev/null || break
        sleep 0.2
    done
    CAREDESK_EMAIL=$(told Email) CAREDESK_PASSWORD=$(told Password) CAREDESK_TOTP_SECRET=$(told 'Second factor')
    CAREDESK_SITE_ADMIN_TENANT=$(told Tenant) CAREDESK_SITE_ADMIN_NAME=$(told 'User name')
    CAREDESK_SITE_ADMIN_PASSWORD=$(told Password 2) CAREDESK_SITE_ADMIN_TOTP_SECRET=$(told 'Second factor' 2)
    export CAREDESK_URL CAREDESK_EMAIL CAREDESK_PASSWORD CAREDESK_TOTP_SECRET \
        CAREDESK_SITE_ADMIN_TENANT CAREDESK_SITE_ADMIN_NAME CAREDESK_SITE_ADMIN_PASSWORD CAREDESK_SITE_ADMIN_TOTP_SECRET
    # In the order in which the demo prints them: after the platform admin and the Site Admin.
    local role number=1
    for role in TIER1 TIER2 DEVELOPER; do
        number=$((number + 1))
        export "CAREDESK_${role}_EMAIL=$(told Email $number)" \
            "CAREDESK_${role}_PASSWORD=$(told Password $((number + 1)))" \
            "CAREDESK_${role}_TOTP_SECRET=$(told 'Second factor' $((number + 1)))"
    done
    [ -n "$CAREDESK_DEVELOPER_TOTP_SECRET" ] || { echo "the demo did not start:" >&2; cat "$folder/log" >&2; return 1; }
}

# told NAME [NUMBER]: a line of the demo's welcome; the first of that name, or another one.
told() { sed -n "s/^ *$1  *//p" "$said" | sed -n "${2:-1}p"; }

stop_server() {
    [ -n "${server:-}" ] || return 0
    kill "$server" 2>/dev/null || :
    wait "$server" 2>/dev/null || :
    server=
}
