/*
 * PID 1 of a session's container, and the few things that we need done inside of one.
 *
 *   init run [--token T] [--keep-success] [--keep-failure] [--deadline SECONDS] [--paid SECONDS] [-- COMMAND]
 *   init signal MARK NUMBER
 *   init terminal COLUMNS ROWS PROGRAM [ARGUMENT...]
 *   init host SCRIPT [ARGUMENT...]
 *   init version
 *
 * "run" starts COMMAND by /bin/sh -c in a session and process group of its own, forwards signals to it, reaps orphans,
 * and exits with the command's code. Without a COMMAND, or when it is told to keep the container, it waits for SIGTERM.
 * What it has to report goes to stdout as a control line, see com.mimiry.containers.InitLines.
 *
 * It ends everything at two deadlines, whoever watches: --deadline after its start, and when what is paid for ends. The
 * latter is said anew on stdin whenever it changes, in lines "paid NUMBER SECONDS" or "paid NUMBER never"; of several the
 * one with the highest number counts. Nobody in the container can write there: the command has another stdin, and ours
 * cannot be opened through /proc. A silent stdin is no reason to do anything.
 *
 * All signals are blocked and taken one by one from a file descriptor, so no handler ever runs.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_USAGE 64
#define EXIT_NOT_LET 77
#define NEVER INT64_MAX

enum {
    GRACE_MS = 10000,       /* between asking everything to end and ending it */
    STRAGGLER_MS = 1000,    /* the same, for what a command that ended by itself left behind */
    SHELLS_MS = 100,        /* between looks for terminals that are waited for in vain */
    SETTLE_MS = 20,         /* for what has left stderr's pipe and is still on its way to the log */
    STDERR_PATIENCE_MS = 1000, /* how long a control line waits for stderr to be read */
    REPORT_PATIENCE_MS = 10000, /* how long the exit waits for a control line to be taken */
    LONGEST_NAP_MS = 10000, /* poll does not count time asleep, CLOCK_BOOTTIME does: look again at times */
};

/* What we were asked to do. */
static char token[129];
static bool keep_success;
static bool keep_failure;

/* What has happened. */
static pid_t command_pid; /* 0 = none, or ended */
static int exit_code = 128 + SIGTERM;
static bool asked_to_stop;
static bool ending; /* everything has been asked to end */
static int64_t deadline_at = NEVER;
static int64_t paid_until = NEVER;
static int64_t kill_at = NEVER;
static int64_t look_at_shells;

/* Control lines that the reader of our stdout has not taken yet. */
static int report_fd = -1;
static char reports[1024];
static size_t reports_length;
static int64_t reports_since;

/* What we are told on stdin. */
static int orders_fd = -1;
static char orders[128];
static size_t orders_length;
static long order_number; /* of the newest that was obeyed */

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void complain(const char *sentence) {
    /* A message of ours is lost rather than waited for. */
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    if (poll(&p, 1, 1000) == 1) {
        dprintf(STDERR_FILENO, "mimiry: %s\n", sentence);
    }
}

/* ---- the processes of the container ---- */

struct process {
    char state;
    long parent;
    long group;
    long session;
    long terminal;
};

static bool look_at(long pid, struct process *process) {
    char path[64];
    char stat[512];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t n = read(fd, stat, sizeof stat - 1);
    close(fd);
    if (n <= 0) {
        return false;
    }
    stat[n] = '\0';
    const char *after_name = strrchr(stat, ')'); /* the name may hold anything */
    return after_name != NULL
        && sscanf(after_name + 1, " %c %ld %ld %ld %ld", &process->state, &process->parent, &process->group,
               &process->session, &process->terminal) == 5;
}

static bool parse_long(const char *text, long min, long max, long *value) {
    char *end;
    errno = 0;
    *value = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *value >= min && *value <= max;
}

static bool nobody_left(void) {
    return kill(-1, 0) != 0 && errno == ESRCH;
}

/* Whether what is left is the leaders of terminals: shells, which do not mind SIGTERM. */
static bool only_shells_left(void) {
    DIR *processes = opendir("/proc");
    if (processes == NULL) {
        return false;
    }
    bool only_shells = true;
    struct dirent *entry;
    while (only_shells && (entry = readdir(processes)) != NULL) {
        long pid;
        struct process process;
        if (parse_long(entry->d_name, 2, INT32_MAX, &pid) && look_at(pid, &process) && process.state != 'Z') {
            only_shells = process.session == pid && process.terminal != 0;
        }
    }
    closedir(processes);
    return only_shells;
}

/* ---- control lines ---- */

/*
 * An open file description of our own on the stdout pipe: non-blocking here, while the command's stays blocking. PID 1
 * must never hang in a write, since it has a deadline to keep.
 */
static void open_reports(void) {
    report_fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (report_fd < 0) {
        report_fd = STDOUT_FILENO;
    }
}

static void report(const char *line) {
    int n = snprintf(
        reports + reports_length, sizeof reports - reports_length, "\x1emimiry:%s %s\n", token, line);
    if (n > 0 && (size_t)n < sizeof reports - reports_length) {
        reports_length += (size_t)n;
        reports_since = now_ms();
    }
}

/*
 * stdout and stderr are two pipes: what the command wrote to stderr is let through before we say on stdout that it ended.
 * The engine reads them side by side, so this order is a kindness to readers, not a promise.
 */
static bool stderr_is_read(void) {
    int waiting = 0;
    return ioctl(STDERR_FILENO, FIONREAD, &waiting) != 0 || waiting == 0;
}

static void flush_reports(void) {
    if (reports_length == 0) {
        return;
    }
    int64_t waited = now_ms() - reports_since;
    if (waited < SETTLE_MS || (!stderr_is_read() && waited < STDERR_PATIENCE_MS)) {
        return;
    }
    struct pollfd p = {.fd = report_fd, .events = POLLOUT};
    if (poll(&p, 1, 0) == 1) {
        /* Shorter than PIPE_BUF: all or nothing. */
        ssize_t n = write(report_fd, reports, reports_length);
        if (n > 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            reports_length = 0;
        }
    }
}

/* ---- orders ---- */

/* Takes our stdin away from everybody else: what is started here gets an empty one. */
static void open_orders(void) {
    orders_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int nothing = open("/dev/null", O_RDWR);
    if (nothing < 0) {
        close(STDIN_FILENO);
    } else if (nothing != STDIN_FILENO) {
        dup2(nothing, STDIN_FILENO);
        close(nothing);
    }
}

static void obey(const char *order) {
    long number;
    long seconds;
    char until[16];
    if (sscanf(order, "paid %ld %15s", &number, until) != 2 || number <= order_number) {
        return;
    }
    if (strcmp(until, "never") == 0) {
        paid_until = NEVER;
    } else if (parse_long(until, 0, INT32_MAX, &seconds)) {
        paid_until = now_ms() + (int64_t)seconds * 1000;
    } else {
        return;
    }
    order_number = number;
}

static void read_orders(void) {
    ssize_t n = read(orders_fd, orders + orders_length, sizeof orders - 1 - orders_length);
    if (n <= 0) {
        if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            close(orders_fd); /* nobody will say anything any more; what was said last stays true */
            orders_fd = -1;
        }
        return;
    }
    orders_length += (size_t)n;
    orders[orders_length] = '\0';
    char *line = orders;
    for (char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        obey(line);
    }
    orders_length = strlen(line);
    memmove(orders, line, orders_length);
    if (orders_length == sizeof orders - 1) {
        orders_length = 0; /* no order is as long */
    }
}

/* ---- the command ---- */

static void run_shell(const char *command, int failure_fd) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal < NSIG; signal++) {
        sigaction(signal, &standard, NULL); /* refused for KILL and STOP, which have no other */
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    if (command[0] == '-' || command[0] == '+') {
        execl("/bin/sh", "sh", "-c", "--", command, (char *)NULL);
    } else {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    }
    int failure = errno;
    if (write(failure_fd, &failure, sizeof failure) < 0) {
        _exit(125);
    }
    _exit(126);
}

static int explain(int failure) {
    if (failure == ENOENT) {
        complain("this image has no /bin/sh, which a command needs; "
                 "take an image that has a shell, or start the session without a command");
        return 127;
    }
    if (failure == E2BIG) {
        complain("the command and the environment are longer than the kernel takes");
    } else {
        char sentence[256];
        snprintf(sentence, sizeof sentence, "/bin/sh cannot be run here: %s", strerror(failure));
        complain(sentence);
    }
    return 126;
}

static void end_everything(int grace_ms);

static void command_ended(int code) {
    command_pid = 0;
    exit_code = code;
    bool kept = !asked_to_stop && !ending && (code == 0 ? keep_success : keep_failure);
    char line[64];
    snprintf(line, sizeof line, "ended code=%d kept=%d term=%d", code, kept, asked_to_stop);
    report(line);
    if (!kept) {
        end_everything(asked_to_stop ? GRACE_MS : STRAGGLER_MS);
    }
}

/* Returns when the shell runs, in its own process group, so that no signal to forward can miss it. */
static void start_command(const char *command) {
    int failure_pipe[2];
    if (pipe2(failure_pipe, O_CLOEXEC) != 0) {
        command_ended(explain(errno));
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        run_shell(command, failure_pipe[1]);
    }
    int failure = pid < 0 ? errno : 0;
    close(failure_pipe[1]);
    if (pid > 0 && read(failure_pipe[0], &failure, sizeof failure) == sizeof failure) {
        waitpid(pid, NULL, 0);
    } else if (pid > 0) {
        command_pid = pid;
    }
    close(failure_pipe[0]);
    if (command_pid == 0) {
        command_ended(explain(failure));
    }
}

static void reap(void) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == command_pid) {
            command_ended(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
        }
    }
}

/* ---- the end ---- */

static void end_everything(int grace_ms) {
    int64_t at = now_ms() + grace_ms;
    ending = true;
    kill_at = at < kill_at ? at : kill_at;
    kill(-1, SIGTERM);
    kill(-1, SIGCONT);
}

static void on_signal(int signal) {
    switch (signal) {
        case SIGTERM:
            asked_to_stop = true;
            if (command_pid > 0) {
                kill(-command_pid, SIGTERM);
                kill(-command_pid, SIGCONT);
            } else {
                end_everything(GRACE_MS);
            }
            break;
        case SIGINT:
        case SIGHUP:
        case SIGQUIT:
        case SIGUSR1:
        case SIGUSR2:
            if (command_pid > 0) {
                kill(-command_pid, signal);
            }
            break;
        default: /* SIGCHLD: the loop reaps in any case */
            break;
    }
}

static void keep_time(void) {
    int64_t now = now_ms();
    if (!ending && (now >= deadline_at || now >= paid_until)) {
        report(now >= deadline_at ? "deadline" : "unpaid");
        end_everything(GRACE_MS);
    }
    if (now >= kill_at && command_pid > 0) {
        kill_at = NEVER;
        kill(-1, SIGKILL);
    }
    if (ending && now >= look_at_shells) {
        look_at_shells = now + SHELLS_MS;
        if (only_shells_left()) {
            kill(-1, SIGHUP); /* to all from the start, it would cut short what saves its work on SIGTERM */
        }
    }
}

static bool finished(void) {
    if (!ending || command_pid > 0) {
        return false;
    }
    int64_t now = now_ms();
    /* The kernel kills with PID 1 whatever is still there. */
    return (now >= kill_at || nobody_left())
        && (reports_length == 0 || now >= reports_since + REPORT_PATIENCE_MS);
}

/* -1 = until something happens */
static int nap_ms(void) {
    if (reports_length > 0) {
        return 2;
    }
    if (ending) {
        return 20;
    }
    int64_t next = deadline_at < paid_until ? deadline_at : paid_until;
    if (next == NEVER) {
        return -1;
    }
    int64_t left = next - now_ms();
    return left < 0 ? 0 : left < LONGEST_NAP_MS ? (int)left : LONGEST_NAP_MS;
}

static int loop(int signals) {
    for (;;) {
        reap();
        keep_time();
        flush_reports();
        if (finished()) {
            return exit_code;
        }
        struct pollfd sources[] = {{.fd = signals, .events = POLLIN}, {.fd = orders_fd, .events = POLLIN}};
        if (poll(sources, 2, nap_ms()) <= 0) {
            continue;
        }
        struct signalfd_siginfo signal;
        if (sources[0].revents != 0 && read(signals, &signal, sizeof signal) == sizeof signal) {
            on_signal((int)signal.ssi_signo);
        }
        if (sources[1].revents != 0) {
            read_orders();
        }
    }
}

/* ---- calls ---- */

static int usage(void) {
    complain("usage: init run [--token T] [--keep-success] [--keep-failure] [--deadline SECONDS] [--paid SECONDS]"
             " [-- COMMAND]"
             " | init signal MARK NUMBER"
             " | init terminal COLUMNS ROWS PROGRAM [ARGUMENT...] | init version");
    return EXIT_USAGE;
}

static bool take_token(char *text) {
    size_t length = strlen(text);
    if (length >= sizeof token) {
        return false;
    }
    memcpy(token, text, length + 1);
    memset(text, 0, length); /* /proc/1/cmdline is for everybody */
    return true;
}

static int run(int argc, char **argv) {
    const char *command = NULL;
    for (int i = 2; i < argc; i++) {
        long seconds;
        if (strcmp(argv[i], "--keep-success") == 0) {
            keep_success = true;
        } else if (strcmp(argv[i], "--keep-failure") == 0) {
            keep_failure = true;
        } else if (strcmp(argv[i], "--token") == 0 && i + 1 < argc && take_token(argv[i + 1])) {
            i++;
        } else if (strcmp(argv[i], "--deadline") == 0 && i + 1 < argc
            && parse_long(argv[i + 1], 0, INT32_MAX, &seconds)) {
            deadline_at = now_ms() + (int64_t)seconds * 1000;
            i++;
        } else if (strcmp(argv[i], "--paid") == 0 && i + 1 < argc && parse_long(argv[i + 1], 0, INT32_MAX, &seconds)) {
            paid_until = now_ms() + (int64_t)seconds * 1000;
            i++;
        } else if (strcmp(argv[i], "--") == 0 && i + 2 == argc) {
            command = argv[++i];
        } else {
            return usage();
        }
    }
    if (getpid() != 1) {
        /* Elsewhere, kill(-1) would end strangers. */
        complain("run works only as PID 1 of a container");
        return EXIT_USAGE;
    }
    open_reports();
    open_orders();
    prctl(PR_SET_DUMPABLE, 0); /* hides our memory, and with it the token, from the container's processes */
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) {
        complain("this kernel has no signalfd");
        return EXIT_USAGE;
    }
    if (command != NULL) {
        start_command(command);
    }
    return loop(signals);
}

/* Whether the process was started from outside of the container: its parent is in none of our namespaces. */
static bool started_from_outside(long pid) {
    struct process process;
    return look_at(pid, &process) && process.parent == 0;
}

static bool environment_has(long pid, const char *entry) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/environ", pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    char *variable = NULL;
    size_t capacity = 0;
    bool found = false;
    while (!found && getdelim(&variable, &capacity, '\0', file) > 0) {
        found = strcmp(variable, entry) == 0;
    }
    free(variable);
    fclose(file);
    return found;
}

/* Signals the group of the process that was started from outside with MIMIRY_EXEC=mark in its environment. */
static int signal_marked(const char *mark, const char *number) {
    long signal;
    char entry[160];
    if (!parse_long(number, 1, NSIG - 1, &signal)
        || (size_t)snprintf(entry, sizeof entry, "MIMIRY_EXEC=%s", mark) >= sizeof entry) {
        return usage();
    }
    DIR *processes = opendir("/proc");
    if (processes == NULL) {
        return 1;
    }
    int found = 0;
    struct dirent *process;
    while ((process = readdir(processes)) != NULL) {
        long pid;
        if (parse_long(process->d_name, 2, INT32_MAX, &pid) && pid != getpid()
            && started_from_outside(pid) && environment_has(pid, entry)
            && (kill((pid_t)-pid, (int)signal) == 0 || kill((pid_t)pid, (int)signal) == 0)) {
            found++;
        }
    }
    closedir(processes);
    return found > 0 ? 0 : 1;
}

/* Runs a program in a terminal that has its size before the program first looks. */
static int run_in_terminal(char **argv) {
    long columns;
    long rows;
    if (!parse_long(argv[2], 0, UINT16_MAX, &columns) || !parse_long(argv[3], 0, UINT16_MAX, &rows)) {
        return usage();
    }
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    ioctl(STDIN_FILENO, TIOCSWINSZ, &size);
    execvp(argv[4], argv + 4);
    int failure = errno;
    dprintf(STDERR_FILENO, "mimiry: %s: %s\n", argv[4], failure == ENOENT ? "not found" : strerror(failure));
    return failure == ENOENT || failure == ENOTDIR ? 127 : 126;
}

static int not_let(const char *what) {
    dprintf(STDERR_FILENO, "mimiry: %s: %s\n", what, strerror(errno));
    return EXIT_NOT_LET;
}

/*
 * Runs a script with the host's own tools and files instead of the container's. The way there is our parent, since what
 * starts containers lives in the mount namespace that the engine mounts in, whatever process 1 is. Works only in a
 * container that was given the host's process ids and the capabilities for it; a session's container never is.
 */
static int run_on_host(char **argv) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/ns/mnt", (long)getppid());
    int host = open(path, O_RDONLY | O_CLOEXEC);
    if (host < 0) {
        return not_let("the host's files cannot be reached");
    }
    if (setns(host, CLONE_NEWNS) != 0 || chdir("/") != 0) {
        return not_let("the host's mount namespace cannot be entered");
    }
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    setenv("LC_ALL", "C", 1);
    /* argv is "init", "host", SCRIPT, ARGUMENT...; the shell wants "sh", "-c", SCRIPT, name, ARGUMENT... */
    size_t count = 0;
    while (argv[count] != NULL) {
        count++;
    }
    char **call = calloc(count + 2, sizeof *call);
    if (call == NULL) {
        return not_let("no memory");
    }
    call[0] = "sh";
    call[1] = "-c";
    call[2] = argv[2];
    call[3] = "mimiry";
    memcpy(call + 4, argv + 3, (count - 3) * sizeof *call);
    execv("/bin/sh", call);
    return not_let("the host's /bin/sh cannot be run");
}

int main(int argc, char **argv) {
    const char *call = argc > 1 ? argv[1] : "";
    if (strcmp(call, "run") == 0) {
        return run(argc, argv);
    }
    if (strcmp(call, "signal") == 0 && argc == 4) {
        return signal_marked(argv[2], argv[3]);
    }
    if (strcmp(call, "terminal") == 0 && argc >= 5) {
        return run_in_terminal(argv);
    }
    if (strcmp(call, "host") == 0 && argc >= 3) {
        return run_on_host(argv);
    }
    if (strcmp(call, "version") == 0) {
        puts("mimiry-init 1");
        return 0;
    }
    return usage();
}
