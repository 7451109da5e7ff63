#!/usr/bin/env bash
# Tests of the skill's scripts: their form (shellcheck, nothing newer than bash 3.2) and what they do, against a stub that
# speaks the wire contract over real HTTP. Usage: run.sh [NAME...] runs all tests, or those whose name contains a NAME.

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scripts=$here/../scripts
mirc=$scripts/mirc.sh
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
work=$(mktemp -d "${TMPDIR:-/tmp}/mimiry-skill.XXXXXX")
stub=''
passed=0
failed=0
cleanup() {
    [ -z "$stub" ] || kill "$stub" 2>/dev/null
    rm -rf "$work"
}
trap cleanup EXIT
unset MIMIRY_API_KEY MIMIRY_KEY MIMIRY_TOKEN MIMIRY_API NO_COLOR SSH_AUTH_SOCK
export TERM=xterm

# ---- assertions: each says what it saw -------------------------------------------------------------------------------

complain() {
    local line
    for line in "$@"; do
        printf '    %s\n' "${line:0:2000}"
    done
    test_failed=yes
}

# expect_code CODE COMMAND...: runs it, output in $out, standard error in $err.
expect_code() {
    local wanted=$1 code
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
    out=$(cat "$work/out")
    err=$(cat "$work/err")
    [ "$code" = "$wanted" ] || complain "exit code $code, expected $wanted: $*" "stdout: $out" "stderr: $err"
}

expect_has() {
    case $1 in
        *"$2"*) ;;
        *) complain "expected '$2' in: $1" ;;
    esac
}

expect_hasnt() {
    case $1 in
        *"$2"*) complain "did not expect '$2' in: $1" ;;
    esac
}

expect_equal() {
    [ "$1" = "$2" ] || complain "got: $1" "expected: $2"
}

# What the last request to a path was, as the stub wrote it down.
last_request() {
    grep -F "$1" "$work/requests" | tail -1 | sed 's/%2[cC]/,/g; s/%3[aA]/:/g'
}

body_of() {
    local line
    line=$(last_request "$1")
    printf '%s' "${line#*body=}"
}

on_terminal() {
    script -qec "$1" /dev/null </dev/null >"$work/out" 2>&1
    out=$(tr -d '\r' <"$work/out")
}

# ---- form ------------------------------------------------------------------------------------------------------------

shell_files() {
    printf '%s\n' "$mirc" "$scripts/mimiry-auth.sh" "$scripts"/lib/*.sh "$scripts/lib/completion.bash" "$here"/*.sh
}

test_shellcheck_finds_nothing() {
    local file
    if ! command -v shellcheck >/dev/null; then
        complain 'shellcheck is not installed'
        return
    fi
    while IFS= read -r file; do
        shellcheck -x -s bash "$file" >"$work/found" || complain "$(cat "$work/found")"
    done <<<"$(shell_files)"
}

test_no_variable_is_used_that_nobody_sets() {
    { cat "$mirc" && cat "$scripts"/lib/*.sh; } | grep -v 'shellcheck' >"$work/whole.sh"
    shellcheck -s bash -i SC2154,SC2034 -f gcc "$work/whole.sh" | grep -v 'EXIT_\|registry_password' >"$work/found"
    [ ! -s "$work/found" ] || complain "$(cat "$work/found")"
}

test_bash_parses_every_file() {
    local file
    while IFS= read -r file; do
        bash -n "$file" || complain "$file does not parse"
    done <<<"$(shell_files)"
}

test_nothing_newer_than_bash_3_2_is_used() {
    local newer='declare -[gAn]|local -[An]|typeset -A|mapfile|readarray|coproc|\$\{[A-Za-z_]+(\^|,)|\$\{[A-Za-z_]+@[A-Za-z]\}|%\([^)]*\)T|&>>|\|&|wait -n|;;?&|BASHPID|EPOCHSECONDS|EPOCHREALTIME|SRANDOM|\[ -v |\[\[ -v |printf -v [a-z]+\[|read -[a-z]*t *0?\.|exec \{|globstar|lastpipe|inherit_errexit|\$\{[A-Za-z_]+: ?[0-9]+: ?-'
    local file
    while IFS= read -r file; do
        case $file in "$here"/*) continue ;; esac
        if grep -nE "$newer" "$file" | grep -vE '^[0-9]+:[[:space:]]*#' | grep -vE 'bash 3\.2 has no' >"$work/found"; then
            complain "$file: $(cat "$work/found")"
        fi
    done <<<"$(shell_files)"
}

test_no_file_is_longer_than_500_lines() {
    local file
    while IFS= read -r file; do
        [ "$(wc -l <"$file")" -le 500 ] || complain "$file is too long"
    done <<<"$(shell_files)"
}

# ---- help and usage --------------------------------------------------------------------------------------------------

test_help_at_every_level_needs_no_server() {
    local words
    for words in '' session 'session create' 'session list' 'session status' 'session logs' 'session ssh' 'session terminate' \
        'session availability' 'session balance' volume 'volume create' 'volume list' 'volume status' 'volume extend' \
        'volume delete' availability balance quota transactions usage org 'org invite' ssh 'ssh register' auth install completion; do
        # shellcheck disable=SC2086 # the words are words
        expect_code 0 env MIMIRY_API_BASE=http://127.0.0.1:1 "$mirc" $words --help
        [ -n "$out" ] || complain "no help for '$words'"
    done
}

test_wrong_usage_is_2() {
    expect_code 2 "$mirc" nonsense
    expect_code 2 "$mirc" session nonsense
    expect_code 2 "$mirc" session list --nonsense
    expect_code 2 "$mirc" session list extra
    expect_code 2 "$mirc" session status
    expect_code 2 "$mirc" session create
    expect_code 2 "$mirc" session create --image
    expect_code 2 "$mirc" session create --image demo --max-duration soon
    expect_code 2 "$mirc" session create --image demo --volume data1
    expect_code 2 "$mirc" session create --image demo --env 'A B=1'
    expect_code 2 "$mirc" session create --image demo --auto-terminate maybe
    expect_code 2 "$mirc" volume create --name x --size-gb many
    expect_code 2 "$mirc" balance --api-base ftp://x
    expect_has "$err" 'http'
}

test_a_server_that_is_not_there_is_explained() {
    expect_code 1 "$mirc" availability --api-base http://127.0.0.1:1
    expect_has "$err" 'is the server running'
    expect_code 1 "$mirc" availability --api-base http://no-such-host.invalid
    expect_has "$err" 'MIMIRY_API_BASE'
}

# ---- running them ----------------------------------------------------------------------------------------------------

sign_in_afresh() {
    rm -rf "$XDG_CACHE_HOME"
    expect_code 0 "$mirc" auth
}

start_stub() {
    local tries=0
    ssh-keygen -q -t ed25519 -N '' -C tester -f "$work/key"
    printf 'tester %s\n' "$(cat "$work/key.pub")" >"$work/allowed_signers"
    ssh-keygen -lf "$work/key.pub" >"$work/fingerprints"
    : >"$work/requests"
    "$java" "$here/StubServer.java" "$work" >"$work/stub.log" 2>&1 &
    stub=$!
    while [ ! -s "$work/port" ]; do
        tries=$((tries + 1))
        if [ "$tries" -gt 300 ] || ! kill -0 "$stub" 2>/dev/null; then
            cat "$work/stub.log"
            echo 'the stub server did not start'
            exit 1
        fi
        sleep 0.1
    done
    MIMIRY_API_BASE=http://127.0.0.1:$(cat "$work/port")
    export MIMIRY_API_BASE XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache
    "$mirc" auth --key "$work/key" >/dev/null || exit 1
}

wanted() {
    local name=$1 part
    shift
    [ $# -gt 0 ] || return 0
    for part in "$@"; do
        case $name in *"$part"*) return 0 ;; esac
    done
    return 1
}

# shellcheck source=/dev/null
for part in "$here"/*-tests.sh; do . "$part"; done
start_stub
for name in $(declare -F | sed -n 's/^declare -f \(test_.*\)/\1/p'); do
    if wanted "$name" "$@"; then
        test_failed=''
        "$name" >"$work/said"
        if [ -z "$test_failed" ]; then
            passed=$((passed + 1))
            echo "ok    $name"
        else
            failed=$((failed + 1))
            echo "FAIL  $name"
            cat "$work/said"
        fi
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
