# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # shares its variables with the other files; texts name variables of others
# mirc auth | install | completion. Sourced by mirc.sh.

# Signs in and says who one is.
auth() {
    local force=''
    while [ $# -gt 0 ]; do
        case $1 in
            --force) force=yes && shift ;;
            --logout) log_out ;;
            *) unknown "$1" ;;
        esac
    done
    if [ -n "$force" ] && [ -z "${MIMIRY_API_KEY-}" ]; then
        find_key
        [ -z "$key" ] || { token_file && rm -f "$token_path"; }
    fi
    fetch GET /api/v1/me
    show 'facts(["signed in to", $base], ["user", (.email // .user.email)], ["key", $key]),
        (.organizations // [] | if length > 0 then "", any_table else empty end)' --arg base "$base" --arg key "${key-}"
}

log_out() {
    find_key
    [ -z "$key" ] || { token_file && rm -f "$token_path"; }
    say "the token for $base is forgotten here"
    exit 0
}

# A link named mirc in a directory of the PATH.
install() {
    local directory=$HOME/.local/bin whole
    while [ $# -gt 0 ]; do
        case $1 in
            --dir) need "$1" $# && directory=$2 && shift 2 ;;
            *) unknown "$1" ;;
        esac
    done
    whole=$(cd "$here" && pwd -P)/${self##*/}
    mkdir -p "$directory" || fail 1 "cannot make $directory"
    if [ -e "$directory/mirc" ] && [ ! -L "$directory/mirc" ]; then
        fail "$EXIT_CONFLICT" "$directory/mirc is there already and no link: move it away first"
    fi
    ln -sf "$whole" "$directory/mirc" || fail 1 "cannot write to $directory"
    printf 'mirc is now %s\n' "$directory/mirc"
    case :$PATH: in
        *":$directory:"*) ;;
        *) printf 'Add it to your PATH: export PATH="%s:$PATH"\n' "$directory" ;;
    esac
    printf 'Completion: eval "$(mirc completion bash)" in ~/.bashrc, or zsh in ~/.zshrc\n'
}

completion() {
    case ${1-} in
        bash) cat "$lib/completion.bash" ;;
        zsh) cat "$lib/completion.zsh" ;;
        words) shift && completion_words "$@" ;;
        *) usage_error 'which shell? bash or zsh' ;;
    esac
}

# completion words WORD...: what may follow these words.
completion_words() {
    local common='--key --api-base --json --table --help' filters='--state --state-not --operation --operation-not --limit --offset --updated-after --updated-before'
    local last=''
    [ $# -eq 0 ] || last=${!#}
    case $last in
        --state | --state-not)
            case ${1-} in
                volume) echo 'submitted provisioned deleted failed' ;;
                *) echo 'submitted provisioned started completed failed stopped provision_failed terminated' ;;
            esac
            return
            ;;
        --operation | --operation-not) echo 'provisioning starting stopping terminating resizing deleting' && return ;;
        --auto-terminate) echo 'true false on_success' && return ;;
        --wait-for) echo 'started ended' && return ;;
        --priority) echo 'PRICE GPU FAMILY FORM_FACTOR VRAM' && return ;;
        --role) echo 'owner admin member billing viewer' && return ;;
        --by) echo 'user session gpu day' && return ;;
    esac
    case "${1-} ${2-}" in
        ' ') echo "session volume availability balance quota transactions usage org ssh auth install completion help $common" ;;
        'session ') echo 'create list status logs ssh terminate availability balance' ;;
        'session create')
            echo "--name --image --gpu --gpu-count --gpu-family --vram --form-factor --priority --max-attempts --max-hourly-rate --spot --max-cost" \
                "--max-duration --command --env --env-file --provider --location --auto-terminate --no-ssh --volume --registry-user" \
                "--registry-password-stdin --org --idempotency-key --dry-run --wait --wait-for --follow --exit-code --timeout $common"
            ;;
        'session list' | 'volume list') echo "$filters $common" ;;
        'session status') echo "--events $common" ;;
        'session logs') echo "--follow --tail --since --no-timestamps --timeout $common" ;;
        'session ssh') echo "--wait --timeout $common" ;;
        'session terminate') echo "--wait --timeout $common" ;;
        'volume ') echo 'create list status extend delete' ;;
        'volume create') echo "--name --size-gb --provider --location --type --org $common" ;;
        'volume extend') echo "--size-gb $common" ;;
        'org ') echo 'list members invite limits' ;;
        'org invite') echo "--org --role $common" ;;
        'org limits') echo "--day --month --user --org $common" ;;
        'org '*) echo "--org $common" ;;
        'ssh ') echo register ;;
        'ssh register') echo "--title --code --user --yes $common" ;;
        'completion ') echo 'bash zsh' ;;
        'availability '*) echo "--provider --gpu-family --min-vram --location --form-factor --min-gpu-count --all --detail $common" ;;
        'balance '*) echo "--org --user $common" ;;
        'transactions '*) echo "--limit --offset --type --from --to --session-id --volume-id --org --csv $common" ;;
        'usage '*) echo "--by --from --to --org $common" ;;
        'auth '*) echo "--force --logout $common" ;;
        'install '*) echo --dir ;;
        *) echo "$common" ;;
    esac
}
