# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shares its variables with the other files
# mirc session logs. Sourced by mirc.sh.

session_logs() {
    local reference='' tail='' since='' stamps=yes follow=''
    wait_limit=60
    while [ $# -gt 0 ]; do
        case $1 in
            -f | --follow) follow=yes && shift ;;
            --tail | -n) need "$1" $# && tail=$2 && shift 2 ;;
            --since) need "$1" $# && moment "$2" && since=$moment && shift 2 ;;
            --timestamps) stamps=yes && shift ;;
            --no-timestamps) stamps='' && shift ;;
            --timeout) need "$1" $# && duration "$2" && wait_limit=$duration && shift 2 ;;
            -*) unknown "$1" ;;
            *) [ -z "$reference" ] || unknown "$1"; reference=$1 && shift ;;
        esac
    done
    [ -n "$reference" ] || usage_error 'which session? Give its id, the start of its id, or its name'
    [[ $tail =~ ^[0-9]*$ ]] || usage_error "--tail takes a number of lines, not '$tail'"
    resolve session "$reference"
    if [ -n "$follow" ]; then
        follow_logs "$id" "$since" "$tail" "$stamps"
    else
        print_logs "$since" "$tail" "$stamps"
    fi
}

# Text, also where the output is no terminal: a log is one already. --json gives the answer as it came.
print_logs() {
    read_logs "$1" "$2" "$3"
    if [ "$json_asked" = yes ]; then
        show .
    else
        jq -rj '.logs | if . == "" or endswith("\n") then . else . + "\n" end' <<<"$http_body"
    fi
}

read_logs() {
    local waited=0
    query=(-G)
    [ -z "$1" ] || filter since "$1"
    [ -z "$2" ] || filter tail "$2"
    [ -n "$3" ] || filter timestamps false
    while :; do
        api_call GET "/sessions/$id/logs" "${query[@]}"
        case $http_status in
            2??) return ;;
            503) [ $((SECONDS - waited_since)) -lt "$wait_limit" ] || refused ;;
            *) refused ;;
        esac
        [ "$waited" != 0 ] || say 'the machine is still being set up; waiting for the first output'
        waited=1
        pause_as_told
    done
}
waited_since=$SECONDS

# follow_logs ID SINCE TAIL STAMPS: prints the log as it grows, until the session's end. A lost connection is taken up again
# after the last line that was seen; nothing is left out or repeated.
follow_logs() {
    local since=$2 tail=$3 stamps=false outcome status failures=0 renewed='' before ended
    [ -z "$4" ] || stamps=true
    if [ -n "$tail" ] && [ -z "$since" ]; then first_lines "$tail" "$stamps"; fi
    while :; do
        before=$since
        stream_once "$1" "$since" "$stamps"
        { IFS= read -r status && IFS= read -r since && IFS= read -r ended; } <<<"$(jq -r '.status, .last, .ended' <<<"$outcome")"
        [ "$since" = "$before" ] || failures=0 renewed=''
        case $status in
            200)
                if [ "$ended" = true ]; then return; fi
                ;;
            503) ;;
            401)
                if [ -n "${MIMIRY_API_KEY-}$renewed" ]; then stream_refused; fi
                renewed=yes
                sign_in
                ;;
            '' | 0) ;;
            *) stream_refused ;;
        esac
        failures=$((failures + 1))
        [ "$failures" -le 30 ] || fail 1 "the log stream of $base keeps breaking: check the network and the server"
        wait_before_retry
        if [ "$status" = 200 ] && session_is_over; then
            finish_log "$since" "$4"
            return
        fi
    done
}

# Prints the newest lines and sets since to where the stream has to go on: a stream knows no tail. A stamp ends at the first space.
first_lines() {
    local lines=$1
    # None at all: the newest tells where to go on.
    [ "$((10#$lines))" -gt 0 ] || lines=1
    wait_limit=86400
    read_logs '' "$lines" yes
    since=$(jq -r '.logs | rtrimstr("\n") | split("\n") | last // "" | .[:index(" ") // 0]' <<<"$http_body")
    [ "$((10#$1))" -gt 0 ] || return 0
    jq -rj --argjson stamps "$2" '.logs | if . == "" or endswith("\n") then . else . + "\n" end
        | if $stamps then . else split("\n") | map(.[(index(" ") // -1) + 1:]) | join("\n") end' <<<"$http_body"
}

# One connection. Sets outcome to what lib/stream.jq reports at its end.
stream_once() {
    query=(-G)
    [ -z "$2" ] || filter since "$2"
    ensure_token
    { outcome=$({
        curl "${curl_options[@]}" -N -w '\n: mirc-status %{http_code}\n' --config /dev/fd/3 -H 'Accept: text/event-stream' \
            ${2:+-H "Last-Event-ID: $2"} "${query[@]}" "$api/sessions/$1/logs/stream" \
            3<<<"header = \"Authorization: Bearer $token\"" 2>/dev/null |
            jq -Rnr --unbuffered --arg last "$2" --argjson stamps "$3" -f "$lib/stream.jq" >&4
    } 2>&1); } 4>&1
    case $outcome in
        '{'*) ;;
        *)
            # jq has ended early: nobody reads our output any more, as with "mirc session logs -f | head".
            exit 0
            ;;
    esac
}

stream_refused() {
    http_status=$status
    http_body=$(jq -r .said <<<"$outcome")
    refused
}

wait_before_retry() {
    http_body=$(jq -r '.said' <<<"$outcome")
    if [ "$status" = 503 ]; then
        [ "$failures" != 1 ] || say 'the machine is still being set up; waiting for the first output'
        failures=1
        pause_as_told
    else
        sleep 1
    fi
}

# A stream that ended without saying so: has the session ended meanwhile?
session_is_over() {
    fetch GET "/sessions/$id"
    [ "$(jq '.ended_at != null or .terminated_at != null' <<<"$http_body")" = true ]
}

finish_log() {
    read_logs "$1" '' "$2"
    jq -rj '.logs | if . == "" or endswith("\n") then . else . + "\n" end' <<<"$http_body"
}
