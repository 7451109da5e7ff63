package com.mimiry.platform;

import java.security.Provider;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.sshd.common.util.security.AbstractSecurityProviderRegistrar;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.common.util.security.SunJCESecurityProviderRegistrar;
import org.apache.sshd.common.util.security.eddsa.bouncycastle.BouncyCastleEdDSASupport;
import org.apache.sshd.common.util.security.eddsa.generic.EdDSASupport;

/**
 * Whose cryptography the SSH library uses: the JDK's, which is faster, and Bouncy Castle's only for Ed25519 keys, which the
 * library does not know otherwise. The whole of Bouncy Castle, which it would take by itself, computes tables for every
 * curve there is when it is registered: 0.3 s of processor time at each start.
 */
public final class SshCryptography extends AbstractSecurityProviderRegistrar {
    /** Public as the library makes it by reflection. */
    public SshCryptography() {
        super("MimiryEd25519");
    }

    /** To be called before the library is first used. */
    public static void choose() {
        System.setProperty(
                SecurityUtils.SECURITY_PROVIDER_REGISTRARS,
                SunJCESecurityProviderRegistrar.class.getName() + "," + SshCryptography.class.getName());
    }

    @Override
    public Provider getSecurityProvider() {
        return Ed25519.INSTANCE;
    }

    @Override
    public boolean isSupported() {
        return true;
    }

    /** The library is handed the provider; nobody else in this process meets it. */
    @Override
    public boolean isNamedProviderUsed() {
        return false;
    }

    @Override
    public boolean isSecurityEntitySupported(Class<?> type, String name) {
        return Ed25519.INSTANCE.getService(type.getSimpleName(), name) != null;
    }

    @Override
    public Optional<EdDSASupport<?, ?>> getEdDSASupport() {
        return Optional.of(new BouncyCastleEdDSASupport());
    }

    private static final class Ed25519 extends Provider {
        private static final long serialVersionUID = 1;
        private static final String CLASSES = "org.bouncycastle.jcajce.provider.asymmetric.edec.";
        private static final Ed25519 INSTANCE = new Ed25519();

        Ed25519() {
            super("MimiryEd25519", "1", "Ed25519 by Bouncy Castle");
            Map.of(
                            "KeyFactory",
                            "KeyFactorySpi",
                            "KeyPairGenerator",
                            "KeyPairGeneratorSpi",
                            "Signature",
                            "SignatureSpi")
                    .forEach((type, spi) -> putService(new Service(
                            this, type, "Ed25519", CLASSES + spi + "$Ed25519", List.of(SecurityUtils.EDDSA), null)));
        }
    }
}
