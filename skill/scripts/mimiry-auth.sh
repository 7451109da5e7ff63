# shellcheck shell=bash
# Signs in to Mimiry with an SSH key. To be sourced, by bash or zsh:
#
#   source mimiry-auth.sh KEY [API_BASE]
#
# KEY       path of an SSH key registered with Mimiry, with or without .pub; with only the .pub file there, the
#           private half is asked of the SSH agent
# API_BASE  address of the server; default $MIMIRY_API_BASE, else http://127.0.0.1:8080
#
# Exports MIMIRY_TOKEN (a bearer token, good for an hour) and MIMIRY_API (API_BASE/api/compute/v1). On failure it says
# why on standard error, exports nothing and returns 1. Needs curl, jq, ssh-keygen (OpenSSH 8.1 or newer) and openssl.

_mimiry_auth_say() {
    printf 'mimiry-auth: %s\n' "$1" >&2
}

# Turns a refusal of the server into a sentence with the remedy. Reads the answer's body from standard input.
_mimiry_auth_refusal() {
    local code message
    { IFS= read -r code && IFS= read -r message; } <<REFUSAL
$(jq -r '(.error // ""), (.message // .error // "" | gsub("[\\n\\r]"; " "))' 2>/dev/null)
REFUSAL
    [ -n "$message" ] || message="the server answered with HTTP status $1"
    case $code in
        key_not_registered)
            _mimiry_auth_say "$message. Register it with: mirc ssh register --key $2 (or in the portal: Profile, SSH Keys, Add Key)"
            ;;
        timestamp_expired)
            _mimiry_auth_say "$message. This machine's clock says $(date -u '+%Y-%m-%d %H:%M:%S') UTC; set it right and try again"
            ;;
        *) _mimiry_auth_say "$message" ;;
    esac
}

# Prints the token. Runs in a subshell: what it sets is gone afterwards.
_mimiry_auth_token() {
    local key base public signer fingerprint moment nonce signature answer httpcode quiet tool
    key=${1%.pub}
    base=$2
    for tool in curl jq ssh-keygen openssl; do
        command -v "$tool" >/dev/null 2>&1 || {
            _mimiry_auth_say "$tool is needed and was not found: install it first"
            return 1
        }
    done
    public=$key.pub
    signer=$key
    if [ ! -e "$key" ]; then
        signer=$public
        [ -e "$public" ] || {
            _mimiry_auth_say "no key at $key or $public: give the path of a registered SSH key"
            return 1
        }
    fi
    [ -e "$public" ] || public=$key
    fingerprint=$(ssh-keygen -lf "$public" 2>/dev/null) || {
        _mimiry_auth_say "$public cannot be read as an SSH key"
        return 1
    }
    quiet=-q
    case $fingerprint in
        *-SK\)*)
            quiet=''
            _mimiry_auth_say 'touch your security key when it blinks'
            ;;
    esac
    fingerprint=${fingerprint#* }
    fingerprint=${fingerprint%% *}
    moment=$(date +%s)
    nonce=$(openssl rand -hex 16) || return 1
    signature=$(printf '%s\n%s\n%s' "$fingerprint" "$moment" "$nonce" |
        ssh-keygen ${quiet:+"$quiet"} -Y sign -f "$signer" -n mimiry-auth | openssl base64 -A) || signature=''
    [ -n "$signature" ] || {
        if [ "$signer" = "$public" ]; then
            _mimiry_auth_say "there is no private key beside $public and the SSH agent does not hold it: ssh-add it first"
        else
            _mimiry_auth_say "ssh-keygen could not sign with $signer"
        fi
        return 1
    }
    set -- -s -X POST --connect-timeout 10 --max-time 30 -H 'Content-Type: application/json' -w '\n%{http_code}'
    case $base in
        http://127.* | http://localhost* | http://\[::1\]*) set -- "$@" --noproxy '*' ;;
    esac
    # Headers go in by standard input, so that no other user of this machine can read them from the process list.
    answer=$(printf 'header = "%s"\n' "X-SSH-Fingerprint: $fingerprint" "X-SSH-Timestamp: $moment" \
        "X-SSH-Nonce: $nonce" "X-SSH-Signature: $signature" |
        curl --config - "$@" --data '{"expires_in": 3600}' "$base/api/v1/auth/token") || {
        _mimiry_auth_say "no answer from $base: is the server running? MIMIRY_API_BASE says where to look for it"
        return 1
    }
    httpcode=${answer##*
}
    answer=${answer%
*}
    [ "$httpcode" = 200 ] || {
        printf '%s' "$answer" | _mimiry_auth_refusal "$httpcode" "$key"
        return 1
    }
    printf '%s' "$answer" | jq -er '.access_token' 2>/dev/null || {
        _mimiry_auth_say "$base answered, but with no token: is it a Mimiry server?"
        return 1
    }
}

_mimiry_auth() {
    local base token
    base=${2:-${MIMIRY_API_BASE:-http://127.0.0.1:8080}}
    while [ "$base" != "${base%/}" ]; do base=${base%/}; done
    [ -n "${1-}" ] || {
        _mimiry_auth_say 'usage: source mimiry-auth.sh KEY [API_BASE]'
        return 1
    }
    token=$(_mimiry_auth_token "$1" "$base") || return 1
    export MIMIRY_TOKEN="$token" MIMIRY_API="$base/api/compute/v1"
}

if [ -n "${BASH_SOURCE[0]-}" ] && [ "${BASH_SOURCE[0]}" = "$0" ]; then
    _mimiry_auth_say "this file is to be sourced: source $0 KEY [API_BASE]"
    exit 1
fi
# A caller's trace (set -x) would print the token: it pauses meanwhile.
case $- in
    *x*) { _mimiry_auth_trace=on && set +x; } 2>/dev/null ;;
    *) _mimiry_auth_trace='' ;;
esac
_mimiry_auth "$@" || _mimiry_auth_trace="failed $_mimiry_auth_trace"
unset -f _mimiry_auth _mimiry_auth_token _mimiry_auth_refusal _mimiry_auth_say
case $_mimiry_auth_trace in
    '') unset _mimiry_auth_trace ;;
    on) unset _mimiry_auth_trace && set -x ;;
    'failed ') unset _mimiry_auth_trace && return 1 ;;
    *) unset _mimiry_auth_trace && set -x && return 1 ;;
esac
