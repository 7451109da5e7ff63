# shellcheck shell=bash disable=SC2034,SC2154 # shares its variables with ./mimiry
# "./mimiry test": everything that the tests need, then all of them. Sourced by ./mimiry.

run_tests() {
    find_java
    find_maven
    need_commands curl=curl jq=jq openssl=openssl ssh=openssh-client sshd=openssh-server setpriv=util-linux \
        shellcheck=shellcheck musl-gcc=musl-tools docker-registry=docker-registry htpasswd=apache2-utils \
        rsync=rsync busybox=busybox-static /etc/ssl/certs/ca-certificates.crt=ca-certificates
    need_engine
    need_docker_programs
    export DOCKER_HOST=unix://$engine
    mkdir -p "$out"
    local failed=''
    say "checking the shell scripts"
    check_scripts || failed="the shell scripts"
    say "running the tests (all of what they say: $out/test.log)"
    MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS-}" "$mvn" -B -f "$here/pom.xml" verify "$@" 2>&1 |
        tee "$out/test.log" || failed="${failed:+$failed and }the build"
    summary
    [ -z "$failed" ] || fail "FAILED: $failed"
    say "all tests passed"
}

check_scripts() {
    local scripts=()
    while IFS= read -r script; do
        scripts+=("$script")
    done < <(find "$here/mimiry" "$here/.ci/run" "$here"/launcher "$here"/skill "$here"/init "$here"/bench \
        -type f \( -name '*.sh' -o -name mimiry -o -name run \) 2>/dev/null)
    (cd "$here" && shellcheck -x "${scripts[@]}")
}

# What surefire and failsafe wrote down, added up.
summary() {
    local report
    for report in surefire failsafe; do
        find "$here"/*/target/"$report-reports" -name 'TEST-*.xml' -exec grep -ho '<testsuite [^>]*' {} + 2>/dev/null |
            awk -v name="$report" '
                function count(key) { return match($0, " " key "=\"[0-9]+") ? substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) : 0 }
                { tests += count("tests"); failures += count("failures"); errors += count("errors"); skipped += count("skipped") }
                END { if (NR) printf "mimiry: %s: %d tests, %d failures, %d errors, %d skipped\n", name, tests, failures, errors, skipped }' >&2
    done
}
