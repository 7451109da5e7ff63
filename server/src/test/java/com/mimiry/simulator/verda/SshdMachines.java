package com.mimiry.simulator.verda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Machines that are real as far as a server can tell: each is OpenSSH's server on a loopback address of its own, in a mount
 * namespace with its own {@code /etc/ssh}, {@code /root/.ssh} and {@code /run}, where the startup script has run unchanged.
 * All of them share one Docker engine. Takes root.
 */
public final class SshdMachines implements MachineHost {
    private static final int WAIT_S = 20;

    private final Path root;
    private final int port;
    private final Path dockerSocket;
    /** Emulators that run at the same time hardly ever meet. */
    private final int network = ThreadLocalRandom.current().nextInt(100, 250);

    private final AtomicInteger addresses = new AtomicInteger();
    private final Map<String, Machine> machines = new ConcurrentHashMap<>();

    /** @param root a directory for the machines' files, made where it is not there */
    public SshdMachines(Path root, int port, Path dockerSocket) {
        this.root = root;
        this.port = port;
        this.dockerSocket = dockerSocket;
    }

    private record Machine(Path directory, String tag, Process process) {}

    @Override
    public String newAddress() {
        int number = addresses.incrementAndGet();
        return "127." + network + "." + number / 250 + "." + (1 + number % 250);
    }

    @Override
    public void boot(
            String instance, String machine, String address, String script, List<String> keys, boolean docker) {
        try {
            Path directory = Files.createDirectories(root.resolve(instance));
            for (String name : List.of("etc-ssh", "etc-ssh/sshd_config.d", "root-ssh", "run", "run/sshd", "bin")) {
                Files.createDirectories(directory.resolve(name));
            }
            Files.writeString(
                    directory.resolve("etc-ssh/sshd_config"), "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM no\n");
            Files.write(directory.resolve("root-ssh/authorized_keys"), keys);
            Files.writeString(directory.resolve("startup.sh"), script);
            Files.writeString(directory.resolve("run/docker.sock"), "");
            for (String stub : List.of("systemctl", "apt-get", "dockerd")) {
                Path program = directory.resolve("bin").resolve(stub);
                Files.writeString(program, "#!/bin/sh\nexit 0\n");
                program.toFile().setExecutable(true);
            }
            machines.put(instance, new Machine(directory, machine, run(directory, address, docker)));
            awaitSsh(address);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process run(Path directory, String address, boolean docker) throws IOException {
        String engine = docker ? "mount --bind '%s' '%s/run/docker.sock'".formatted(dockerSocket, directory) : "true";
        String boot = """
                set -eu
                mount --make-rprivate /
                for volume in /var/lib/mimiry/volumes/*; do umount "$volume" 2>/dev/null || true; done
                cd '%1$s'
                chmod 700 root-ssh
                %2$s
                mount --rbind run /run
                mount --bind etc-ssh /etc/ssh
                mount --bind root-ssh /root/.ssh
                if [ ! -e booted ]; then PATH="$PWD/bin:$PATH" bash ./startup.sh > startup.log 2>&1; : > booted; fi
                exec /usr/sbin/sshd -D -e -o ListenAddress=%3$s -p %4$d -o PidFile=none
                """.formatted(directory, engine, address, port);
        Files.createDirectories(Path.of("/root/.ssh"));
        return new ProcessBuilder("unshare", "-m", "bash", "-c", boot)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("sshd.log").toFile()))
                .start();
    }

    private void awaitSsh(String address) {
        await("sshd at " + address, () -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, port), 500);
                return true;
            } catch (IOException _) {
                return false;
            }
        });
    }

    private static void await(String what, Supplier<Boolean> condition) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_S);
        while (!condition.get()) {
            if (System.nanoTime() > until) {
                throw new IllegalStateException(what + " did not come up");
            }
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void move(String instance, String address) {
        Machine machine = machines.get(instance);
        if (machine == null) {
            return;
        }
        stop(machine.process);
        try {
            Process moved = run(machine.directory, address, true);
            machines.put(instance, new Machine(machine.directory, machine.tag, moved));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitSsh(address);
    }

    @Override
    public void end(String instance) {
        Machine machine = machines.remove(instance);
        if (machine == null) {
            return;
        }
        stop(machine.process);
        if (!machine.tag.isEmpty()) {
            removeContainers(machine.tag);
        }
        exec("rm", "-rf", machine.directory.toString());
    }

    /** Disks are files on loop devices, which all machines see, as they share the engine. */
    @Override
    public String attachDisk(String disk, int sizeGb) {
        try {
            Path file = Files.createDirectories(root.resolve("disks")).resolve(disk);
            output("truncate", "--size", sizeGb + "G", file.toString());
            return output("losetup", "--find", "--show", file.toString())
                    .strip()
                    .replaceFirst("^/dev/", "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void detachDisk(String disk) {
        exec(
                "sh",
                "-c",
                "for d in $(losetup -n -O NAME -j \"$1\"); do for m in $(findmnt -n -o TARGET -S \"$d\");"
                        + " do umount \"$m\" && rmdir \"$m\"; done; losetup -d \"$d\"; done",
                "sh",
                root.resolve("disks").resolve(disk).toString());
    }

    @Override
    public void deleteDisk(String disk) {
        detachDisk(disk);
        exec("rm", "-f", root.resolve("disks").resolve(disk).toString());
    }

    private static String output(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + text);
        }
        return text;
    }

    /** Its connections are processes of their own. */
    private static void stop(Process process) {
        List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
        all.add(process.toHandle());
        all.forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
    }

    /** What ran on the machine ends with it. */
    private void removeContainers(String tag) {
        exec(
                "sh",
                "-c",
                "docker -H unix://%1$s ps -aq --filter label=mimiry.machine=%2$s | xargs -r docker -H unix://%1$s rm -f -v"
                        .formatted(dockerSocket, tag));
    }

    private static void exec(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.waitFor(60, TimeUnit.SECONDS);
            process.destroyForcibly();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
