#!/usr/bin/env bash
# mirc: the command line of Mimiry. Runs on bash 3.2 (macOS) and later; needs curl, jq, ssh-keygen and openssl.
# The commands are in lib/; this file finds them and holds what they all share.
# shellcheck disable=SC2034,SC2154 # shares its variables with the other files

# Exit codes, promised to scripts (mirc --help lists them).
readonly EXIT_USAGE=2 EXIT_AUTH=3 EXIT_NOT_FOUND=4 EXIT_CONFLICT=5 EXIT_MONEY=6 EXIT_CAPACITY=7 EXIT_SESSION=8 EXIT_TIMEOUT=9

self=${BASH_SOURCE[0]}
while [ -L "$self" ]; do
    target=$(readlink "$self")
    case $target in
        /*) self=$target ;;
        *) self=${self%/*}/$target ;;
    esac
done
case $self in
    */*) here=${self%/*} ;;
    *) here=. ;;
esac
lib=$here/lib

say() { printf 'mirc: %s\n' "$*" >&2; }

# fail CODE SENTENCE
fail() {
    local code=$1
    shift
    say "$*"
    exit "$code"
}

usage_error() { fail "$EXIT_USAGE" "$* (see: mirc${topic:+ $topic} --help)"; }

load() {
    local part
    for part in "$@"; do
        # shellcheck source=/dev/null
        . "$lib/$part.sh"
    done
}

# What the user asked for, before any command sees it: options that every command takes are picked out wherever they
# stand, --name=value becomes two words, and whatever follows a bare -- is left alone.
arguments=()
base=${MIMIRY_API_BASE:-http://127.0.0.1:8080}
key_option=${MIMIRY_KEY-}
key_is_new=''
output=auto
json_asked=''
help=''
read_arguments() {
    local word
    while [ $# -gt 0 ]; do
        word=$1
        shift
        if [ "${arguments[0]-} ${arguments[1]-}" = 'session ssh' ] && [ ${#arguments[@]} -gt 2 ]; then
            case $word in
                -[BbcDEeFIiJLlmOopQRSWw])
                    arguments+=("$word" "$1")
                    shift
                    continue
                    ;;
                -*) ;;
                *) set -- -- "$word" "$@" && word=-- && shift ;;
            esac
        fi
        case $word in
            --)
                arguments+=(-- "$@")
                return
                ;;
            --key=* | --api-base=*) set -- "${word%%=*}" "${word#*=}" "$@" ;;
            --key | --api-base)
                [ $# -gt 0 ] || usage_error "$word needs a value"
                case $word in
                    --key) key_option=$1 key_is_new=yes ;;
                    --api-base) base=$1 ;;
                esac
                shift
                ;;
            --json) output=json json_asked=yes ;;
            --table) output=table ;;
            -h | --help) help=yes ;;
            --command | --env | -e)
                [ $# -gt 0 ] || usage_error "$word needs a value"
                arguments+=("$word" "$1")
                shift
                ;;
            --[a-z]*=*) arguments+=("${word%%=*}" "${word#*=}") ;;
            *) arguments+=("$word") ;;
        esac
    done
}

# need OPTION COUNT: an option's value has to follow it.
need() { [ "$2" -gt 1 ] || usage_error "$1 needs a value"; }

unknown() {
    case $1 in
        -*) usage_error "unknown option $1" ;;
        *) usage_error "unexpected argument '$1'" ;;
    esac
}

for_people() { [ "$output" = table ]; }

# People at a terminal get tables, everything else gets JSON.
choose_output() {
    if [ "$output" = auto ]; then
        if [ -t 1 ]; then output=table; else output=json; fi
    fi
    export MIRC_COLOR=''
    if [ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM-}" != dumb ]; then MIRC_COLOR=1; fi
}

# show FILTER [JQ ARGUMENTS]: prints the answer in hand, as JSON or through a filter of lib/show.jq.
show() {
    local filter=$1
    shift
    if for_people; then
        jq -L "$lib" -r "$@" "include \"show\"; $filter" <<<"$http_body"
    elif [ -n "$MIRC_COLOR" ]; then
        jq . <<<"$http_body"
    else
        jq -M . <<<"$http_body"
    fi
}

needs_tools() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || fail 1 "$tool is needed and was not found: install it first"
    done
}

print_help() {
    load help
    help_for "$@" || usage_error "there is no command '$*'"
    exit 0
}

session_command() {
    local verb=${1-}
    [ $# -eq 0 ] || shift
    topic="session $verb"
    case $verb in
        create) load session wait && session_create "$@" ;;
        list | ls) load session && session_list "$@" ;;
        status | show) load session && session_status "$@" ;;
        logs) load session logs && session_logs "$@" ;;
        ssh) load session ssh && session_ssh "$@" ;;
        terminate | delete) load session wait && session_terminate "$@" ;;
        availability | balance) main_command "$verb" "$@" ;;
        *) topic=session && usage_error "there is no 'session $verb'" ;;
    esac
}

volume_command() {
    local verb=${1-}
    [ $# -eq 0 ] || shift
    topic="volume $verb"
    load volume
    case $verb in
        create | list | status | extend | delete) "volume_$verb" "$@" ;;
        ls) volume_list "$@" ;;
        *) topic=volume && usage_error "there is no 'volume $verb'" ;;
    esac
}

main_command() {
    local verb=$1
    shift
    topic=$verb
    case $verb in
        session) session_command "$@" ;;
        volume) volume_command "$@" ;;
        availability) load money && availability "$@" ;;
        balance | quota | transactions | usage | org) load money && "$verb" "$@" ;;
        ssh) load register && ssh_command "$@" ;;
        auth | install | completion) load setup && "$verb" "$@" ;;
        *) topic='' && usage_error "there is no command '$verb'" ;;
    esac
}

topic=''
read_arguments "$@"
set -- "${arguments[@]}"
case ${1-} in
    '' | help)
        [ $# -eq 0 ] || shift
        print_help "$@"
        ;;
esac
[ -z "$help" ] || print_help "$@"
while [ "$base" != "${base%/}" ]; do base=${base%/}; done
case $base in
    http://* | https://*) ;;
    *) usage_error "the API base must start with http:// or https://, not '$base'" ;;
esac
needs_tools curl jq
choose_output
trap 'exit 130' INT
load http
main_command "$@"
