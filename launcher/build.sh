# shellcheck shell=bash disable=SC2034,SC2154 # shares its variables with ./mimiry
# Builds the server, and trains the cache that lets it start fast. Sourced by ./mimiry.

cache=$app/mimiry.aot
jvm_flags=()
command_flags=()

# On few processors the serial collector is both the fastest and the smallest. Set the same way for training and
# serving: the cache is only good for the flags it was made with.
choose_flags() {
    local common=(-XX:+ExitOnOutOfMemoryError --enable-native-access=ALL-UNNAMED -Xlog:disable -Xlog:all=error:stderr)
    # Jdbi would wake the flight recorder for its first statement, a twentieth of the start. Java warns that this flag will go one day.
    common+=(-XX:-PrintWarnings -XX:-FlightRecorder)
    jvm_flags=("${common[@]}" -Xms64m)
    if [ "$(getconf _NPROCESSORS_ONLN)" -le 4 ]; then
        jvm_flags+=(-XX:+UseSerialGC -Xmx512m)
    else
        jvm_flags+=(-XX:+UseG1GC -Xmx2g)
    fi
    command_flags=("${jvm_flags[@]}" -XX:TieredStopAtLevel=1)
    # The costly second compiler waits for what stays hot: on two processors it would otherwise take half of the start for itself,
    # with methods that are never hot again.
    jvm_flags+=(-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=20000 -XX:Tier4CompileThreshold=100000
        -XX:Tier4BackEdgeThreshold=1000000 -XX:+UnlockDiagnosticVMOptions -XX:-AOTReplayTraining)
    # shellcheck disable=SC2206 # words on purpose
    jvm_flags+=(${MIMIRY_JAVA_OPTS-})
}

# Set whether the cache is there or not, so that it is one word; Java starts without a cache that is missing or stale.
aot_flag() {
    if [ -f "$cache" ]; then
        echo "-XX:AOTCache=$cache"
    else
        echo "-XX:AOTMode=off"
    fi
}

# newer_sources STAMP: whether anything that goes into the server changed since.
newer_sources() {
    [ ! -f "$1" ] || [ -n "$(find "$here/pom.xml" "$here/server/pom.xml" "$here/server/src/main" "$here"/init \
        -newer "$1" -print -quit 2>/dev/null)" ]
}

build() {
    choose_flags
    local stamp=$app/built
    # The test run has just built it, and its servers must not build again.
    [ -z "${MIMIRY_NO_BUILD-}" ] || return 0
    newer_sources "$stamp" || return 0
    mkdir -p "$out"
    (
        flock 9
        newer_sources "$stamp" || exit 0
        find_maven
        need_commands musl-gcc=musl-tools
        say "building (the first time takes a few minutes) ..."
        touch "$out/build.began"
        rm -f "$cache"
        MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS-}" "$mvn" -B -f "$here/pom.xml" package \
            -DskipTests -Dspotless.check.skip=true >"$out/build.log" 2>&1 || {
            grep -E '^\[ERROR\]' "$out/build.log" | head -n 20 >&2
            fail "the build failed; all of it is in $out/build.log"
        }
        mv "$out/build.began" "$stamp"
    ) 9>"$out/build.lock"
}

# property NAME DIRECTORY: what the server in a data directory says about itself.
property() { sed -n "s/^$1=//p" "$2/server.properties"; }

# train: lets a server run for a moment and keeps what Java learned. Never fatal: without it, starting takes longer.
train() {
    [ ! -f "$cache" ] || return 0
    mkdir -p "$out"
    (
        flock 9
        [ ! -f "$cache" ] || exit 0
        say "training the start-up cache (once per build, some 30 s) ..."
        : >"$out/training.log"
        training_run || say "that did not work, so the server starts more slowly; see $out/training.log"
    ) 9>"$out/build.lock"
}

# The first start makes the database; what is kept is how a server starts that has one.
training_run() {
    local data done=''
    data=$(mktemp -d /var/tmp/mimiry-training.XXXXXX)
    chmod 711 "$data"
    if run_for_a_moment "$data" && run_for_a_moment "$data" "-XX:AOTCacheOutput=$cache.new"; then
        done=yes
    fi
    rm -rf "$data"
    [ -n "$done" ] && [ -f "$cache.new" ] && mv "$cache.new" "$cache"
}

# run_for_a_moment DATA [FLAG...]: starts a server, asks it a few things, and stops it; false when it did not come up.
run_for_a_moment() {
    local data=$1 pid up='' tries=600
    shift
    "$java" "${jvm_flags[@]}" "$@" -jar "$app/quarkus-run.jar" serve \
        --data "$data" --http-port 0 --ssh-port 0 >>"$out/training.log" 2>&1 &
    pid=$!
    until grep -qs '^ready=true' "$data/server.properties"; do
        tries=$((tries - 1))
        if [ "$tries" -eq 0 ] || ! kill -0 "$pid" 2>/dev/null; then break; fi
        sleep 0.1
    done
    if grep -qs '^ready=true' "$data/server.properties"; then
        exercise "$(property api "$data")" "$data"
        up=yes
    fi
    kill "$pid" 2>/dev/null || true
    wait "$pid" || true
    [ -n "$up" ]
}

# exercise API DATA: what is asked of nearly every server soon after its start, by nobody and by somebody.
exercise() {
    local path round token
    token=$(signed_in "$1" "$2" 2>>"$out/training.log") || true
    for round in 1 2 3 4 5; do
        for path in health metrics openapi api/compute/v1/availability api/compute/v1/catalog api/v1/me \
            api/compute/v1/sessions api/v1/auth/token/limits "nowhere/$round"; do
            curl -s -o /dev/null --max-time 5 "$1/$path" || true
            [ -z "$token" ] || curl -s -o /dev/null --max-time 5 -H "Authorization: Bearer $token" "$1/$path" || true
        done
    done
}

# signed_in API DATA: a token for a user of the training's own; where a program that it takes is missing, less is learned.
signed_in() {
    local key=$2/training
    if [ ! -f "$key" ]; then
        ssh-keygen -q -t ed25519 -N '' -C training -f "$key" &&
            "$java" "${command_flags[@]}" -jar "$app/quarkus-run.jar" admin user add --email training@example.org \
                --key "$key.pub" --data "$2" >&2 || return
    fi
    # shellcheck source=/dev/null
    (source "$here/skill/scripts/mimiry-auth.sh" "$key" "$1" && printf '%s' "$MIMIRY_TOKEN")
}
