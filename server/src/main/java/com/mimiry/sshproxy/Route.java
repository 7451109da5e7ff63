package com.mimiry.sshproxy;

import com.mimiry.sessions.SshTargets.SshTarget;
import java.util.List;

/** Where a login leads. */
sealed interface Route {
    /** Into one session, or to its refusal. */
    record Into(SshTarget target) implements Route {}

    /** Nowhere yet: the person has to say which of these is meant; none where the key's owner has no session. */
    record Ambiguous(List<SshTarget> targets) implements Route {}

    /** The key has no business where the client wants to go. */
    record Denied() implements Route {}
}
