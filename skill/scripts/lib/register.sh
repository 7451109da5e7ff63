# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shares its variables with the other files
# mirc ssh register: brings a first key to an account, guided. Sourced by mirc.sh.

registrations=$base/api/auth/v1/ssh-keys/register
# The only namespace that a registration may ask us to sign in; with another one, a server could have a sign-in signed.
registration_namespace=mimiry-ssh-key-registration
registration=''

ssh_command() {
    local verb=${1-} title='' code='' user='' yes='' public state email
    [ $# -eq 0 ] || shift
    topic="ssh $verb"
    [ "$verb" = register ] || { topic=ssh && usage_error "there is no 'ssh $verb'"; }
    while [ $# -gt 0 ]; do
        case $1 in
            --title) need "$1" $# && title=$2 && shift 2 ;;
            --code) need "$1" $# && code=$2 && shift 2 ;;
            --user) need "$1" $# && user=$2 && shift 2 ;;
            -y | --yes) yes=yes && shift ;;
            *) unknown "$1" ;;
        esac
    done
    needs_tools ssh-keygen openssl
    name_key
    trap cancel_registration INT
    # First of all: who has no way to register needs no new key.
    begin_registration "${title:-${HOSTNAME:-mirc}}" "$code" "$user"
    choose_key
    state=initiated
    while [ "$state" = initiated ]; do
        sleep 2
        registration_status
    done
    [ "$state" = portal_verified ] || registration_over
    confirm_owner
    prove_key
    trap 'exit 130' INT
    key_is_new=yes
    remember_key
    if for_people; then
        printf 'The key %s is registered for %s. Sign in with it: mirc auth\n' "$key.pub" "$email"
    else
        show .
    fi
}

# The key of --key; without one ~/.ssh/mimiry.
name_key() {
    [ -n "$key_option" ] || key_option=$HOME/.ssh/mimiry
    key=${key_option%.pub}
    case $key in
        /*) ;;
        *) key=$PWD/$key ;;
    esac
    key_option=$key
}

# Made if it is not there.
choose_key() {
    if [ ! -e "$key" ] && [ ! -e "$key.pub" ]; then
        say "making a new key, $key"
        (umask 077 && mkdir -p "${key%/*}")
        ssh-keygen -q -t ed25519 -f "$key" -C mimiry || {
            delete_registration
            fail 1 "ssh-keygen could not make $key"
        }
    fi
    find_key
    if [ -r "$key.pub" ]; then
        IFS= read -r public <"$key.pub"
    else
        public=$(ssh-keygen -yf "$key") || fail 1 "cannot read the key $key"
    fi
}

# registration_call METHOD PATH [JSON]: its bearer is the registration itself.
registration_call() {
    token=$registration
    if [ $# -gt 2 ]; then
        payload=$3
        send "$1" "$registrations$2" -H 'Content-Type: application/json' --data-binary @- || network_error $?
        payload=''
    else
        send "$1" "$registrations$2" || network_error $?
    fi
    case $http_status$2 in
        2??*) ;;
        404/init)
            [ -e "$key.pub" ] || say "make a key first: ssh-keygen -t ed25519 -f $key"
            fail "$EXIT_NOT_FOUND" "$base has no guided registration: let its operator add $key.pub (./mimiry admin key add)"
            ;;
        *) refused ;;
    esac
}

begin_registration() {
    registration_call POST /init "$(jq -nc --arg title "$1" --arg code "$2" --arg user "$3" \
        '{title: $title, client_hint: "mirc", tmp_pub: $code, intended_user: $user} | with_entries(select(.value != ""))')"
    registration=$(jq -r .registration_id <<<"$http_body")
    is_uuid "$registration" || fail 1 "$base gave no registration: is it a Mimiry server?"
    say "open this page, sign in and confirm: $(jq -r '.verify_url | gsub("[[:cntrl:]]"; "")' <<<"$http_body")"
}

registration_status() {
    registration_call GET "/$registration/status"
    IFS=$'\t' read -r state email <<<"$(jq -r '[.state, (.verified_user_email // "-")] | map(gsub("[[:cntrl:]]"; "")) | join("\t")' <<<"$http_body")"
}

registration_over() {
    local message
    message=$(jq -r '.message // "" | gsub("[[:cntrl:]]"; " ")' <<<"$http_body")
    fail "$EXIT_AUTH" "the registration is $state${message:+: $message}; start again with: mirc ssh register"
}

confirm_owner() {
    local answer=''
    [ -z "$yes" ] || return 0
    if [ ! -t 0 ]; then
        delete_registration
        fail "$EXIT_USAGE" "confirmed in the portal by $email; without a terminal to ask at, say --yes to go on"
    fi
    printf 'Give the key %s to the account %s? [y/N] ' "$key.pub" "$email" >&2
    read -r answer
    case $answer in
        y | Y | yes | Yes) ;;
        *)
            delete_registration
            fail 1 'cancelled; nothing was registered'
            ;;
    esac
}

prove_key() {
    local algorithm challenge signer=$key signature
    registration_call POST "/$registration/submit-key" "$(jq -nc --arg key "$public" '{public_key: $key}')"
    { read -r algorithm && read -r challenge; } <<<"$(jq -r '.algorithm, .challenge' <<<"$http_body")"
    if [ "$algorithm" != "$registration_namespace" ]; then
        delete_registration
        fail 1 "the server asked for a signature for '${algorithm//[^A-Za-z0-9-]/_}': refused, a registration signs for $registration_namespace only"
    fi
    [ -e "$signer" ] || signer=$key.pub
    signature=$(printf '%s' "$challenge" | openssl base64 -d -A | ssh-keygen -q -Y sign -f "$signer" -n "$registration_namespace" |
        openssl base64 -A)
    [ -n "$signature" ] || fail 1 "ssh-keygen could not sign with $signer"
    registration_call POST "/$registration/prove-ownership" "$(jq -nc --arg signature "$signature" '{signature: $signature}')"
}

delete_registration() {
    [ -z "$registration" ] || (registration_call DELETE "/$registration") 2>/dev/null
    return 0
}

cancel_registration() {
    delete_registration
    exit 130
}
