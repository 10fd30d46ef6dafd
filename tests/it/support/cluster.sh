# A PostgreSQL that lives as long as the process which holds this script's standard input.
#
# $1 is the directory of the server binaries. Prints the directory of the socket when the server
# accepts connections. When standard input closes, which happens however the process on the other
# end dies, the server is stopped and its directory removed.
set -eu
bin=$1

# In memory where there is room: creating a database takes 15 ms there, and 250 ms on a slow disk.
# A socket's path may have 107 bytes, and ours goes into URLs and settings as it is.
parent=/tmp
case ${TMPDIR:-} in
    *[!A-Za-z0-9/._-]* | ?????????????????????????????????????????????????????????????*) ;;
    /*) [ ! -w "$TMPDIR" ] || parent=$TMPDIR ;;
esac
free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
if [ "${free:-0}" -ge 2097152 ] && [ -w /dev/shm ]; then
    parent=/dev/shm
fi
dir=$(mktemp -d "$parent/caredesk-pg-XXXXXX")

clean() {
    trap '' EXIT HUP INT TERM
    if [ -f "$dir/data/postmaster.pid" ]; then
        "$bin/pg_ctl" -D "$dir/data" -w -m immediate stop >/dev/null 2>&1 || :
    fi
    rm -rf "$dir"
}
# The reader of our output may be gone before we speak: that must not keep us from cleaning.
trap '' PIPE
trap clean EXIT
trap 'exit 1' HUP INT TERM

start() {
    # Not the locale "C": LIKE would find its index there, and nowhere in production.
    "$bin/initdb" -D "$dir/data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync || return
    # Durability of the server itself is not under test, so nothing waits for a disk.
    cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
port = 5432
max_connections = 200
shared_buffers = 128MB
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
CONF
    "$bin/pg_ctl" -D "$dir/data" -w -t 60 -l "$dir/log" start
}
if ! start </dev/null >"$dir/start.log" 2>&1; then
    tail -n 20 "$dir/start.log" "$dir/log" >&2 || :
    exit 1
fi
echo "$dir"

# Whoever collects the tests' output must not wait for us.
exec >/dev/null 2>&1
read -r _ || :
