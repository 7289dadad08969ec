# What stands around a page's commands while tests run them. A hub that a page starts in the foreground is started behind
# its back here, and the next one takes its place.
set -euo pipefail
shopt -s expand_aliases

palantir() {
    if [[ ${1:-} == serve ]]; then
        shift
        serve "$@"
    elif [[ " $* " == *" -f "* ]]; then
        # Until Ctrl-C.
        PALANTIR_URL=http://127.0.0.1:$HUB_PORT timeout --signal INT 3 "$HUB_PROGRAM" "$@" || [[ $? == 124 ]]
    else
        PALANTIR_URL=${PALANTIR_URL:-http://127.0.0.1:$HUB_PORT} "$HUB_PROGRAM" "$@"
    fi
}

serve() {
    end_hub
    PALANTIR_PORT=$HUB_PORT "$HUB_PROGRAM" serve "$@" >>hub.log 2>&1 &
    hub_pid=$!
    for _ in {1..300}; do
        # A hub with TLS does not answer this, but it answers.
        [[ $(command curl --silent --insecure --output /dev/null --write-out '%{http_code}' "$(scheme "$@")://127.0.0.1:$HUB_PORT/readyz") == 200 ]] && return
        kill -0 "$hub_pid" || break
        sleep 0.1
    done
    echo "The hub did not get ready: palantir serve $*" >&2
    tail -20 hub.log >&2
    return 1
}

scheme() {
    case "$*" in *--tls-certificate*) echo https ;; *) echo http ;; esac
}

end_hub() {
    [[ -z ${hub_pid:-} ]] || { kill "$hub_pid" && wait "$hub_pid"; } || true
    hub_pid=
}

end_all() {
    end_hub
    # What the page left in the background, and its children.
    local pids
    pids=$(jobs -p)
    [[ -z $pids ]] || kill $pids 2>/dev/null || true
    wait
}
trap end_all EXIT

# Answers that are errors are told, and end nothing.
curl() { command curl --silent --show-error "$@" && echo; }
# Only the hub of this page is meant.
pgrep() { echo "$hub_pid"; }
# That the Makefile knows them; they are run by CI themselves, or take too long for it.
make() { command make --silent --dry-run --directory "$ROOT" "$@" >/dev/null; }
# It stands for a database that is not here.
psql() { printf '%s\n' 42 43; }
