# shellcheck shell=bash disable=SC2034,SC2154 # shares its variables with ./mimiry
# What this machine must have: a JDK, Debian packages, a container engine. Sourced by ./mimiry.

java=''
mvn=''
engine=''

say() { printf 'mimiry: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# Asking the JDK itself would take longer than the rest of the launcher.
is_jdk_25() {
    [ -x "$1/bin/javac" ] || return 1
    if [ -f "$1/release" ]; then
        [[ $(<"$1/release") == *'JAVA_VERSION="25'[.\"]* ]]
    else
        [[ $("$1/bin/javac" -version 2>&1) == "javac 25"* ]]
    fi
}

# find_java: sets java and JAVA_HOME to a JDK 25, or says what to install.
find_java() {
    local home from_path=''
    if from_path=$(command -v javac); then
        from_path=$(readlink -f "$from_path")
        from_path=${from_path%/*/*}
    fi
    for home in "${JAVA_HOME-}" "$from_path" /usr/lib/jvm/*25* /opt/*25* "$HOME"/.sdkman/candidates/java/25*; do
        if [ -n "$home" ] && is_jdk_25 "$home"; then
            export JAVA_HOME=$home
            java=$home/bin/java
            return
        fi
    done
    cat >&2 <<'END'
mimiry: no JDK 25 was found in JAVA_HOME, on the PATH or in /usr/lib/jvm. Install one:
  Debian 13 or later, Ubuntu 25.10 or later:  apt-get install openjdk-25-jdk-headless
  elsewhere: Eclipse Temurin 25, https://adoptium.net/installation (package temurin-25-jdk), or set JAVA_HOME.
END
    exit 1
}

find_maven() {
    mvn=$(command -v mvn) || {
        need_packages maven
        mvn=$(command -v mvn)
    }
}

# need_packages PACKAGE...: installs Debian packages, as root and after saying so; otherwise says what to do. Of "a|b" it takes the
# first that this release has. Nothing that is installed is removed for them.
need_packages() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        fail "these packages are needed, install them first: $*"
    fi
    say "installing: $*"
    mkdir -p "$out"
    {
        apt-get update -qq && pick_packages "$@" &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove "${picked[@]}"
    } >"$out/apt.log" 2>&1 || {
        tail -n 5 "$out/apt.log" >&2
        fail "apt-get could not install them; its words are in $out/apt.log"
    }
}

picked=()
pick_packages() {
    local package
    picked=()
    for package in "$@"; do
        while [[ $package == *"|"* ]] && ! apt-cache show "${package%%|*}" >/dev/null 2>&1; do package=${package#*|}; done
        picked+=("${package%%|*}")
    done
}

# need_commands COMMAND=PACKAGE...: installs the packages of those commands (or /files) that are missing, all at once.
need_commands() {
    local pair wanted missing=()
    for pair in "$@"; do
        wanted=${pair%%=*}
        case $wanted in
            /*) [ -e "$wanted" ] || missing+=("${pair#*=}") ;;
            *) command -v "$wanted" >/dev/null || missing+=("${pair#*=}") ;;
        esac
    done
    [ ${#missing[@]} -eq 0 ] || need_packages "${missing[@]}"
}

engine_answers() {
    [ -S "$1" ] && [ "$(curl -s --max-time 5 --unix-socket "$1" http://engine/_ping)" = OK ]
}

# need_engine: sets engine to the socket of a container engine that answers; installs and starts Docker if there is none.
need_engine() {
    local socket
    need_commands curl=curl
    for socket in "${DOCKER_HOST-}" /var/run/docker.sock /run/podman/podman.sock \
        "${XDG_RUNTIME_DIR:-/run/user/$(id -u)}/podman/podman.sock"; do
        socket=${socket#unix://}
        if [ -n "$socket" ] && engine_answers "$socket"; then
            engine=$socket
            return
        fi
    done
    if [ -e /var/run/docker.sock ] && [ "$(id -u)" != 0 ]; then
        fail "/var/run/docker.sock does not answer you: start Docker, and add yourself to the group docker"
    fi
    say "no Docker-compatible socket answers, so Docker Engine is set up now"
    # Without certificates the daemon could pull from no registry; apt takes them for a mere recommendation.
    need_commands dockerd=docker.io iptables=iptables /etc/ssl/certs/ca-certificates.crt=ca-certificates
    start_docker
    engine=/var/run/docker.sock
}

# need_docker_programs: the tests start daemons of their own and call docker, whatever engine answers. Called after need_engine.
need_docker_programs() {
    if ! command -v dockerd >/dev/null; then
        # Its package would enable a second engine beside the one that runs, and set up this machine's firewall.
        [ ! -d /run/systemd/system ] || fail "the tests start Docker daemons of their own, and dockerd is not here. Installing" \
            "docker.io would start it beside the engine at $engine; if that is fine: apt-get install docker.io iptables"
        without_starting need_commands dockerd=docker.io iptables=iptables
    fi
    # A package of its own since Debian 13.
    need_commands 'docker=docker-cli|docker.io'
}

# without_starting COMMAND...: packages that it installs start no services.
without_starting() {
    local policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ] || [ ! -w "${policy%/*}" ]; then
        "$@"
        return
    fi
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    # A subshell: what it runs may end the program.
    ("$@") || {
        rm -f "$policy"
        exit 1
    }
    rm -f "$policy"
}

start_docker() {
    mkdir -p "$out"
    say "starting Docker"
    if [ -d /run/systemd/system ]; then
        systemctl start docker
    elif ! service docker start >"$out/dockerd.log" 2>&1 || ! engine_comes_up 10; then
        setsid nohup dockerd >>"$out/dockerd.log" 2>&1 </dev/null &
    fi
    engine_comes_up 60 || {
        tail -n 5 "$out/dockerd.log" >&2
        fail "Docker does not start; its words are in $out/dockerd.log"
    }
}

# engine_comes_up SECONDS
engine_comes_up() {
    local tries=$(($1 * 5))
    until engine_answers /var/run/docker.sock; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.2
    done
}
