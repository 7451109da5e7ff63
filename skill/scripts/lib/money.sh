# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shares its variables with the other files
# mirc availability | balance | quota | transactions | usage | org. Sourced by mirc.sh.

# Public: needs no key.
availability() {
    while [ $# -gt 0 ]; do
        case $1 in
            --all) filter available_only false && shift ;;
            --detail) filter detail full && shift ;;
            --provider | --location | --form-factor | --gpu-family | --min-gpu-count | --max-age)
                need "$1" $#
                take_filter "$1" "$2"
                shift 2
                ;;
            --gpu) need "$1" $# && filter gpu_family "$2" && shift 2 ;;
            --vram | --min-vram | --min-vram-gb) need "$1" $# && filter min_vram_gb "$2" && shift 2 ;;
            *) unknown "$1" ;;
        esac
    done
    send GET "$api/availability" "${query[@]}" || network_error $?
    [ "$http_status" = 200 ] || refused
    show availability_table
}

# An organization or user as one path segment.
segment() {
    segment=$(jq -rn --arg text "$1" '$text | @uri')
}

balance() {
    local path=/balance
    while [ $# -gt 0 ]; do
        case $1 in
            --org) need "$1" $# && segment "$2" && path=/balance/org/$segment && shift 2 ;;
            --user) need "$1" $# && segment "$2" && path=/balance/user/$segment && shift 2 ;;
            *) unknown "$1" ;;
        esac
    done
    fetch GET "$path"
    show balance_view
}

quota() {
    while [ $# -gt 0 ]; do
        case $1 in
            --org) need "$1" $# && filter org_id "$2" && shift 2 ;;
            *) unknown "$1" ;;
        esac
    done
    fetch GET /quota "${query[@]}"
    show quota_table
}

transactions() {
    local csv=''
    while [ $# -gt 0 ]; do
        case $1 in
            --limit | --offset | --type | --session-id | --volume-id) need "$1" $# && take_filter "$1" "$2" && shift 2 ;;
            --from | --to) need "$1" $# && moment "$2" && filter "${1#--}" "$moment" && shift 2 ;;
            --org) need "$1" $# && filter org_id "$2" && shift 2 ;;
            --csv) csv=yes && shift ;;
            *) unknown "$1" ;;
        esac
    done
    if [ -n "$csv" ]; then
        fetch GET /transactions "${query[@]}" -H 'Accept: text/csv'
        printf '%s\n' "${http_body%$'\r'}"
        return
    fi
    fetch GET /transactions "${query[@]}"
    show transactions_table
}

usage() {
    local group=day
    while [ $# -gt 0 ]; do
        case $1 in
            --by | --group-by)
                need "$1" $#
                case $2 in
                    user | session | gpu | day) group=$2 ;;
                    *) usage_error "--by takes user, session, gpu or day, not '$2'" ;;
                esac
                shift 2
                ;;
            --from | --to) need "$1" $# && moment "$2" && filter "${1#--}" "${moment:0:10}" && shift 2 ;;
            --org) need "$1" $# && filter org_id "$2" && shift 2 ;;
            *) unknown "$1" ;;
        esac
    done
    filter group_by "$group"
    fetch GET /usage "${query[@]}"
    show usage_table
}

organizations=/api/organizations/v1

org() {
    local verb=${1-} wanted='' email='' role=member user='' changes=()
    [ $# -eq 0 ] || shift
    topic="org $verb"
    while [ $# -gt 0 ]; do
        case $1 in
            --org) need "$1" $# && wanted=$2 && shift 2 ;;
            --role) need "$1" $# && role=$2 && shift 2 ;;
            --user) need "$1" $# && user=$2 && shift 2 ;;
            --day | --month) need "$1" $# && limit_of "$1" "$2" && changes+=("$limit") && shift 2 ;;
            -*) unknown "$1" ;;
            *)
                if [ "$verb" != invite ] || [ -n "$email" ]; then unknown "$1"; fi
                email=$1
                shift
                ;;
        esac
    done
    case $verb in
        list)
            fetch GET "$organizations"
            show '(.organizations // .) | organizations_table'
            ;;
        members)
            find_organization "$wanted"
            fetch GET "$organizations/$organization/members"
            show '(.members // .) | any_table'
            ;;
        invite) invite "$wanted" "$email" "$role" ;;
        limits) limits "$wanted" "$user" ${changes[@]+"${changes[@]}"} ;;
        *) topic=org && usage_error "there is no 'org $verb'" ;;
    esac
}

invite() {
    [ -n "$2" ] || usage_error 'whom? Give the e-mail address'
    find_organization "$1"
    post POST "$organizations/$organization/members/invite" "$(jq -nc --arg email "$2" --arg role "$3" '{email: $email, role: $role}')"
    show any_facts
}

# limit_of --day|--month AMOUNT|none: sets limit to what the server wants to hear.
limit_of() {
    case $2 in
        none) limit=null ;;
        '' | *[!0-9.]* | *.*.*) usage_error "$1 takes an amount in euro or none, not '$2'" ;;
        *) limit=$2 ;;
    esac
    limit=$(jq -nc --arg period "${1#--}" --arg limit "$limit" '{period: $period, limit: ($limit | if . == "null" then null else tonumber end)}') \
        || usage_error "$1 takes an amount in euro or none, not '$2'"
}

# limits ORGANIZATION USER [CHANGE...]: makes the changes, then shows what holds.
limits() {
    local path=/spend-limits user=$2 change
    if [ -n "$1" ]; then
        segment "$1"
        path="$path?org_id=$segment"
    fi
    shift 2
    [ $# -gt 0 ] || fetch GET "$path"
    for change in "$@"; do
        post PUT "$path" "$(jq -c --arg user "$user" '. + if $user == "" then {} else {user_id: $user} end' <<<"$change")"
    done
    show limits_table
}

# Sets organization from an id, a slug or a name; without one, to the only organization there is.
find_organization() {
    organization=$1
    if is_uuid "$1"; then return; fi
    local found='[]' offset=0 total=1
    while [ "$offset" -lt "$total" ]; do
        fetch GET "$organizations?limit=100&offset=$offset"
        found=$(jq -c --argjson found "$found" --arg wanted "$1" \
            '$found + [.organizations[] | select($wanted == "" or .slug == $wanted or .name == $wanted) | .id]' <<<"$http_body")
        total=$(jq -r '.total // 0' <<<"$http_body")
        offset=$((offset + 100))
    done
    organization=$(jq -r 'if length == 1 then .[0] else "\(length) organizations" end' <<<"$found")
    case $organization in
        '0 organizations') fail "$EXIT_NOT_FOUND" "you are in no organization called '$1' (see: mirc org list)" ;;
        *' organizations') usage_error 'which organization? Say --org NAME (see: mirc org list)' ;;
    esac
}
