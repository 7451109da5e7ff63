package com.mimiry.providers.verda;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.SshLogin;
import com.mimiry.containers.SshLogins;
import com.mimiry.platform.Database;
import com.mimiry.providers.ProviderFailure;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * The way into machines at Verda. Their engines are addressed by the machine's tag, so that an address stays right when
 * Verda gives the machine another IP address; who may answer there is said by the host key alone.
 */
@Singleton
final class VerdaLogins implements SshLogins {
    private static final Logger LOG = Logger.getLogger(VerdaLogins.class);
    private static final String DOMAIN = ".verda";
    private static final String USER = "root";

    private final Database database;
    private final VerdaClientKey clientKey;
    private final int port;
    private final Runnable look;
    private final VerdaMachineStore store = new VerdaMachineStore();

    @Inject
    VerdaLogins(
            Database database, VerdaClientKey clientKey, VerdaConfig config, @Any Instance<VerdaProvider> provider) {
        this(database, clientKey, config, () -> {
            if (provider.isResolvable()) {
                provider.get().machines();
            }
        });
    }

    /** @param look asks Verda where its machines are now */
    VerdaLogins(Database database, VerdaClientKey clientKey, VerdaConfig config, Runnable look) {
        this.database = database;
        this.clientKey = clientKey;
        this.port = config.sshPort();
        this.look = look;
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
        if (tag == null) {
            return Optional.empty();
        }
        // A connection is made when the machine is new or the last one broke: either way its address may be news.
        try {
            look.run();
        } catch (ProviderFailure e) {
            LOG.debugf("machine %s is looked for where it last was: %s", tag, e.getMessage());
        }
        return database.read(tx -> store.find(tx, tag)).map(this::login);
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
