# shellcheck shell=bash disable=SC2016,SC2154 # shares its variables with ./mimiry; sends text to other shells
# "./mimiry demo": the main job on this machine, step by step, through the real command line. Sourced by ./mimiry.

image=mimiry-demo:latest
failures=0

demo() {
    local once='' data
    case ${1-} in
        --once) once=yes ;;
        '') ;;
        *)
            echo "./mimiry demo [--once]: shows the main job; --once stops the server afterwards, status 0 = every step worked"
            [ "$1" = --help ] && exit 0 || exit 2
            ;;
    esac
    if [ "$(id -u)" = 0 ]; then data=/var/lib/mimiry-demo; else data=${XDG_DATA_HOME:-$HOME/.local/share}/mimiry-demo; fi
    demo_setup "$data"
    demo_steps "$data"
    demo_end "$data" "$once"
}

demo_setup() {
    find_java
    need_commands curl=curl jq=jq openssl=openssl ssh=openssh-client setpriv=util-linux tar=tar
    need_engine
    build
    train
    demo_image
    mkdir -p "$1"
    chmod 711 "$1"
    demo_server "$1"
    export MIMIRY_API_BASE MIMIRY_KEY=$1/demo_key
    MIMIRY_API_BASE=$(property api "$1")
    # The command line's own memory of keys and tokens, so that the demo leaves no trace in the user's.
    export XDG_CACHE_HOME=$1/cache XDG_CONFIG_HOME=$1/config
    [ -f "$MIMIRY_KEY" ] || ssh-keygen -q -t ed25519 -N '' -C mimiry-demo -f "$MIMIRY_KEY"
}

# demo_server DATA: starts one there unless one runs there already.
demo_server() {
    local tries=600 port
    if server_answers "$1"; then
        say "using the demo server that runs already"
        return
    fi
    for port in 8080 18080 28080; do
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
    done
    say "starting the server (its words: $1/server.log)"
    DOCKER_HOST=unix://$engine setsid "$here/mimiry" serve --data "$1" --http-port "$port" >"$1/server.log" 2>&1 </dev/null &
    started=$!
    until server_answers "$1"; do
        tries=$((tries - 1))
        if [ "$tries" -eq 0 ] || ! kill -0 "$started" 2>/dev/null; then
            tail -n 5 "$1/server.log" >&2
            fail "the server did not start"
        fi
        sleep 0.1
    done
}

server_answers() {
    grep -qs '^ready=true' "$1/server.properties" && curl -sf -o /dev/null --max-time 5 "$(property api "$1")/health"
}

# A small image made here, so that no registry is needed: busybox and the few files that a shell expects.
demo_image() {
    local root applet busybox
    [ "$(engine_call -o /dev/null -w '%{http_code}' "/images/$image/json")" != 200 ] || return 0
    need_commands busybox=busybox-static
    busybox=$(command -v busybox)
    say "making the image $image"
    root=$(mktemp -d)
    mkdir -p "$root"/{bin,etc,root,tmp,proc,sys,dev}
    chmod 1777 "$root/tmp"
    cp "$busybox" "$root/bin/busybox"
    for applet in $("$busybox" --list); do ln -s busybox "$root/bin/$applet" 2>/dev/null || true; done
    echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
    echo 'root:x:0:' >"$root/etc/group"
    tar -C "$root" --owner=0 --group=0 -c . |
        engine_call -f -o /dev/null -X POST -T - "/images/create?fromSrc=-&repo=${image%:*}&tag=${image#*:}" ||
        fail "the image could not be imported"
    rm -rf "$root"
}

engine_call() { curl -s --max-time 60 --unix-socket "$engine" "${@:1:$#-1}" "http://engine${*: -1}"; }

# typed COMMAND...: the words as a person would type them.
typed() {
    local word
    for word in "$@"; do
        case $word in
            "$here/skill/scripts/mirc.sh") word=mirc ;;
            "$here/mimiry") word=./mimiry ;;
            *[!A-Za-z0-9_./:=@,-]*) word="'${word//\'/\'\\\'\'}'" ;;
        esac
        printf ' %s' "$word"
    done
    printf '\n'
}

# step SENTENCE COMMAND...: says what comes, shows the command as a person would type it, runs it.
step() {
    printf '\n%s\n$' "# $1" >&2
    shift
    typed "$@" >&2
    "$@" || {
        say "that step failed (status $?)"
        failures=$((failures + 1))
    }
}

demo_steps() {
    local mirc=$here/skill/scripts/mirc.sh name
    name=demo-$(date +%H%M%S)
    if ! "$here/mimiry" admin --data "$1" user list --json | jq -e 'any(.[]; .email == "demo@example.org")' >/dev/null; then
        step "A user with an SSH key and some money" \
            "$here/mimiry" admin --data "$1" user add --email demo@example.org --key "$MIMIRY_KEY.pub" --credit 25
    fi
    export MIMIRY_KEY
    step "What can be had now, and its price" "$mirc" --table availability
    step "A session that runs a command, from the image to the exit code" \
        "$mirc" --table session create --name "$name" --image "$image" --wait --max-duration 10m \
        --command 'echo "hello from $(hostname)"; for i in 1 2 3; do echo "step $i"; sleep 1; done'
    step "Its output is kept" "$mirc" session logs "$name"
    step "A session to work in" "$mirc" --table session create --name "$name-ssh" --image "$image" --wait --max-duration 10m
    step "A command in it, over ssh" "$mirc" session ssh "$name-ssh" -- 'echo "ssh works, I am $(id -un) on $(hostname)"; uname -sr'
    step "And gone again" "$mirc" --table session terminate "$name-ssh" --wait
    step "What it cost" "$mirc" --table balance
}

demo_end() {
    local pid
    pid=$(property pid "$1")
    if [ -n "$2" ]; then
        kill "$pid" 2>/dev/null || true
        while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
        [ "$failures" -eq 0 ] || fail "$failures steps failed"
        say "every step worked"
        return
    fi
    cat <<END

The server goes on running (process $pid, data in $1).
  API page   $MIMIRY_API_BASE/docs
  next       export MIMIRY_API_BASE=$MIMIRY_API_BASE MIMIRY_KEY=$MIMIRY_KEY
             $here/skill/scripts/mirc.sh --help
  stop it    kill $pid
END
    [ "$failures" -eq 0 ] || fail "$failures steps failed"
}
