package com.mimiry.sshproxy;

import com.mimiry.sessions.SshTargets.SshTarget;
import java.net.InetAddress;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Decides which session a login means: by the address dialled, then by the user name, then by the key alone. */
final class Routing {
    private static final Pattern SESSION_ID =
            Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", Pattern.CASE_INSENSITIVE);

    private Routing() {}

    /**
     * @param dialled the address that the client connected to
     * @param userName as the client gave it; may be anything
     * @param reachable the sessions that the key may enter
     * @param owned whether any session at all owns an address; asked only where no reachable one owns it
     */
    static Route route(InetAddress dialled, String userName, List<SshTarget> reachable, Predicate<InetAddress> owned) {
        List<SshTarget> here =
                reachable.stream().filter(target -> owns(target, dialled)).toList();
        if (!here.isEmpty()) {
            return new Route.Into(here.getFirst());
        }
        if (owned.test(dialled)) {
            return new Route.Denied();
        }
        if (SESSION_ID.matcher(userName).matches()) {
            // An id means exactly one session: never fall through from it to another one.
            return reachable.stream()
                    .filter(target -> target.sessionId().toString().equalsIgnoreCase(userName))
                    .findFirst()
                    .<Route>map(Route.Into::new)
                    .orElseGet(Route.Denied::new);
        }
        List<SshTarget> named = reachable.stream()
                .filter(target -> target.name().equals(userName))
                .toList();
        return onlyOne(named.isEmpty() ? reachable : named);
    }

    private static Route onlyOne(List<SshTarget> candidates) {
        List<SshTarget> open =
                candidates.stream().filter(target -> target.refusal() == null).toList();
        if (open.size() == 1) {
            return new Route.Into(open.getFirst());
        }
        return candidates.size() == 1 ? new Route.Into(candidates.getFirst()) : new Route.Ambiguous(candidates);
    }

    private static boolean owns(SshTarget target, InetAddress dialled) {
        String address = target.address();
        return address != null && InetAddress.ofLiteral(address).equals(dialled);
    }
}
