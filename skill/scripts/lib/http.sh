# shellcheck shell=bash
# shellcheck disable=SC1091,SC2030,SC2031,SC2034,SC2154 # shares its variables with the other files
# Signing in, and requests to the API. Sourced by mirc.sh.

api=$base/api/compute/v1
token=''
http_status=''
http_body=''
payload=''
curl_options=(-s --connect-timeout 10)
case $base in
    http://127.* | http://localhost* | http://\[::1\]*) curl_options+=(--noproxy '*') ;;
esac

config_dir=${XDG_CONFIG_HOME:-$HOME/.config}/mimiry
cache_dir=${XDG_CACHE_HOME:-$HOME/.cache}/mimiry

# Sets key to the SSH key's path without .pub, or to nothing.
find_key() {
    local remembered=$config_dir/key-${base//[^A-Za-z0-9.-]/_}
    key=${key_option%.pub}
    if [ -n "$key" ]; then
        case $key in
            /*) ;;
            \~/*) key=$HOME/${key#\~/} ;;
            *) key=$PWD/$key ;;
        esac
        [ -e "$key" ] || [ -e "$key.pub" ] || fail "$EXIT_USAGE" "no SSH key at $key"
    elif [ -r "$remembered" ]; then
        IFS= read -r key <"$remembered"
    fi
    key_memory=$remembered
}

# The key of the first --key is used from then on. Called once it has signed in.
remember_key() {
    [ -n "$key_is_new" ] || return 0
    key_is_new=''
    mkdir -p "$config_dir" && printf '%s\n' "$key" >"$key_memory"
}

token_file() {
    local name=${base//[^A-Za-z0-9.-]/_}@${key//[^A-Za-z0-9.-]/_}
    [ ${#name} -le 200 ] || name=${name: -200}
    token_path=$cache_dir/$name.token
}

# Sets token from the cache when it is still good for a minute. The file's lines: expiry, address, key, token.
read_cached_token() {
    local expires='' owner_base='' owner_key=''
    token=''
    [ -O "$token_path" ] && [ ! -L "$token_path" ] || return 1
    { IFS= read -r expires && IFS= read -r owner_base && IFS= read -r owner_key && IFS= read -r token; } <"$token_path"
    if [ "$owner_base" = "$base" ] && [ "$owner_key" = "$key" ] && [ ! "$key.pub" -nt "$token_path" ] &&
        [ "$expires" -gt "$(($(date +%s) + 60))" ] 2>/dev/null; then
        return 0
    fi
    token=''
    return 1
}

# Signs in and keeps the token, in a file that only its owner can read.
sign_in() {
    local now
    needs_tools ssh-keygen openssl
    case $base in
        http://127.* | http://localhost* | http://\[::1\]* | https://*) ;;
        *) say "warning: $base is not encrypted: the token travels in the clear" ;;
    esac
    now=$(date +%s)
    token=$(. "$here/mimiry-auth.sh" "$key" "$base" >/dev/null && printf '%s' "$MIMIRY_TOKEN") ||
        exit "$EXIT_AUTH"
    (
        umask 077
        mkdir -p "$cache_dir" && chmod 700 "$cache_dir" &&
            printf '%s\n' "$((now + 3600))" "$base" "$key" "$token" >"$token_path.$$" &&
            mv -f "$token_path.$$" "$token_path"
    ) || say "warning: cannot keep the token in $cache_dir; the next command signs in again"
    remember_key
}

ensure_token() {
    [ -z "$token" ] || return 0
    if [ -n "${MIMIRY_API_KEY-}" ]; then
        token=$MIMIRY_API_KEY
        return
    fi
    find_key
    [ -n "$key" ] || fail "$EXIT_AUTH" \
        "which SSH key? Give --key PATH once (it is remembered), or set MIMIRY_API_KEY. No account yet: ask the server's operator (./mimiry admin user add)"
    token_file
    if read_cached_token; then remember_key; else sign_in; fi
}

network_error() {
    local nowhere=1
    # With a kept token as without one: there is nowhere to sign in.
    [ -z "$token" ] || nowhere=$EXIT_AUTH
    case $1 in
        6) fail "$nowhere" "cannot find the host of $base: check MIMIRY_API_BASE" ;;
        7) fail "$nowhere" "nothing answers at $base: is the server running (./mimiry serve)? MIMIRY_API_BASE says where to look" ;;
        28) fail "$EXIT_TIMEOUT" "$base did not answer in time: check the network and the server" ;;
        35 | 51 | 58 | 60 | 77) fail 1 "no trusted TLS connection to $base (curl exit $1): check its certificate" ;;
        130) exit 130 ;;
        *) fail 1 "the connection to $base broke (curl exit $1): check the network and try again" ;;
    esac
}

# One request. The token goes in through a descriptor and the body through standard input: neither is in the process
# list. A request may have to be sent again, so its body waits in payload. Sets http_status and http_body; returns curl's exit code.
send() {
    local method=$1 url=$2 answer code
    shift 2
    answer=$(curl "${curl_options[@]}" --max-time 120 -X "$method" -w '\n%{http_code}' \
        --config /dev/fd/3 "$@" "$url" 3<<<"${token:+header = \"Authorization: Bearer $token\"}" <<<"$payload")
    code=$?
    http_status=${answer##*$'\n'}
    http_body=${answer%$'\n'*}
    return "$code"
}

# api_call METHOD PATH [CURL ARGUMENTS]: a request with the token. A path that does not start with /api is the compute API's.
# Signs in anew once on a 401; waits and repeats when the server is unavailable for a moment.
api_call() {
    local method=$1 url=$2 tries=0 renewed='' code
    shift 2
    case $url in
        /api/*) url=$base$url ;;
        *) url=$api$url ;;
    esac
    ensure_token
    while :; do
        send "$method" "$url" "$@"
        code=$?
        if [ "$code" -ne 0 ]; then
            # Reads, and creates with an idempotency key, may be repeated when the connection broke.
            tries=$((tries + 1))
            case "$code/$repeatable" in
                52/yes | 56/yes) [ "$tries" -gt 3 ] || { sleep 1 && continue; } ;;
            esac
            network_error "$code"
        fi
        case $http_status in
            401)
                if [ -z "$renewed" ] && [ -z "${MIMIRY_API_KEY-}" ]; then
                    renewed=yes
                    sign_in
                    continue
                fi
                ;;
            503)
                tries=$((tries + 1))
                if [ "$(jq -r .error <<<"$http_body" 2>/dev/null)" = unavailable ] && [ "$tries" -le 3 ]; then
                    pause_as_told
                    continue
                fi
                ;;
        esac
        return 0
    done
}
repeatable=''

# Sleeps for as long as the answer asks, within reason.
pause_as_told() {
    local seconds
    seconds=$(jq -r '.retry_after_seconds // 2 | if . > 30 then 30 elif . < 0 then 0 else . end' <<<"$http_body" 2>/dev/null)
    sleep "${seconds:-2}"
}

# Like api_call, and any refusal ends the program.
fetch() {
    local repeatable_before=$repeatable
    [ "$1" != GET ] || repeatable=yes
    api_call "$@"
    repeatable=$repeatable_before
    case $http_status in
        2??) ;;
        *) refused ;;
    esac
}

# post METHOD PATH JSON [CURL ARGUMENTS]
post() {
    local method=$1 path=$2
    payload=$3
    shift 3
    fetch "$method" "$path" -H 'Content-Type: application/json' --data-binary @- "$@"
    payload=''
}

# Prints the server's own words and ends with the exit code for this kind of refusal.
refused() {
    local code message
    IFS=$'\t' read -r code message <<<"$(jq -r '[.error // "-",
        ((.message // .error // "") as $message | (.field // "") as $field
        | $message + (if $message | contains($field) then "" else " (field: \($field))" end)
        | gsub("[[:cntrl:]]"; " "))] | join("\t")' <<<"$http_body" 2>/dev/null)"
    [ -n "$message" ] || message="$base answered with HTTP status $http_status and no explanation: is it a Mimiry server?"
    say "$message"
    case $http_status/$code in
        422/no_matching_offer) exit "$EXIT_CAPACITY" ;;
        400/* | 422/*) exit "$EXIT_USAGE" ;;
        401/* | 403/*) exit "$EXIT_AUTH" ;;
        404/*) exit "$EXIT_NOT_FOUND" ;;
        402/* | 429/quota_exceeded) exit "$EXIT_MONEY" ;;
        409/* | 503/vm_setup_in_progress) exit "$EXIT_CONFLICT" ;;
        *) exit 1 ;;
    esac
}

# Adds --data-urlencode NAME=VALUE to the array query.
query=(-G)
filter() {
    query+=(--data-urlencode "$1=$2")
}

# take_filter OPTION VALUE: the filters that lists of sessions and volumes share.
take_filter() {
    local name=${1#--}
    name=${name//-/_}
    case $name in
        updated_after | updated_before) moment "$2" && filter "$name" "$moment" ;;
        *) filter "$name" "$2" ;;
    esac
}

# Sets moment: an RFC 3339 time as it is, or an age such as 10m as the time that long ago.
moment() {
    case $1 in
        *[smhd]) duration "$1" && moment=$(jq -nr --argjson ago "$duration" 'now - $ago | floor | todate') ;;
        *) moment=$1 ;;
    esac
}

# Sets duration to seconds, from 90, 90s, 10m, 2h, 1h30m or 1d.
duration() {
    local rest=$1 number unit
    duration=0
    [[ $rest =~ ^([0-9]+[smhd]?)+$ ]] || usage_error "'$1' is no duration: write 90s, 10m, 2h or 1h30m"
    while [ -n "$rest" ]; do
        number=${rest%%[smhd]*}
        rest=${rest#"$number"}
        unit=${rest:0:1}
        rest=${rest:1}
        case $unit in
            m) number=$((10#$number * 60)) ;;
            h) number=$((10#$number * 3600)) ;;
            d) number=$((10#$number * 86400)) ;;
            *) number=$((10#$number)) ;;
        esac
        duration=$((duration + number))
    done
}

is_uuid() {
    [[ $1 =~ ^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$ ]]
}

# resolve KIND REFERENCE: sets id from a full id, the name of exactly one (a live one first), or a unique start of an id.
resolve() {
    local kind=$1 reference=$2 found='' page offset=0
    id=$reference
    if is_uuid "$reference"; then return; fi
    while [ "$offset" -lt 1000 ]; do
        fetch GET "/${kind}s" -G --data limit=100 --data "offset=$offset"
        page=$(jq -r --arg kind "${kind}s" --arg ref "$reference" '.[$kind] as $all
            | ($all[] | select(.name == $ref or (.id | startswith($ref | ascii_downcase)))
                | [(if .name == $ref then
                        (if .state as $s | ["submitted", "provisioned", "started"] | index($s) then "1" else "3" end)
                    else "2" end), .id, .state, .name] | join("\t")),
              (if ($all | length) == 100 then "more" else empty end)' <<<"$http_body") || fail 1 "no list of ${kind}s came back"
        found=$found${found:+$'\n'}${page%more}
        case $page in
            *more) offset=$((offset + 100)) ;;
            *) break ;;
        esac
    done
    pick_match "$kind" "$reference" "$found"
}

# Of the lines RANK, id, state, name: the best rank has to hold exactly one.
pick_match() {
    local kind=$1 reference=$2 rank line matches
    for rank in 1 2 3; do
        matches=''
        while IFS= read -r line; do
            case $line in
                "$rank"$'\t'*) matches=$matches${matches:+$'\n'}${line#*$'\t'} ;;
            esac
        done <<<"$3"
        case $matches in
            '') ;;
            *$'\n'*)
                say "'$reference' means more than one $kind; say which by id:"
                printf '%s\n' "$matches" >&2
                exit "$EXIT_USAGE"
                ;;
            *)
                id=${matches%%$'\t'*}
                return
                ;;
        esac
    done
    fail "$EXIT_NOT_FOUND" "no $kind of yours is called '$reference' or has an id that starts so (see: mirc $kind list)"
}
