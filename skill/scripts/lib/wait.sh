# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shares its variables with the other files
# Waiting for a session, with progress, and mirc session terminate. Sourced by mirc.sh.

# Reads the session into http_body and sets phase_now (what it does), news (events not yet told) and point:
# waiting, started, ended or gone.
look_at_session() {
    local facts
    fetch GET "/sessions/$id" -G --data events_tail=50
    facts=$(MIRC_COLOR='' jq -L "$lib" -r --arg told "$told" 'include "show";
        (.state as $s
         | if $s == "terminated" or .terminated_at then "gone"
           elif $s == "completed" or $s == "failed" or $s == "stopped" or $s == "provision_failed"
             or .exit_code != null or .ended_at then "ended"
           elif $s == "started" then "started" else "waiting" end),
        (.events // [] | last | .at // ""),
        phase,
        ([.events[]? | select(.at > $told)] | if length == 0 then "" else last | .message // .type | clean | clip(100) end),
        (.events[]? | select(.at > $told) | "\(.at[11:19])  \(.message // .type | clean)")' <<<"$http_body") ||
        fail 1 'the session came back in a shape that mirc does not know'
    {
        IFS= read -r point
        IFS= read -r latest
        IFS= read -r phase_now
        IFS= read -r latest_news
        IFS= read -r -d '' news
    } <<<"$facts"
    news=${news%$'\n'}
    [ -z "$latest" ] || told=$latest
    [ -z "$latest_news" ] || whisper=$latest_news
    return 0
}

# On a terminal one line that is drawn over; elsewhere one line for each event. Both on standard error.
tell_progress() {
    local frames='.oOo'
    if [ -t 2 ]; then
        spin=$(((spin + 1) % 4))
        printf '\r\033[K%s %s  %ss  %s' "${frames:spin:1}" "$phase_now" "$((SECONDS - wait_began))" "${whisper:0:60}" >&2
    elif [ -n "$news" ]; then
        printf '%s\n' "$news" >&2
        news=''
    elif [ "$phase_now" != "$phase_told" ] && [ -z "$told" ]; then
        printf '%s\n' "$phase_now" >&2
    fi
    phase_told=$phase_now
}

end_progress() { [ ! -t 2 ] || printf '\r\033[K' >&2; }

# wait_for_session POINT: until the session is started, ended or gone. Leaves the session in http_body. An end is also
# an answer to waiting for the start.
wait_for_session() {
    local wanted=$1 spin=0 drawn steps phase_told='' whisper='' latest latest_news
    wait_began=${wait_began:-$SECONDS}
    trap 'end_progress; say "no longer waiting; the session goes on: mirc session status $id"; exit 130' INT
    while :; do
        look_at_session
        tell_progress
        case $wanted/$point in
            started/started | */gone | started/ended | ended/ended) break ;;
        esac
        if [ -n "$wait_limit" ] && [ $((SECONDS - wait_began)) -ge "$wait_limit" ]; then
            end_progress
            fail "$EXIT_TIMEOUT" "still $phase_now after ${wait_limit}s; the session goes on: mirc session status $id"
        fi
        steps=5
        [ -t 2 ] || steps=1
        drawn=0
        while [ "$drawn" -lt "$steps" ]; do
            if [ "$steps" = 1 ]; then sleep 1; else sleep 0.2; fi
            [ "$steps" = 1 ] || tell_progress
            drawn=$((drawn + 1))
        done
    done
    trap 'exit 130' INT
    end_progress
}
wait_limit=''
wait_began=''
told=''

# Ends the program with the exit code that the awaited session deserves.
judge_session() {
    local state exit_code reason error
    IFS=$'\t' read -r state exit_code reason error <<<"$(jq -r '[.state, (.exit_code // "-"), (.stop_reason // "-"),
        (.error // "-" | gsub("[[:cntrl:]]"; " "))] | map(tostring) | join("\t")' <<<"$http_body")"
    [ "$error" != - ] || error=''
    case $state/$exit_code in
        submitted/* | provisioned/* | started/-) exit 0 ;;
        provision_failed/*) fail "$EXIT_CAPACITY" "no machine could be had${error:+: $error}" ;;
        completed/* | */0)
            [ "$reason" = - ] || fail "$EXIT_SESSION" "the session was stopped: $reason"
            exit 0
            ;;
    esac
    [ "$exit_code" = - ] || say "the command ended with exit code $exit_code${error:+: $error}"
    [ -z "$own_code" ] || [ "$exit_code" = - ] || exit "$exit_code"
    [ "$exit_code" = - ] || exit "$EXIT_SESSION"
    [ "$reason" = - ] || fail "$EXIT_SESSION" "the session was stopped: $reason"
    fail "$EXIT_SESSION" "the session is $state${error:+: $error}"
}

session_terminate() {
    local waiting='' reference
    local -a references
    references=()
    while [ $# -gt 0 ]; do
        case $1 in
            --wait) waiting=yes && shift ;;
            --timeout) need "$1" $# && duration "$2" && wait_limit=$duration && shift 2 ;;
            -y | --yes) shift ;;
            -*) unknown "$1" ;;
            *) references+=("$1") && shift ;;
        esac
    done
    [ ${#references[@]} -gt 0 ] || usage_error 'which session? Give its id, the start of its id, or its name'
    for reference in "${references[@]}"; do
        resolve session "$reference"
        fetch DELETE "/sessions/$id"
        if [ -n "$waiting" ]; then
            told=$(jq -r '.events // [] | last | .at // ""' <<<"$http_body")
            wait_for_session gone
        fi
        if for_people; then
            # shellcheck disable=SC2016 # $c is jq's
            show '"\(.name | clean | bold) is \(phase)" + (if .cost == null then "." else .currency as $c | "; it cost \(.cost | money($c))." end)'
        else
            show .
        fi
    done
}
