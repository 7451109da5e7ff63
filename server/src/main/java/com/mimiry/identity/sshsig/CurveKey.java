package com.mimiry.identity.sshsig;

/** A key of a kind that security tokens can hold too. */
sealed interface CurveKey extends SshPublicKey permits Ed25519Key, EcdsaKey {
    /** As {@link #verify}, for the bare signature value. */
    boolean verifyRaw(byte[] message, byte[] value);
}
