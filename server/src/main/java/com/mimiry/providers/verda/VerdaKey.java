package com.mimiry.providers.verda;

import com.mimiry.containers.SshKeyTexts;
import com.mimiry.platform.Secret;

/**
 * An SSH key of our making: the one by which a machine proves that it is the one that we ordered, whatever its address, or
 * the one by which we prove to a machine that we are we.
 *
 * @param privateKey in OpenSSH's file format
 * @param publicKey in OpenSSH's one-line form
 */
record VerdaKey(Secret privateKey, String publicKey) {
    static VerdaKey make() {
        SshKeyTexts.MadeKey made = SshKeyTexts.make("mimiry");
        return new VerdaKey(made.privateText(), made.publicLine());
    }
}
