package com.mimiry.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.junit.jupiter.api.Test;

/** What is chosen is what the library takes: otherwise it falls back to all of Bouncy Castle without a word. */
class SshCryptographyTest {
    @Test
    void curves_are_the_jdks_and_only_ed25519_is_bouncy_castles() throws GeneralSecurityException {
        SshCryptography.choose();
        assertThat(SecurityUtils.isEDDSACurveSupported()).isTrue();
        assertThat(SecurityUtils.isBouncyCastleRegistered()).isFalse();
        assertThat(SecurityUtils.getSignature("EdDSA").getProvider().getName()).isEqualTo("MimiryEd25519");
        assertThat(SecurityUtils.getSignature("SHA256withECDSA").getProvider().getName())
                .isEqualTo("SunEC");
        assertThat(SecurityUtils.getKeyAgreement("X25519").getProvider().getName())
                .isEqualTo("SunEC");
    }
}
