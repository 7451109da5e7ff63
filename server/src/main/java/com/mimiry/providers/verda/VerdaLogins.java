package com.mimiry.providers.verda;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.SshLogin;
import com.mimiry.containers.SshLogins;
import com.mimiry.platform.Database;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.UUID;

/**
 * The way into machines at Verda. Their engines are addressed by the machine's tag, so that an address stays right when
 * Verda gives the machine another IP address; who may answer there is said by the host key alone.
 */
@Singleton
final class VerdaLogins implements SshLogins {
    private static final String DOMAIN = ".verda";
    private static final String USER = "root";

    private final Database database;
    private final VerdaClientKey clientKey;
    private final int port;
    private final VerdaMachineStore store = new VerdaMachineStore();

    VerdaLogins(Database database, VerdaClientKey clientKey, VerdaConfig config) {
        this.database = database;
        this.clientKey = clientKey;
        this.port = config.sshPort();
    }

    static EngineAddress address(UUID tag) {
        return EngineAddress.of("ssh://" + tag + DOMAIN);
    }

    @Override
    public Optional<SshLogin> login(EngineAddress address) {
        String host = String.valueOf(address.uri().getHost());
        UUID tag = host.endsWith(DOMAIN)
                ? VerdaAnswers.idOrNull(host.substring(0, host.length() - DOMAIN.length()))
                : null;
        return tag == null
                ? Optional.empty()
                : database.read(tx -> store.find(tx, tag)).map(this::login);
    }

    private SshLogin login(VerdaMachine machine) {
        String ip = machine.ip();
        String hostKey = machine.hostPublicKey();
        if (ip == null || hostKey == null) {
            throw new EngineException.Unreachable("verda has given machine " + machine.tag() + " no address yet", null);
        }
        return new SshLogin(USER, ip, port, hostKey, clientKey.get().privateKey(), SshLogin.USUAL_SOCKET);
    }
}
