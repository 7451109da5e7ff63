package com.mimiry.sshproxy;

import com.mimiry.identity.SshKeys;
import com.mimiry.sessions.SshTargets;
import java.security.PublicKey;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.digest.BuiltinDigests;
import org.apache.sshd.server.auth.pubkey.PublickeyAuthenticator;
import org.apache.sshd.server.session.ServerSession;
import org.jboss.logging.Logger;

/**
 * Says whether an offered key may sign in. It may ask the database: the library calls it on a virtual thread of the
 * connection's own, see {@link SshFrontDoor}. (The library's asynchronous authentication is no way: it would take a yes to
 * an offered key for a yes to a signature.)
 */
final class KeyAuthentication implements PublickeyAuthenticator {
    private static final Logger LOG = Logger.getLogger("com.mimiry.ssh");

    private final SshTargets targets;
    private final SshKeys keys;

    KeyAuthentication(SshTargets targets, SshKeys keys) {
        this.targets = targets;
        this.keys = keys;
    }

    @Override
    public boolean authenticate(String userName, PublicKey key, ServerSession session) {
        if (key instanceof OpenSshCertificate) {
            return false;
        }
        try {
            return SshConnection.of(session, targets, keys)
                    .admits(userName, KeyUtils.getFingerPrint(BuiltinDigests.sha256, key));
        } catch (RuntimeException e) {
            LOG.warnf(e, "ssh login could not be checked");
            return false;
        }
    }
}
