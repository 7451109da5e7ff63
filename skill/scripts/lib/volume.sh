# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shares its variables with the other files
# mirc volume create | list | status | extend | delete. Sourced by mirc.sh.

volume_create() {
    local name='' size='' provider='' location='' type='' org='' body
    while [ $# -gt 0 ]; do
        case $1 in
            -*) need "$1" $# ;;
            *) unknown "$1" ;;
        esac
        case $1 in
            --name) name=$2 ;;
            --size-gb | --size) size=$2 ;;
            --provider) provider=$2 ;;
            --location) location=$2 ;;
            --type | --volume-type) type=$2 ;;
            --org) org=$2 ;;
            *) unknown "$1" ;;
        esac
        shift 2
    done
    [ -n "$name" ] || usage_error '--name is needed'
    check_size "$size"
    body=$(jq -nc --arg name "$name" --argjson size "$size" --arg provider "$provider" --arg location "$location" \
        --arg type "$type" --arg org "$org" '{name: $name, size_gb: $size, provider: $provider, location: $location,
            volume_type: $type, org_id: $org} | with_entries(select(.value != ""))') || exit 1
    post POST /volumes "$body"
    show volume_view
}

check_size() {
    [ -n "$1" ] || usage_error '--size-gb is needed'
    [[ $1 =~ ^[1-9][0-9]*$ ]] || usage_error "--size-gb takes a whole number of gigabytes, not '$1'"
}

volume_list() {
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
    fetch GET /volumes "${query[@]}"
    show volumes_table
}

# Sets id from the one argument.
one_volume() {
    [ $# -gt 0 ] || usage_error 'which volume? Give its id, the start of its id, or its name'
    case $1 in -*) unknown "$1" ;; esac
    [ $# -eq 1 ] || unknown "$2"
    resolve volume "$1"
}

volume_status() {
    one_volume "$@"
    fetch GET "/volumes/$id"
    show volume_view
}

volume_delete() {
    one_volume "$@"
    fetch DELETE "/volumes/$id"
    show volume_view
}

volume_extend() {
    local size='' reference=''
    while [ $# -gt 0 ]; do
        case $1 in
            --size-gb | --size) need "$1" $# && size=$2 && shift 2 ;;
            -*) unknown "$1" ;;
            *) [ -z "$reference" ] || unknown "$1"; reference=$1 && shift ;;
        esac
    done
    check_size "$size"
    one_volume ${reference:+"$reference"}
    post PATCH "/volumes/$id" "{\"size_gb\": $size}"
    show volume_view
}
