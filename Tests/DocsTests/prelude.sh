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
    [[ ! -d $DEMO ]] || "$ROOT/scripts/demo" stop
    # What the page left in the background, and its children.
    local pids
    pids=$(jobs -p)
    [[ -z $pids ]] || kill $pids 2>/dev/null || true
    wait
}
trap end_all EXIT

# Answers that are errors are told, and end nothing; but whoever says --fail waits until there is none.
curl() { command curl --silent --show-error "$@" && echo; }

# Only this page's processes are meant.
pgrep() { command pgrep --session 0 "$@"; }

# Until Ctrl-C. Another one may run on this machine already.
prometheus() {
    timeout --signal INT 5 prometheus --web.listen-address "127.0.0.1:$PROMETHEUS_PORT" "$@" || [[ $? == 124 ]]
}

# In an environment of its own, as a reader has one.
pip() {
    [[ -n ${VIRTUAL_ENV:-} || -d pip ]] || python3 -m venv pip
    "${VIRTUAL_ENV:-pip}/bin/pip" --quiet --disable-pip-version-check "$@"
}

make() {
    case $1 in
    # Until Ctrl-C; what follows is for another shell.
    ray)
        command make --directory "$ROOT" ray &
        until command curl --silent --fail --output /dev/null "http://127.0.0.1:$RAY_DASHBOARD_PORT/api/version"; do sleep 1; done
        ;;
    demo) PALANTIR_PORT=$DEMO_PORT MLFLOW_PORT=$MLFLOW_PORT command make --directory "$ROOT" demo ;;
    demo-stop | help | lint) command make --directory "$ROOT" "$@" ;;
    # It is what runs this.
    test) has_target "$@" ;;
    *) if [[ -n $LONG ]]; then make_once "$@"; else has_target "$@"; fi ;;
    esac
}

# What takes long is not made again for another page.
make_once() {
    grep --quiet --line-regexp --fixed-strings --regexp "$*" "$MADE" 2>/dev/null && return
    command make --directory "$ROOT" "$@"
    echo "$*" >>"$MADE"
}

# No cluster runs here: the real kubectl makes what it would send.
kubectl() {
    if [[ $1 == apply ]]; then command kubectl kustomize "${@:3}" >/dev/null; else command kubectl "$@" --dry-run=client; fi
}

has_target() { command make --silent --dry-run --directory "$ROOT" "$@" >/dev/null; }
