package com.mimiry.sshproxy;

import com.mimiry.sessions.SshTargets.SshTarget;
import java.net.InetSocketAddress;
import java.util.List;

/** What the front door itself says to people, always on stderr. */
final class Sentences {
    static final String DENIED = "This key may not enter that session.";
    static final String STOPPING = "The server is stopping; connect again in a moment.";
    static final String OVER = "The session has ended, or this key may no longer enter it.";
    static final String UNKNOWN = "The server cannot find out where this login leads; try again.";
    static final String BROKEN = "The connection to the container is broken; try again.";
    private static final int SSH_PORT = 22;
    private static final int LISTED_MAX = 20;

    private Sentences() {}

    static String ended(SshTarget target) {
        return "Session " + printable(target.name()) + " has ended.";
    }

    /**
     * @param here the address and port that the client connected to
     */
    static String choice(List<SshTarget> targets, InetSocketAddress here) {
        if (targets.isEmpty()) {
            return "You have no session to log in to. Create one first, for example with: mirc session create";
        }
        StringBuilder text = new StringBuilder("This key reaches several sessions. Say which one:");
        targets.stream()
                .limit(LISTED_MAX)
                .forEach(target -> text.append("\n  ")
                        .append(commandLine(target, here))
                        .append("   # ")
                        .append(printable(target.name()))
                        .append(", ")
                        .append(target.state()));
        if (targets.size() > LISTED_MAX) {
            text.append("\n  and ").append(targets.size() - LISTED_MAX).append(" more: mirc session list");
        }
        return text.toString();
    }

    private static String commandLine(SshTarget target, InetSocketAddress here) {
        String address = target.address();
        String port = here.getPort() == SSH_PORT ? "" : "-p " + here.getPort() + " ";
        String destination = address != null
                ? address
                : target.sessionId() + "@" + here.getAddress().getHostAddress();
        return "ssh " + port + destination;
    }

    /** Names are their owners' free text; none may drive somebody's terminal. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
