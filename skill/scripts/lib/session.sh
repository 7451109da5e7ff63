# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shares its variables with the other files
# mirc session create | list | status. Sourced by mirc.sh.

session_list() {
    while [ $# -gt 0 ]; do
        case $1 in
            --state | --state-not | --operation | --operation-not | --limit | --offset | --updated-after | --updated-before)
                need "$1" $#
                take_filter "$1" "$2"
                shift 2
                ;;
            *) unknown "$1" ;;
        esac
    done
    fetch GET /sessions "${query[@]}"
    show sessions_table
}

session_status() {
    local reference='' tail=20
    while [ $# -gt 0 ]; do
        case $1 in
            --events) need "$1" $# && tail=$2 && shift 2 ;;
            -*) unknown "$1" ;;
            *) [ -z "$reference" ] || unknown "$1"; reference=$1 && shift ;;
        esac
    done
    [ -n "$reference" ] || usage_error 'which session? Give its id, the start of its id, or its name'
    resolve session "$reference"
    fetch GET "/sessions/$id" -G --data-urlencode "events_tail=$tail"
    show session_view
}

# The request's scalars: option name, then how its value becomes JSON.
create_defaults() {
    name='' image='' command='' provider='' location='' auto_terminate='' ssh_enabled=true
    gpus='' families='' factors='' memories='' priorities='' volumes=''
    gpu_count=null max_attempts=null max_hourly_rate=null max_duration=null max_cost=null
    registry_user='' registry_password='' org='' idempotency_key='' dry_run='' wait_for='' follow='' own_code='' spot=''
    wait_limit=''
    environment=()
}

number() {
    [[ $2 =~ ^[0-9]+([.][0-9]+)?$ ]] || usage_error "$1 takes a number, not '$2'"
}

whole_number() {
    [[ $2 =~ ^[0-9]+$ ]] || usage_error "$1 takes a whole number, not '$2'"
}

# Lists may be given as a,b or by repeating the option.
join_list() {
    joined=$1${1:+,}$2
}

create_option() {
    local option=$1 value=$2
    case $option in
        --name) name=$value ;;
        --image) image=$value ;;
        --command) command=$value ;;
        --gpu) join_list "$gpus" "$value" && gpus=$joined ;;
        --gpu-family) join_list "$families" "$value" && families=$joined ;;
        --form-factor) join_list "$factors" "$value" && factors=$joined ;;
        --vram) join_list "$memories" "$value" && memories=$joined ;;
        --priority) join_list "$priorities" "$value" && priorities=$joined ;;
        --gpu-count) whole_number "$option" "$value" && gpu_count=$value ;;
        --max-attempts) whole_number "$option" "$value" && max_attempts=$value ;;
        --max-hourly-rate) number "$option" "$value" && max_hourly_rate=$value ;;
        --max-cost) number "$option" "$value" && max_cost=$value ;;
        --max-duration) duration "$value" && max_duration=$duration ;;
        --provider) provider=$value ;;
        --location) location=$value ;;
        --auto-terminate)
            case $value in
                true | false | on_success | on_complete | never) auto_terminate=$value ;;
                *) usage_error "--auto-terminate takes true, false or on_success, not '$value'" ;;
            esac
            ;;
        --volume)
            case $value in
                ?*:/*) volumes=$volumes${volumes:+$'\n'}$value ;;
                *) usage_error "--volume takes NAME:/path, not '$value'" ;;
            esac
            ;;
        --env | -e) add_environment "$value" ;;
        --env-file) read_environment_file "$value" ;;
        --registry-user) registry_user=$value ;;
        --org) org=$value ;;
        --idempotency-key) idempotency_key=$value ;;
        --timeout) duration "$value" && wait_limit=$duration ;;
        --wait-for)
            case $value in
                started | ended) wait_for=$value ;;
                *) usage_error "--wait-for takes started or ended, not '$value'" ;;
            esac
            ;;
        *) unknown "$option" ;;
    esac
}

create_flag() {
    case $1 in
        --no-ssh) ssh_enabled=false ;;
        --spot) spot=yes ;;
        --dry-run) dry_run=yes ;;
        --wait) wait_for=${wait_for:-yes} ;;
        --follow) follow=yes ;;
        --exit-code) own_code=yes ;;
        --registry-password-stdin) IFS= read -r registry_password || [ -n "$registry_password" ] ||
            usage_error '--registry-password-stdin found nothing on standard input' ;;
        *) return 1 ;;
    esac
}

# KEY=VALUE, or KEY alone for the value that it has here.
add_environment() {
    local key=${1%%=*}
    [[ $key =~ ^[A-Za-z_][A-Za-z0-9_.-]*$ ]] || usage_error "'$key' is no name for an environment variable: write KEY=VALUE"
    case $1 in
        *=*) environment+=("$1") ;;
        *)
            [[ $key =~ ^[A-Za-z_][A-Za-z0-9_]*$ && -n "${!key+set}" ]] ||
                usage_error "--env $key: there is no such variable here; write $key=VALUE"
            environment+=("$key=${!key}")
            ;;
    esac
}

read_environment_file() {
    local line
    [ -r "$1" ] || usage_error "cannot read the file $1"
    while IFS= read -r line || [ -n "$line" ]; do
        line=${line%$'\r'}
        case $line in
            '' | '#'*) ;;
            *) add_environment "$line" ;;
        esac
    done <"$1"
}

# Prints the body of POST /sessions. What is secret goes to jq through a pipe, not in its arguments.
create_body() {
    printf '%s\0' "$registry_password" "$command" "${environment[@]}" | jq -Rsc \
        --arg name "$name" --arg image "$image" --arg user "$registry_user" --arg org "$org" \
        --arg gpus "$gpus" --arg families "$families" --arg factors "$factors" --arg memories "$memories" \
        --arg priorities "$priorities" --arg provider "$provider" --arg location "$location" \
        --arg spot "$spot" --arg volumes "$volumes" --arg auto "$auto_terminate" --arg public "$1" --argjson ssh "$ssh_enabled" \
        --argjson count "$gpu_count" --argjson attempts "$max_attempts" --argjson rate "$max_hourly_rate" \
        --argjson duration "$max_duration" --argjson cost "$max_cost" '
        def words: split(",") | map(gsub("^\\s+|\\s+$"; "") | select(. != ""));
        def present: with_entries(select(.value != null and .value != "" and .value != [] and .value != {}));
        split("\u0000") as [$password, $command]
        | (split("\u0000")[2:] | map(select(. != "") | index("=") as $at | {key: .[:$at], value: .[$at + 1:]}) | from_entries) as $environment
        | {
            name: $name,
            image: ({uri: $image, registry_auth: (if $user == "" then null else {username: $user, password: $password} end)} | present),
            gpu: ({types: ($gpus | words), family: ($families | words), form_factor: ($factors | words),
                vram_gb: ($memories | words | map(tonumber)), priority: ($priorities | words | map(ascii_upcase)),
                count: $count, max_attempts: $attempts, max_hourly_rate: $rate, provider: $provider, location: $location,
                spot: (if $spot == "" then null else true end)} | present),
            command: $command,
            environment_vars: $environment,
            auto_terminate: (if $auto == "" then null elif $auto == "true" then true elif $auto == "false" then false
                else {mode: $auto} end),
            ssh_public_key: $public,
            volume_mounts: ($volumes | split("\n") | map(capture("^(?<volume>.*?):(?<path>/.*)$")
                | {(if .volume | test("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$") then "volume_id" else "volume_name" end): .volume,
                   mount_path: .path})),
            max_duration: $duration, max_cost: $cost, org_id: $org
          } | present + {ssh_enabled: $ssh}'
}

session_create() {
    local public='' body path=/sessions
    create_defaults
    while [ $# -gt 0 ]; do
        if create_flag "$1"; then
            shift
        else
            case $1 in -*) ;; *) unknown "$1" ;; esac
            need "$1" $#
            create_option "$1" "$2"
            shift 2
        fi
    done
    [ -n "$image" ] || usage_error '--image is needed: which container shall run?'
    [ -n "$name" ] || default_name
    if [ -n "$MIMIRY_API_KEY" ]; then
        find_key
        [ -z "$key" ] || [ ! -r "$key.pub" ] || IFS= read -r public <"$key.pub"
    fi
    [[ $memories =~ ^[0-9,]*$ ]] || usage_error "--vram takes gigabytes, not '$memories'"
    body=$(create_body "$public") || fail 1 'the request could not be put together'
    [ -z "$dry_run" ] || path="/sessions?dry_run=true"
    # With a key of its own, a create whose answer got lost can be sent again without making a second session.
    if [ -z "$idempotency_key" ]; then
        needs_tools openssl
        idempotency_key=$(openssl rand -hex 16)
    fi
    repeatable=yes
    post POST "$path" "$body" -H "Idempotency-Key: $idempotency_key"
    repeatable=''
    if [ -n "$dry_run" ]; then
        jq -e .message >/dev/null <<<"$http_body" && say "$(jq -r .message <<<"$http_body")"
        show '(.candidates // .) | if type == "array" then any_table else any_facts end'
        return
    fi
    after_create
}

# From the image's own name: registry/path/pytorch:24.01 becomes pytorch.
default_name() {
    name=${image##*/}
    name=${name%%[:@]*}
    name=${name:0:64}
}

# What an answered create shows, and what it then waits for.
after_create() {
    local created=$http_body
    id=$(jq -r .id <<<"$created")
    if for_people || [ -t 2 ]; then cost_of "$created"; fi
    [ -z "$wait_for$follow" ] || say "session $id"
    if [ -n "$follow" ]; then
        load logs
        wait_for_session started
        if [ "$(jq -r .state <<<"$http_body")" != provision_failed ]; then
            follow_logs "$id" '' '' yes
            wait_for_session ended
        fi
    elif [ "$wait_for" = yes ]; then
        case $command/$auto_terminate in
            /* | */false | */never) wait_for_session started ;;
            *) wait_for_session ended ;;
        esac
    elif [ -n "$wait_for" ]; then
        wait_for_session "$wait_for"
    else
        http_body=$created
    fi
    show_created
    [ -z "$wait_for$follow" ] || judge_session
}

show_created() {
    if for_people && [ -z "$wait_for$follow" ]; then
        jq -L "$lib" -r 'include "show"; "\(.name | clean | bold) is \(phase). Its id: \(.id)",
            ("Next: mirc session status \(.id)   mirc session logs \(.id) --follow   mirc session ssh \(.id)" | dim)' <<<"$http_body"
    elif [ -z "$follow" ]; then
        show session_facts
    fi
}

# The cost line: rate, hold and how long the balance lasts. A balance that cannot be read is no reason to fail.
cost_of() {
    local payer
    payer=$(jq -r '.org_id // empty' <<<"$1")
    api_call GET "/balance${payer:+/org/$payer}"
    [ "$http_status" = 200 ] || return 0
    jq -L "$lib" -r --argjson session "$1" 'include "show"; "Cost: " + cost_line($session)' <<<"$http_body" >&2
}
