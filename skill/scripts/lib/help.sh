# shellcheck shell=bash
# The help texts. Sourced by mirc.sh; needs nothing else.

help_for() {
    case "${1-} ${2-}" in
        ' ') help_main ;;
        'session ') help_session ;;
        'session create') help_create ;;
        'session list' | 'session ls') help_list session ;;
        'session status' | 'session show') help_status ;;
        'session logs') help_logs ;;
        'session ssh') help_ssh ;;
        'session terminate' | 'session delete') help_terminate ;;
        'availability '* | 'session availability') help_availability ;;
        'balance '* | 'session balance' | 'quota '* | 'transactions '* | 'usage '*) help_money ;;
        'volume list' | 'volume ls') help_list volume ;;
        'volume '*) help_volume ;;
        'org '*) help_org ;;
        'ssh '*) help_register ;;
        'auth '* | 'install '* | 'completion '*) help_setup ;;
        *) return 1 ;;
    esac
}

help_main() {
    cat <<'END'
mirc: GPU sessions from the command line.

  mirc session create|list|status|logs|ssh|terminate    run containers on GPUs
  mirc volume create|list|status|extend|delete          storage that outlives sessions
  mirc availability                                     what can be had now, and its price
  mirc balance | quota | transactions | usage           money and limits
  mirc org list|members|invite|limits                   organizations
  mirc ssh register                                     bring a first SSH key to your account
  mirc auth                                             sign in and see who you are
  mirc install | completion bash|zsh                    put mirc on the PATH; shell completion

Every command takes --help, and
  --key PATH        the SSH key to sign in with; remembered after the first use
  --api-base URL    the server; default $MIMIRY_API_BASE, else http://127.0.0.1:8080
  --json, --table   the form of the output; default: tables on a terminal, else JSON

Sessions and volumes are named by id, by the start of an id, or by name.

Environment: MIMIRY_API_BASE, MIMIRY_KEY (like --key), MIMIRY_API_KEY (an API key instead of an SSH key), NO_COLOR.

Exit codes: 0 done; 1 another error; 2 wrong usage, or a value that the server refused; 3 not signed in (or nowhere to), or not allowed;
  4 not found; 5 wrong state or a conflict; 6 money or quota; 7 no capacity; 8 the session failed or was stopped;
  9 time is up; 130 interrupted. "session ssh" gives the remote command's exit code.
END
}

help_session() {
    cat <<'END'
mirc session create       start a container on a GPU
mirc session list         your sessions, newest first
mirc session status ID    one session with its events
mirc session logs ID      its output
mirc session ssh ID       a shell in it, or a command
mirc session terminate ID end it
END
}

help_create() {
    cat <<'END'
mirc session create --image IMAGE [options]

What to run
  --name NAME                 default: from the image's name
  --image IMAGE               the container image
  --command 'COMMAND'         run by /bin/sh -c; without one the session is interactive
  --env KEY=VALUE             repeatable; KEY alone takes the value it has here
  --env-file FILE             lines KEY=VALUE
  --volume NAME:/path         repeatable; NAME or id of a volume
  --registry-user USER --registry-password-stdin    for a private registry
  --no-ssh                    refuse SSH

Where
  --gpu NAME[,NAME]           in order of preference; repeatable; none = any GPU
  --gpu-count N
  --gpu-family F[,F]  --vram GB  --form-factor F    criteria instead of names
  --provider NAME  --location NAME                  preferred, not promised
  --priority LIST             of PRICE GPU FAMILY FORM_FACTOR VRAM
  --max-attempts N            offers to try when capacity runs out
  --org ID                    which organization pays

Limits
  --auto-terminate true|false|on_success    default: true with a command, else false
  --max-duration 90s|10m|2h   stop it then
  --max-cost EUR              stop it when it has cost this much
  --max-hourly-rate EUR       refuse dearer GPUs
  --spot                      only machines that their provider may take back at any moment; cheaper

How to go on
  --dry-run                   only show which offers would be tried
  --wait                      until it is started; with a command that ends the session, until that has ended
  --wait-for started|ended    the same, said outright
  --follow                    show the output until the end
  --timeout 10m               stop waiting then (exit code 9; the session goes on)
  --exit-code                 after waiting, exit with the command's own exit code in place of 8
  --idempotency-key KEY       the same key never makes a second session

After --wait: 0 = started, or the command ended with 0; 7 = no machine could be had; 8 = the command failed or was stopped.
Progress and the cost line go to standard error, the session (JSON or table) to standard output.
END
}

help_list() {
    cat <<END
mirc $1 list [options]

  --state A,B          only these states         --state-not A,B       all but these
  --operation A,B      only what is doing this   --operation-not A,B   (provisioning, starting, stopping, ...)
  --updated-after T    RFC 3339, or an age: 10m  --updated-before T
  --limit N            1 to 100                  --offset N
END
    [ "$1" != volume ] || echo 'Deleted volumes are listed with --state deleted only.'
}

help_status() {
    cat <<'END'
mirc session status ID [--events N]

Shows one session: state, cost so far, how to reach it, and its last N events (default 20, -1 = all).
END
}

help_logs() {
    cat <<'END'
mirc session logs ID [options]

  -f, --follow       go on until the session ends; a lost connection is taken up again where it broke
  --tail N           only the last N lines
  --since T          only what is newer than this timestamp, or age: 10m
  --no-timestamps    the bare lines
  --timeout 60s      how long to wait while the machine is still being set up
END
}

help_ssh() {
    cat <<'END'
mirc session ssh ID [ssh options] [-- COMMAND...]

A shell in the session's container, or one command with its exact exit code. Options of ssh (-L, -N, -A, -o ...) are
passed on. --wait waits for the start first (--timeout 10m limits that).
  mirc session ssh training -- nvidia-smi
END
}

help_terminate() {
    cat <<'END'
mirc session terminate ID... [--wait] [--timeout 5m]

Ends sessions. --wait comes back when the machine is proven gone.
END
}

help_availability() {
    cat <<'END'
mirc availability [options]        (needs no key)

  --provider NAME   --location NAME   --gpu-family F[,F]   --form-factor F
  --min-vram GB     --min-gpu-count N
  --all             what is sold out too
  --detail          CPU-only offers and machine details too
END
}

help_money() {
    cat <<'END'
mirc balance [--org NAME|--user NAME]     balance, burn rate, how long it lasts
mirc quota [--org ID]                     limits and what is used of each
mirc transactions [--limit N] [--offset N] [--type T] [--from T] [--to T] [--session-id ID] [--csv]
mirc usage [--by user|session|gpu|day] [--from DAY] [--to DAY]
END
}

help_volume() {
    cat <<'END'
mirc volume create --name NAME --size-gb N [--provider P] [--location L] [--type T] [--org ID]
mirc volume list [filters]                see: mirc volume list --help
mirc volume status ID
mirc volume extend ID --size-gb N         larger than now
mirc volume delete ID                     must not be attached
END
}

help_org() {
    cat <<'END'
mirc org list
mirc org members [--org NAME]
mirc org invite EMAIL [--role owner|admin|member|billing|viewer] [--org NAME]
mirc org limits [--org NAME]              what may be spent in a day or month, and what is
mirc org limits [--day EUR|none] [--month EUR|none] [--user ID] [--org NAME]
                                          sets them, for all or for one member (owner, admin, billing)

--org takes an id, a slug or a name; without it, the only organization you are in.
END
}

help_register() {
    cat <<'END'
mirc ssh register [--key PATH] [--title TEXT] [--code XXXX-XXXX] [--user NAME] [--yes]

Registers an SSH key with your account: opens a page to confirm in the portal, asks before it hands over the key, proves
that the key is yours. Without --key it uses ~/.ssh/mimiry and makes it if need be.
  --code, --user    when the portal showed a pairing code: the code, and your e-mail or user name
  --yes             do not ask
END
}

help_setup() {
    cat <<'END'
mirc auth [--force]          sign in (again) and show who one is
mirc auth --logout           forget the token kept for this server
mirc install [--dir DIR]     make the link ~/.local/bin/mirc
mirc completion bash|zsh     print the completion script
END
}
