package com.mimiry.sshproxy;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.server.ServerFactoryManager;
import org.apache.sshd.server.session.ServerSessionImpl;

/**
 * A connection that gets AES-GCM wherever the client knows it. The client's order of preference decides, and OpenSSH puts
 * AES-CTR with its separate MAC first, at little more than half the speed. So OpenSSH, which sends its proposal without
 * waiting for ours, is heard first, and is offered the others only if it has no GCM.
 */
final class FastCipherSession extends ServerSessionImpl {
    private static final String SPEAKS_FIRST = "SSH-2.0-OpenSSH_";
    private static final String FAST = "gcm@openssh.com";

    private boolean listening;

    FastCipherSession(ServerFactoryManager server, IoSession ioSession) throws Exception {
        super(server, ioSession);
    }

    @Override
    protected byte[] sendKexInit() throws Exception {
        if (getClientKexProposals().isEmpty() && getClientVersion().startsWith(SPEAKS_FIRST)) {
            listening = true;
            return new byte[0];
        }
        return super.sendKexInit();
    }

    @Override
    protected void receiveKexInit(Map<KexProposalOption, String> proposal, byte[] seed) throws IOException {
        super.receiveKexInit(proposal, seed);
        if (listening) {
            listening = false;
            try {
                prefer(proposal, KexProposalOption.C2SENC);
                prefer(proposal, KexProposalOption.S2CENC);
                super.sendKexInit();
            } catch (IOException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException("no proposal for the key exchange", e);
            }
        }
    }

    private void prefer(Map<KexProposalOption, String> theirs, KexProposalOption direction) throws Exception {
        if (theirs.getOrDefault(direction, "").contains(FAST)) {
            getKexProposal()
                    .computeIfPresent(
                            direction,
                            (_, ours) -> Arrays.stream(ours.split(",", -1))
                                    .filter(cipher -> cipher.endsWith(FAST))
                                    .collect(Collectors.joining(",")));
        }
    }
}
