# shellcheck shell=bash disable=SC2154 # shares its variables with ./mimiry
# "./mimiry bench": what the peers need, then bench/. Sourced by ./mimiry.

bench() {
    find_java
    case " $* " in
        *' --help '* | *' -h '* | *' --list '*) ;;
        *)
            # Packages that bring a service up (sshd, PostgreSQL with pgbench) are the user's to install; the bench says
            # which measurement it has to leave out.
            need_commands curl=curl jq=jq openssl=openssl ssh=openssh-client setpriv=util-linux tar=tar \
                busybox=busybox-static wrk=wrk psql=postgresql-client
            need_engine
            export DOCKER_HOST=unix://$engine
            build
            train
            ;;
    esac
    cd "$here" || exit
    exec "$java" bench/Bench.java "$@"
}
