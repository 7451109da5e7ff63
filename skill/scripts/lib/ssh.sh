# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shares its variables with the other files
# mirc session ssh. Sourced by mirc.sh.

session_ssh() {
    local reference='' waiting='' host port user state tries=0
    local -a options
    options=()
    while [ $# -gt 0 ]; do
        case $1 in
            --) shift && break ;;
            --wait) waiting=yes && shift ;;
            --timeout) need "$1" $# && duration "$2" && wait_limit=$duration && shift 2 ;;
            --*) unknown "$1" ;;
            -[BbcDEeFIiJLlmOopQRSWw]) need "$1" $# && options+=("$1" "$2") && shift 2 ;;
            -*) options+=("$1") && shift ;;
            *) [ -z "$reference" ] || break; reference=$1 && shift ;;
        esac
    done
    [ -n "$reference" ] || usage_error 'which session? Give its id, the start of its id, or its name'
    needs_tools ssh
    resolve session "$reference"
    if [ -n "$waiting" ]; then
        load wait
        wait_for_session started
    else
        fetch GET "/sessions/$id"
    fi
    read_address
    # The front door may need a moment longer than the container.
    while [ "$state/$host" = started/- ] && [ "$tries" -lt 10 ]; do
        tries=$((tries + 1))
        sleep 1
        fetch GET "/sessions/$id"
        read_address
    done
    [ "$state" = started ] || fail "$EXIT_CONFLICT" "the session is $state: there is a shell only while it is started"
    [ "$host" != - ] || fail "$EXIT_CONFLICT" 'the session is started, but its SSH address is not ready: try again in a moment'
    [[ $host$port$user =~ ^[A-Za-z0-9_.:@-]+$ && $host != -* && ( $user == - || $user != -* ) ]] ||
        fail 1 "the server gave an SSH address that cannot be one: $host"
    connect "$@"
}

# Sets state, host, port and user from the session in http_body; - stands for nothing.
read_address() {
    IFS=$'\t' read -r state host port user <<<"$(jq -r '[.state, (.ssh | .host // "-", .port // 22, .username // "-")]
        | map(tostring | gsub("[[:cntrl:][:space:]]"; "")) | join("\t")' <<<"$http_body")"
}

connect() {
    find_key
    trust_host
    [ -z "$key" ] || options=(-i "$key" "${options[@]}")
    [ "$user" = - ] || options=(-l "$user" "${options[@]}")
    trap - INT
    exec ssh -p "$port" "${options[@]}" "$host" "$@"
}

# Every session shows the same host key: the front door's. It is remembered at first sight for each API address, and a change is
# refused. On a loopback address nobody stands between, and servers come and go: nothing is checked there.
trust_host() {
    case $host in
        127.* | localhost | ::1)
            options=(-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "${options[@]}")
            ;;
        *)
            mkdir -p "$config_dir"
            options=(-o StrictHostKeyChecking=accept-new -o "UserKnownHostsFile=\"$config_dir/known_hosts\""
                -o "HostKeyAlias=mimiry-${base//[^A-Za-z0-9.-]/_}" -o LogLevel=ERROR "${options[@]}")
            ;;
    esac
}
