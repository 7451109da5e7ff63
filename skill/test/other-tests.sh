# shellcheck shell=bash
# shellcheck disable=SC2154 # work, mirc, out and err come from run.sh
# Volumes, money, registration, completion, and how it looks at a terminal. Sourced by run.sh.

test_volumes() {
    expect_code 0 "$mirc" volume create --name data1 --size-gb 100 --provider docker
    expect_equal "$(body_of 'POST /api/compute/v1/volumes')" '{"name":"data1","size_gb":100,"provider":"docker"}'
    expect_code 0 "$mirc" volume list --state deleted
    expect_has "$(last_request 'GET /api/compute/v1/volumes')" 'state=deleted'
    expect_code 0 "$mirc" volume status data1
    expect_code 0 "$mirc" volume extend data1 --size-gb 200
    expect_has "$(last_request 'PATCH /api/compute/v1/volumes/99999999')" '{"size_gb": 200}'
    expect_code 0 "$mirc" volume delete 9999
}

test_money_and_organizations() {
    local words
    for words in availability balance quota 'transactions --limit 3' 'usage --by day' 'session balance' 'session availability' \
        'org list' 'org members' 'org limits' 'org limits --day 5 --org ada' 'org invite bob@example.com --role viewer'; do
        # shellcheck disable=SC2086 # the words are words
        expect_code 0 "$mirc" $words
        jq -e . <<<"$out" >/dev/null || complain "no JSON from $words"
        # shellcheck disable=SC2086 # the words are words
        expect_code 0 "$mirc" $words --table
        [ -n "$out" ] || complain "no table from $words"
        expect_hasnt "$err" jq:
    done
}

test_the_table_of_organizations_fits_a_terminal() {
    expect_code 0 "$mirc" org list --table
    expect_has "$out" 'NAME  SLUG  ROLE   STATE      ID'
    expect_has "$out" 'ada   ada   owner  suspended  88888888-8888-4888-8888-888888888888'
}

test_spend_limits_are_set_one_by_one() {
    expect_code 0 "$mirc" org limits --org ada --day 2.5 --month none --user u1
    expect_has "$(grep -F 'PUT /api/compute/v1/spend-limits?org_id=ada' "$work/requests")" '{"period":"day","limit":2.5,"user_id":"u1"}'
    expect_has "$(last_request 'PUT /api/compute/v1/spend-limits?org_id=ada')" '{"period":"month","limit":null,"user_id":"u1"}'
    expect_code 2 "$mirc" org limits --day much
    expect_has "$err" 'an amount in euro or none'
    expect_code 0 "$mirc" org limits --table
    expect_has "$out" '€5.00'
}

test_availability_needs_no_key() {
    expect_code 0 env XDG_CONFIG_HOME="$work/empty" "$mirc" availability --gpu-family H100,T4 --min-vram 40 --all
    expect_has "$(last_request /availability)" 'gpu_family=H100,T4&min_vram_gb=40&available_only=false'
    expect_code 0 env XDG_CONFIG_HOME="$work/empty" "$mirc" availability --table
    expect_equal "$(grep -c T4 <<<"$out")" 1
}

test_registration_proves_the_key() {
    expect_code 0 "$mirc" ssh register --key "$work/key" --code ABCD-EFGH --user ada --yes
    expect_has "$err" 'http://portal/verify'
    expect_has "$(last_request register/init)" '"tmp_pub":"ABCD-EFGH","intended_user":"ada"'
    expect_code 2 "$mirc" ssh register --key "$work/key"
    expect_has "$err" '--yes'
    expect_has "$(tail -1 "$work/requests")" 'DELETE /api/auth/v1/ssh-keys/register/7777'
}

test_no_key_is_made_where_nobody_takes_it() {
    expect_code 1 "$mirc" ssh register --key "$work/unborn" --yes --api-base http://127.0.0.1:1
    expect_has "$err" 'is the server running'
    [ ! -e "$work/unborn" ] || complain 'a key was made'
    # The stub takes no proof but of the key that it knows.
    expect_code 2 "$mirc" ssh register --key "$work/newborn" --yes
    [ -e "$work/newborn" ] || complain 'no key was made'
}

test_registration_signs_for_nothing_else() {
    : >"$work/evil"
    expect_code 1 "$mirc" ssh register --key "$work/key" --yes
    rm "$work/evil"
    expect_has "$err" refused
    expect_hasnt "$(tail -1 "$work/requests")" prove-ownership
}

test_install_makes_a_link_that_works() {
    expect_code 0 env HOME="$work/home" PATH="$work/home/.local/bin:$PATH" "$mirc" install
    expect_code 0 env HOME="$work/home" PATH="$work/home/.local/bin:$PATH" mirc session --help
    expect_code 0 env HOME="$work/home" "$mirc" install
}

test_completion_offers_words() {
    mkdir -p "$work/path" && ln -sf "$mirc" "$work/path/mirc"
    # shellcheck disable=SC2016 # the inner bash is to expand these
    expect_code 0 bash -c 'PATH="$2:$PATH"; eval "$("$1" completion bash)"
        COMP_WORDS=(mirc session te) COMP_CWORD=2; _mirc; echo "${COMPREPLY[*]}"
        COMP_WORDS=(mirc session list --state st) COMP_CWORD=4; _mirc; echo "${COMPREPLY[*]}"' _ "$mirc" "$work/path"
    expect_equal "$out" "terminate"$'\n'"started stopped"
    expect_code 0 "$mirc" completion zsh
}

test_people_at_a_terminal_get_tables() {
    make_session tabled >/dev/null
    on_terminal "NO_COLOR=1 '$mirc' session list"
    expect_has "$out" 'NAME '
    expect_has "$out" 'tabled '
    expect_hasnt "$out" $'\033'
    on_terminal "'$mirc' session list"
    expect_has "$out" $'\033[1mNAME'
    on_terminal "'$mirc' session list --json"
    expect_has "$out" '"sessions"'
    on_terminal "NO_COLOR=1 '$mirc' session status tabled"
    expect_has "$out" 'cost so far'
    expect_has "$out" '€0.0012'
    on_terminal "NO_COLOR=1 '$mirc' volume list; NO_COLOR=1 '$mirc' balance"
    expect_has "$out" '100 GB'
    expect_has "$out" '5d5h'
}

test_a_terminal_gets_a_spinner_and_the_cost_line() {
    on_terminal "NO_COLOR=1 '$mirc' session create --image demo --name spun --wait"
    expect_has "$out" 'Cost: €0.32/h · balance €40.00 · lasts 2d14h'
    expect_has "$out" 'provisioned (pulling image)'
    expect_has "$out" 'ssh -p 2222 box@127.0.0.9'
}
