package com.mimiry.providers.verda;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.SshAccess;
import com.mimiry.platform.Database;
import com.mimiry.providers.ProviderFailure;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * The way into machines at Verda. Their engines are addressed by the machine's tag, so that an address stays right when
 * Verda gives the machine another IP address; who may answer there is said by the host key alone.
 */
@Singleton
final class VerdaLogins implements SshAccess {
    private static final Logger LOG = Logger.getLogger(VerdaLogins.class);
    private static final String DOMAIN = ".verda";

    private final Database database;
    private final VerdaClientKey clientKey;
    private final Runnable look;
    private final VerdaMachineStore store = new VerdaMachineStore();

    @Inject
    VerdaLogins(Database database, VerdaClientKey clientKey, @Any Instance<VerdaProvider> provider) {
        this(database, clientKey, () -> {
            if (provider.isResolvable()) {
                provider.get().listing();
            }
        });
    }

    /** @param look asks Verda where its machines are now */
    VerdaLogins(Database database, VerdaClientKey clientKey, Runnable look) {
        this.database = database;
        this.clientKey = clientKey;
        this.look = look;
    }

    static EngineAddress address(UUID tag, int port) {
        return EngineAddress.of("ssh://root@" + tag + DOMAIN + ":" + port);
    }

    @Override
    public Optional<Login> login(EngineAddress address) {
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

    private Login login(VerdaMachine machine) {
        String ip = machine.ip();
        String hostKey = machine.hostPublicKey();
        if (ip == null || hostKey == null) {
            throw new IllegalStateException("verda has given machine " + machine.tag() + " no address yet");
        }
        return new Login(List.of(hostKey), List.of(clientKey.get().privateKey()), ip);
    }
}
