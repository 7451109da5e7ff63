# shellcheck shell=bash
# shellcheck disable=SC2154 # work, mirc, out and err come from run.sh
# Signing in: mimiry-auth.sh, and the tokens that mirc keeps. Sourced by run.sh.

test_sourcing_exports_token_and_api_and_nothing_else() {
    # shellcheck disable=SC2016 # the inner bash is to expand these
    expect_code 0 bash -c 'set -euo pipefail; options=$-; before=$(compgen -v; compgen -A function || true)
        source "$1/mimiry-auth.sh" "$2"
        after=$(compgen -v; compgen -A function || true)
        [ "$options" = "$-" ]
        { diff <(echo "$before") <(echo "$after") || true; } | sed -n "s/^> //p" | grep -vE "^(before|after|_|BASH_|PIPESTATUS|FUNCNAME)" | sort | tr "\n" " "
        echo; env | grep -c "^MIMIRY_TOKEN=secret-token"; echo "$MIMIRY_API"' _ "$scripts" "$work/key"
    expect_equal "$out" "MIMIRY_API MIMIRY_TOKEN "$'\n'"1"$'\n'"$MIMIRY_API_BASE/api/compute/v1"
}

test_the_key_may_be_named_with_or_without_pub() {
    # shellcheck disable=SC2016 # the inner bash is to expand these
    expect_code 0 bash -c 'source "$1/mimiry-auth.sh" "$2.pub" && echo "$MIMIRY_API"' _ "$scripts" "$work/key"
    expect_equal "$out" "$MIMIRY_API_BASE/api/compute/v1"
}

test_the_base_may_be_given_as_an_argument() {
    # shellcheck disable=SC2016 # the inner bash is to expand these
    expect_code 0 env MIMIRY_API_BASE=http://127.0.0.1:1 bash -c 'source "$1/mimiry-auth.sh" "$2" "$3/" && echo "$MIMIRY_API"' \
        _ "$scripts" "$work/key" "$MIMIRY_API_BASE"
    expect_equal "$out" "$MIMIRY_API_BASE/api/compute/v1"
}

test_a_key_that_only_the_agent_holds_signs_in() {
    local folder=$work/agent
    mkdir -p "$folder" && cp "$work/key.pub" "$folder/key.pub"
    # shellcheck disable=SC2016 # the inner bash is to expand these
    expect_code 0 ssh-agent bash -c 'ssh-add -q "$3" && source "$1/mimiry-auth.sh" "$2" && echo "$MIMIRY_API"' \
        _ "$scripts" "$folder/key" "$work/key"
    expect_equal "$out" "$MIMIRY_API_BASE/api/compute/v1"
}

test_a_trace_does_not_show_the_token() {
    # shellcheck disable=SC2016 # the inner bash is to expand these
    expect_code 0 bash -c 'set -x; source "$1/mimiry-auth.sh" "$2"; case $- in *x*) echo on ;; esac' _ "$scripts" "$work/key"
    expect_hasnt "$err" secret-token
    expect_equal "$out" on
}

test_refusals_name_the_remedy() {
    # shellcheck disable=SC2016 # the inner bash is to expand these
    local try='source "$1/mimiry-auth.sh" "$2" || echo "returned $?"'
    ssh-keygen -q -t ed25519 -N '' -f "$work/stranger"
    expect_code 0 bash -c "$try" _ "$scripts" "$work/stranger"
    expect_equal "$out" 'returned 1'
    expect_has "$err" 'SSH key not registered'
    expect_has "$err" 'mirc ssh register'
    : >"$work/drift"
    expect_code 0 bash -c "$try" _ "$scripts" "$work/key"
    rm "$work/drift"
    expect_has "$err" 'Timestamp expired'
    expect_has "$err" 'clock'
    expect_code 0 bash -c "$try" _ "$scripts" "$work/nosuch"
    expect_has "$err" 'no key at'
    expect_code 0 env MIMIRY_API_BASE=http://127.0.0.1:1 bash -c "$try" _ "$scripts" "$work/key"
    expect_has "$err" 'is the server running'
    expect_code 1 bash "$scripts/mimiry-auth.sh" "$work/key"
    expect_has "$err" 'sourced'
}

test_zsh_can_source_it() {
    command -v zsh >/dev/null || return 0
    # shellcheck disable=SC2016 # zsh is to expand these
    expect_code 0 zsh -c 'source "$1/mimiry-auth.sh" "$2" && echo "$MIMIRY_API"' _ "$scripts" "$work/key"
    expect_equal "$out" "$MIMIRY_API_BASE/api/compute/v1"
}

test_a_token_is_kept_for_its_owner_only_and_used_again() {
    local before
    sign_in_afresh
    before=$(grep -c 'auth/token' "$work/requests")
    expect_code 0 "$mirc" session list
    expect_code 0 "$mirc" balance
    expect_equal "$(grep -c 'auth/token' "$work/requests")" "$before"
    expect_equal "$(stat -c %a "$XDG_CACHE_HOME"/mimiry/*.token)" 600
    expect_equal "$(stat -c %a "$XDG_CACHE_HOME/mimiry")" 700
}

test_a_token_close_to_its_end_is_renewed() {
    sign_in_afresh
    sed -i "1s/.*/$(($(date +%s) + 30))/" "$XDG_CACHE_HOME"/mimiry/*.token
    local before
    before=$(grep -c 'auth/token' "$work/requests")
    expect_code 0 "$mirc" balance
    expect_equal "$(grep -c 'auth/token' "$work/requests")" "$((before + 1))"
}

test_a_refused_token_is_renewed_once() {
    local before
    sign_in_afresh
    curl -s "$MIMIRY_API_BASE/stub/expire" >/dev/null
    before=$(grep -c 'auth/token' "$work/requests")
    expect_code 0 "$mirc" session list
    expect_equal "$(grep -c 'auth/token' "$work/requests")" "$((before + 1))"
}

test_a_create_with_a_refused_token_is_sent_again_whole() {
    sign_in_afresh
    curl -s "$MIMIRY_API_BASE/stub/expire" >/dev/null
    expect_code 0 "$mirc" session create --image demo --name again
    expect_equal "$(grep -c 'POST /api/compute/v1/sessions.*"name":"again"' "$work/requests")" 2
}

test_a_token_of_another_server_is_not_sent() {
    sign_in_afresh
    local file
    file=$(echo "$XDG_CACHE_HOME"/mimiry/*.token)
    sed -i '2s/.*/http:\/\/elsewhere/; 4s/.*/stolen/' "$file"
    expect_code 0 "$mirc" balance
    expect_hasnt "$(cat "$work/requests")" stolen
}

test_a_server_that_is_gone_is_3_with_a_kept_token_as_without() {
    local gone=http://127.0.0.1:1 file
    expect_code 3 "$mirc" balance --key "$work/key" --api-base "$gone"
    expect_has "$err" 'is the server running'
    sign_in_afresh
    file=$(echo "$XDG_CACHE_HOME"/mimiry/*.token)
    sed "2s|.*|$gone|" "$file" >"$XDG_CACHE_HOME/mimiry/http___127.0.0.1_1@${file##*@}"
    chmod 600 "$XDG_CACHE_HOME"/mimiry/*.token
    expect_code 3 "$mirc" balance --key "$work/key" --api-base "$gone"
    expect_has "$err" 'is the server running'
    expect_hasnt "$err" mimiry-auth
}

test_without_a_key_it_says_how_to_give_one() {
    expect_code 3 env XDG_CONFIG_HOME="$work/empty" "$mirc" balance
    expect_has "$err" './mimiry admin user add'
    expect_has "$err" '--key PATH'
    expect_code 2 "$mirc" balance --key "$work/nosuch"
}

test_an_api_key_needs_no_ssh_key() {
    expect_code 0 env XDG_CONFIG_HOME="$work/empty" MIMIRY_API_KEY=mky_1 "$mirc" balance
    expect_code 3 env XDG_CONFIG_HOME="$work/empty" MIMIRY_API_KEY=wrong "$mirc" balance
}

test_no_output_shows_a_token() {
    sign_in_afresh
    expect_hasnt "$out$err" secret-token
    expect_code 0 "$mirc" auth --force
    expect_hasnt "$out$err" secret-token
}

test_logging_out_forgets_the_token() {
    sign_in_afresh
    expect_code 0 "$mirc" auth --logout
    [ -z "$(ls "$XDG_CACHE_HOME/mimiry")" ] || complain 'the token is still there'
}
