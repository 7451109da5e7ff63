import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A session behind our front door, and beside it OpenSSH's sshd whose every command is a docker exec. */
final class SshPair implements AutoCloseable {
    private final Lab lab;
    private final String session;
    private final String container;
    private final Process sshd;
    private final String ours;
    private final String peer;

    private SshPair(Lab lab, String session, String ours, String container, Process sshd, String peer) {
        this.lab = lab;
        this.session = session;
        this.ours = ours;
        this.container = container;
        this.sshd = sshd;
        this.peer = peer;
    }

    static SshPair open(Lab lab) throws Exception {
        var image = lab.image();
        if (!Files.isExecutable(Path.of("/usr/sbin/sshd"))) {
            throw new Unavailable("/usr/sbin/sshd is not installed (openssh-server)");
        }
        if (!Machine.isRoot()) {
            throw new Unavailable("only root can run a second sshd");
        }
        var session = lab.api().create(image);
        var ours = address(lab, lab.api().awaitStarted(session));
        var container = Shell.run("docker", "run", "-d", "--init", image, "sleep", "3600").orFail("docker run").text().strip();
        var port = Lab.freePort();
        var sshd = sshd(lab, container, port);
        var peer = client(lab) + " -p " + port + " root@127.0.0.1";
        return new SshPair(lab, session, ours, container, sshd, peer);
    }

    private static String client(Lab lab) {
        return "ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
                + " -o IdentitiesOnly=yes -i " + lab.key();
    }

    private static String address(Lab lab, String session) {
        var ssh = Pattern.compile("\"ssh\"\\s*:\\s*(\\{[^}]*})").matcher(session);
        if (!ssh.find()) {
            throw new IllegalStateException("the session has no SSH address: " + session);
        }
        var part = ssh.group(1);
        return client(lab) + " -p " + Api.member(part, "port") + " " + Api.member(part, "username") + "@" + Api.member(part, "host");
    }

    private static Process sshd(Lab lab, String container, int port) throws Exception {
        var folder = Files.createDirectories(lab.folder.resolve("sshd"));
        var script = folder.resolve("exec.sh");
        Files.writeString(script, "#!/bin/sh\nexec docker exec -i " + container + " /bin/sh -c \"${SSH_ORIGINAL_COMMAND:-sh}\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.copy(Path.of(lab.key() + ".pub"), folder.resolve("authorized_keys"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        if (!Files.exists(folder.resolve("host"))) {
            Shell.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.resolve("host").toString()).orFail("ssh-keygen");
        }
        Files.createDirectories(Path.of("/run/sshd"));
        var config = folder.resolve("config");
        Files.writeString(config, """
                Port %d
                ListenAddress 127.0.0.1
                HostKey %s
                AuthorizedKeysFile %s
                PidFile none
                StrictModes no
                UsePAM no
                PermitRootLogin yes
                PasswordAuthentication no
                ForceCommand %s
                """.formatted(port, folder.resolve("host"), folder.resolve("authorized_keys"), script));
        var sshd = new ProcessBuilder("/usr/sbin/sshd", "-D", "-f", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        for (int tries = 0; !listens(port); tries++) {
            if (tries > 100 || !sshd.isAlive()) {
                throw new IllegalStateException("sshd did not start: " + Files.readString(folder.resolve("log")));
            }
            Thread.sleep(50);
        }
        return sshd;
    }

    private static boolean listens(int port) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Milliseconds of a shell script in which {@code $SSH} is the way to our container. */
    double ours(String script) throws Exception {
        return Shell.time(Map.of("SSH", ours), script);
    }

    /** The same by way of sshd and docker exec. */
    double peer(String script) throws Exception {
        return Shell.time(Map.of("SSH", peer), script);
    }

    @Override
    public void close() throws Exception {
        sshd.destroy();
        sshd.waitFor(10, TimeUnit.SECONDS);
        Shell.run("docker", "rm", "-f", container);
        lab.api().terminate(session);
    }
}
