#!/bin/sh
# Makes sure that the tests find a PostgreSQL, and prints the directory of its server binaries.
#
#   postgres-binaries.sh          installs Debian's package when there is none and it may
#   postgres-binaries.sh --find   only looks
#
# With TEST_DATABASE_URL set the tests use that server: nothing is looked for, nothing printed.
# Exits 1 with one line on stderr that says what is missing. Never exits 0 without a PostgreSQL.
set -eu

# Prints the directory that holds a whole server: the one in PATH, else the newest of Debian's.
find_binaries() {
    if initdb=$(command -v initdb); then
        in_path=$(dirname "$(readlink -f "$initdb")")
    fi
    newest_first=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5,5nr)
    for dir in ${in_path:-} $newest_first; do
        if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ] && [ -x "$dir/postgres" ]; then
            echo "$dir"
            return 0
        fi
    done
    return 1
}

give_up() {
    echo "PostgreSQL is missing: $1. Install its server (Debian: apt-get install postgresql) or set TEST_DATABASE_URL to a superuser's URL." >&2
    exit 1
}

[ -z "${TEST_DATABASE_URL:-}" ] || exit 0
find_binaries && exit 0
[ "${1:-}" != --find ] || give_up "no initdb in PATH or /usr/lib/postgresql"
command -v apt-get >/dev/null || give_up "no initdb found, and no apt-get to install it with"

if [ "$(id -u)" = 0 ]; then
    sudo=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo="sudo -n"
else
    give_up "no initdb found, and installing it needs root"
fi

# The tests start a cluster of their own, so the default one is only in the way.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "Installing PostgreSQL for the tests ..." >&2
{
    $sudo apt-get update &&
    $sudo env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends -o Dpkg::Use-Pty=0 postgresql
} </dev/null >"$log" 2>&1 || { cat "$log" >&2; give_up "apt-get could not install it (see above)"; }
find_binaries || give_up "the installed package brought no initdb"
