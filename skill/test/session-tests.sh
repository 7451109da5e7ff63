# shellcheck shell=bash
# shellcheck disable=SC2154 # work, mirc, out and err come from run.sh
# mirc session. Sourced by run.sh.

test_create_sends_every_field() {
    printf '# comment\nFROM_FILE=x=y\n\n' >"$work/envfile"
    export HANDED_ON='from here'
    expect_code 0 bash -c 'printf "pass word\n" | "$@"' _ "$mirc" session create --name 'a "name" ü' --image reg/img:1 --gpu T4,A100 --gpu=H100 \
        --gpu-count 2 --command $'echo "hi"\nexit 0' --env A=b=c --env $'M=l1\nl2' --env HANDED_ON --env-file "$work/envfile" --provider docker \
        --location here --auto-terminate on_success --no-ssh --volume data1:/data --volume 99999999-aaaa-4aaa-8aaa-aaaaaaaaaaaa:/more \
        --max-duration 1h30m --max-cost 2.5 --max-hourly-rate 3 --gpu-family H100 --vram 40 --form-factor SXM --priority price,gpu \
        --max-attempts 4 --spot --registry-user ada --registry-password-stdin --org 12 --idempotency-key fixed-key
    local wanted='{"name":"a \"name\" ü","image":{"uri":"reg/img:1","registry_auth":{"username":"ada","password":"pass word"}},"gpu":{"types":["T4","A100","H100"],"family":["H100"],"form_factor":["SXM"],"vram_gb":[40],"priority":["PRICE","GPU"],"count":2,"max_attempts":4,"max_hourly_rate":3,"provider":"docker","location":"here","spot":true},"command":"echo \"hi\"\nexit 0","environment_vars":{"A":"b=c","M":"l1\nl2","HANDED_ON":"from here","FROM_FILE":"x=y"},"auto_terminate":{"mode":"on_success"},"volume_mounts":[{"volume_name":"data1","mount_path":"/data"},{"volume_id":"99999999-aaaa-4aaa-8aaa-aaaaaaaaaaaa","mount_path":"/more"}],"max_duration":5400,"max_cost":2.5,"org_id":"12","ssh_enabled":false}'
    expect_equal "$(body_of 'POST /api/compute/v1/sessions')" "$wanted"
    expect_has "$(last_request 'POST /api/compute/v1/sessions')" 'idempotency=fixed-key'
}

test_a_name_taken_from_the_image_is_no_longer_than_a_name_may_be() {
    expect_code 0 "$mirc" session create --image "reg/$(printf 'x%.0s' {1..80}):1"
    expect_equal "$(body_of 'POST /api/compute/v1/sessions' | jq -r '.name | length')" 64
}

test_create_sends_only_what_was_said() {
    expect_code 0 "$mirc" session create --image reg:5000/team/tool:1 --auto-terminate false
    expect_equal "$(body_of 'POST /api/compute/v1/sessions')" '{"name":"tool","image":{"uri":"reg:5000/team/tool:1"},"auto_terminate":false,"ssh_enabled":true}'
    expect_equal "$(jq -r .state <<<"$out")" submitted
}

test_a_large_environment_gets_through() {
    local value
    value=$(head -c 120000 /dev/zero | tr '\0' x)
    expect_code 0 "$mirc" session create --image demo --env "BIG=$value" --command "echo $value"
    expect_equal "$(body_of 'POST /api/compute/v1/sessions' | jq -r '.environment_vars.BIG | length')" 120000
}

test_dry_run_shows_candidates() {
    expect_code 0 "$mirc" session create --image demo --dry-run
    expect_has "$(last_request 'POST /api/compute/v1/sessions')" 'dry_run=true'
    expect_equal "$(jq -r '.candidates[0].provider' <<<"$out")" docker
    expect_equal "$err" ''
    expect_code 0 "$mirc" session create --image demo --name full --dry-run
    expect_has "$err" 'Nothing is free.'
}

test_refusals_have_their_exit_codes_and_words() {
    expect_code 6 "$mirc" session create --image demo --name broke
    expect_has "$err" 'The balance is 1.00 EUR'
    expect_code 2 "$mirc" session create --image demo --name bad
    expect_has "$err" 'image.uri'
    expect_code 7 "$mirc" session create --image demo --name nowhere
    expect_code 6 "$mirc" session create --image demo --name toomany
    expect_code 5 "$mirc" session create --image demo --name clash
    expect_code 4 "$mirc" session status 01234567-aaaa-4aaa-8aaa-aaaaaaaaaaaa
    expect_code 4 "$mirc" session status nobody
    expect_code 2 "$mirc" session list --state nonsense
}

test_a_server_that_is_starting_is_asked_again() {
    expect_code 0 "$mirc" session create --image demo --name busy
}

test_a_create_whose_answer_got_lost_makes_one_session() {
    expect_code 0 "$mirc" session create --image demo --name lost
    expect_equal "$(grep -c 'POST /api/compute/v1/sessions.*"name":"lost"' "$work/requests")" 2
    expect_equal "$(curl -s -H 'Authorization: Bearer mky_1' "$MIMIRY_API_BASE/api/compute/v1/sessions" | jq '[.sessions[] | select(.name == "lost")] | length')" 1
}

test_waiting_ends_with_the_start_of_an_interactive_session() {
    expect_code 0 "$mirc" session create --image demo --name idle --wait
    expect_equal "$(jq -r .state <<<"$out")" started
    expect_equal "$(grep -c 'step 2 of the start' <<<"$err")" 1
    expect_has "$err" 'mirc: session '
}

test_waiting_for_a_command_tells_how_it_ended() {
    expect_code 0 "$mirc" session create --image demo --name fine --command true --wait
    expect_equal "$(jq -r .state <<<"$out")" completed
    expect_code 8 "$mirc" session create --image demo --name fails --command 'exit 3' --wait
    expect_has "$err" 'exit code 3'
    expect_equal "$(jq -r .exit_code <<<"$out")" 3
    expect_code 3 "$mirc" session create --image demo --name fails2 --command 'exit 3' --wait --exit-code
    expect_code 7 "$mirc" session create --image demo --name nocapacity --command true --wait
    expect_has "$err" 'no free GPU'
}

test_a_kept_machine_is_waited_for_until_started() {
    expect_code 0 "$mirc" session create --image demo --name kept --command 'sleep 9' --auto-terminate false --wait
    expect_equal "$(jq -r .state <<<"$out")" started
}

test_waiting_has_an_end() {
    expect_code 9 "$mirc" session create --image demo --name late --wait --timeout 0s
    expect_has "$err" 'the session goes on'
}

test_follow_shows_the_output_and_the_verdict() {
    expect_code 8 "$mirc" session create --image demo --name followed --command 'exit 4' --follow
    expect_equal "$(grep -c ' line ' <<<"$out")" 6
}

make_session() {
    "$mirc" session create --image demo --name "$1" ${2:+--command "$2"} 2>/dev/null </dev/null | jq -r .id
}

started_session() {
    "$mirc" session create --image demo --name "$1" --wait 2>/dev/null </dev/null | jq -r .id
}

test_a_session_may_be_named_by_name_or_start_of_its_id() {
    local id
    id=$(make_session 'by name')
    expect_code 0 "$mirc" session status 'by name'
    expect_equal "$(jq -r .id <<<"$out")" "$id"
    expect_code 0 "$mirc" session status "${id%%-*}"
    expect_equal "$(jq -r .id <<<"$out")" "$id"
    make_session 'by name' >/dev/null
    expect_code 2 "$mirc" session status 'by name'
    expect_has "$err" "$id"
}

test_filters_are_sent_as_given() {
    expect_code 0 "$mirc" session list --state started,completed --state-not=failed --operation starting --operation-not stopping \
        --limit 5 --offset 10 --updated-after 2026-05-01T00:00:00Z --updated-before 10m
    expect_has "$(last_request 'GET /api/compute/v1/sessions?')" \
        'state=started,completed&state_not=failed&operation=starting&operation_not=stopping&limit=5&offset=10&updated_after=2026-05-01T00:00:00Z&updated_before=20'
}

test_logs_wait_for_the_machine_and_page() {
    local id
    id=$(make_session slow)
    expect_code 0 "$mirc" session logs "$id"
    expect_equal "$(wc -l <<<"$out")" 6
    expect_code 0 "$mirc" session logs "$id" --tail 5 --no-timestamps
    expect_has "$(last_request /logs)" 'tail=5&timestamps=false'
    expect_equal "$(head -1 <<<"$out")" 'line 1'
    expect_code 0 "$mirc" session logs "$id" --since 2026-11-23T20:01:00.000000004Z
    expect_equal "$(wc -l <<<"$out")" 2
    expect_code 0 "$mirc" session logs "$id" --json
    expect_equal "$(jq -r '.logs | length > 10' <<<"$out")" true
    id=$(make_session never)
    expect_code 5 "$mirc" session logs "$id"
}

test_following_takes_a_broken_stream_up_again() {
    local id wanted
    id=$(make_session follow sleep)
    wanted=$(for n in 1 2 3 4 5 6; do echo "2026-11-23T20:01:00.00000000${n}Z line $n"; done)
    expect_code 0 "$mirc" session logs "$id" --follow
    expect_equal "$out" "$wanted"
    expect_has "$(last_request /logs/stream)" 'last=2026-11-23T20:01:00.000000002Z'
    id=$(make_session slow sleep)
    expect_code 0 "$mirc" session logs "$id" -f --no-timestamps
    expect_equal "$(head -1 <<<"$out")" 'line 1'
    id=$(make_session silent sleep)
    expect_code 0 "$mirc" session logs "$id" --follow
    expect_equal "$out" "$wanted"
    id=$(make_session expired sleep)
    expect_code 0 "$mirc" session logs "$id" --follow
    expect_equal "$out" "$wanted"
    id=$(make_session repeats sleep)
    expect_code 0 "$mirc" session logs "$id" --follow
    expect_equal "$out" "$wanted"
    id=$(make_session never)
    expect_code 5 "$mirc" session logs "$id" --follow
}

test_following_from_the_tail_begins_there() {
    local id
    id=$(make_session tailed sleep)
    expect_code 0 "$mirc" session logs "$id" --follow --tail 4
    expect_equal "$out" "$(for n in 3 4 5 6; do echo "2026-11-23T20:01:00.00000000${n}Z line $n"; done)"
    id=$(make_session tailed2 sleep)
    expect_code 0 "$mirc" session logs "$id" --follow --tail 4 --no-timestamps
    expect_equal "$out" "$(for n in 3 4 5 6; do echo "line $n"; done)"
}

test_following_from_a_tail_of_nothing_shows_what_comes_only() {
    local id
    id=$(make_session tailed3 sleep)
    expect_code 0 "$mirc" session logs "$id" --follow --tail 0
    expect_equal "$out" "$(for n in 5 6; do echo "2026-11-23T20:01:00.00000000${n}Z line $n"; done)"
}

test_carriage_returns_come_through_the_stream_as_they_were_printed() {
    local id wanted stamp=2026-11-23T20:01:00.00000000
    id=$(make_session carriage sleep)
    wanted=$(printf '10%% of it\r50%% of it\rall of it\nfrom elsewhere\r\n\r\rlate\nline 4\nline 5\nline 6')
    expect_code 0 "$mirc" session logs "$id" --follow --no-timestamps
    expect_equal "$out" "$wanted"
    expect_code 0 "$mirc" session logs "$id" --no-timestamps
    expect_equal "$out" "$wanted"
    expect_code 0 "$mirc" session logs "$id" --follow
    expect_equal "$(head -3 <<<"$out")" \
        "$(printf '%s1Z 10%% of it\r50%% of it\rall of it\n%s2Z from elsewhere\r\n%s3Z \r\rlate' $stamp $stamp $stamp)"
}

test_terminating_waits_when_told() {
    local id
    id=$(started_session ending)
    expect_code 0 "$mirc" session terminate "$id"
    expect_equal "$(jq -r .state <<<"$out")" stopped
    id=$(started_session ending2)
    expect_code 0 "$mirc" session terminate "$id" --wait
    expect_equal "$(jq -r .state <<<"$out")" terminated
}

test_ssh_passes_everything_on() {
    local id
    mkdir -p "$work/bin"
    # shellcheck disable=SC2016 # the fake ssh is to expand these
    printf '#!/usr/bin/env bash\nprintf "[%%s]" "$@"\ncat\nexit 42\n' >"$work/bin/ssh"
    chmod +x "$work/bin/ssh"
    id=$(started_session box)
    PATH="$work/bin:$PATH" expect_code 42 "$mirc" session ssh "$id" -L 1:b:2 -N -- echo 'a b' --json
    expect_has "$out" "[-p][2222][-l][box][-i][$work/key]"
    expect_has "$out" '[-L][1:b:2][-N][127.0.0.9][echo][a b][--json]'
    PATH="$work/bin:$PATH" expect_code 42 "$mirc" session ssh "$id" ls --help -l
    expect_has "$out" '[127.0.0.9][ls][--help][-l]'
    out=$(printf 'input' | PATH="$work/bin:$PATH" "$mirc" session ssh "$id" cat)
    expect_has "$out" 'input'
    id=$(make_session asleep)
    PATH="$work/bin:$PATH" expect_code 5 "$mirc" session ssh "$id"
}
