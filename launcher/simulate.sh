# shellcheck shell=bash disable=SC2154 # shares its variables with ./mimiry
# "./mimiry simulate": the control plane in virtual time. It stands in the test tree, so that no server carries it.
# Sourced by ./mimiry.

simulate() {
    find_java
    need_commands setpriv=util-linux
    choose_flags
    build_simulation
    exec "$java" "${jvm_flags[@]}" -Djava.util.logging.manager=org.jboss.logmanager.LogManager \
        -cp "$here/server/target/test-classes:$here/server/target/classes:$(cat "$out/test.classpath")" \
        com.mimiry.simulation.Simulate "$@"
}

build_simulation() {
    local stamp=$out/simulate.built
    [ ! -f "$stamp" ] || [ -n "$(find "$here/pom.xml" "$here/server/pom.xml" "$here/server/src" \
        -newer "$stamp" -print -quit)" ] || return 0
    find_maven
    need_commands musl-gcc=musl-tools
    mkdir -p "$out"
    say "compiling ..."
    touch "$out/simulate.began"
    MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS-}" "$mvn" -B -f "$here/server/pom.xml" test-compile \
        dependency:build-classpath -Dmdep.outputFile="$out/test.classpath" -Dmdep.includeScope=test \
        -Dspotless.check.skip=true >"$out/build.log" 2>&1 || {
        grep -E '^\[ERROR\]' "$out/build.log" | head -n 20 >&2
        fail "it does not compile; all of it is in $out/build.log"
    }
    mv "$out/simulate.began" "$stamp"
}
