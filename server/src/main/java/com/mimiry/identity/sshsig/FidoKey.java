package com.mimiry.identity.sshsig;

import java.nio.charset.StandardCharsets;

/**
 * A key in a security token. The token signs hashes of the application and of the message together with its flags and its
 * counter; the flag that says somebody touched it must be set, as OpenSSH wants it by default.
 *
 * @param application such as {@code ssh:}
 */
@SuppressWarnings("ArrayRecordComponent") // values of this kind are never compared
record FidoKey(String type, byte[] blob, CurveKey inner, byte[] application) implements SshPublicKey {
    static final String ED25519 = "sk-ssh-ed25519@openssh.com";
    static final String ECDSA = "sk-ecdsa-sha2-nistp256@openssh.com";
    private static final int USER_PRESENT = 0x01;

    static FidoKey ed25519(byte[] blob, WireReader in) {
        Ed25519Key inner = new Ed25519Key(blob, in.string());
        return new FidoKey(ED25519, blob, inner, application(in));
    }

    static FidoKey ecdsa(byte[] blob, WireReader in) {
        EcdsaKey inner = EcdsaKey.read(ECDSA, blob, EcdsaKey.Curve.NISTP256, in);
        return new FidoKey(ECDSA, blob, inner, application(in));
    }

    private static byte[] application(WireReader in) {
        byte[] application = in.string();
        if (!new String(application, StandardCharsets.UTF_8).startsWith("ssh:")) {
            throw new SshFormatException("its FIDO application does not start with 'ssh:'");
        }
        return application;
    }

    @Override
    public boolean verify(byte[] message, byte[] signature) {
        WireReader in = new WireReader(signature);
        if (!in.text().equals(type)) {
            return false;
        }
        byte[] value = in.string();
        byte flags = in.uint8();
        int counter = in.uint32();
        in.end();
        if ((flags & USER_PRESENT) == 0) {
            throw new SshFormatException("the security key was not touched; sign without no-touch-required");
        }
        byte[] signed = new WireWriter()
                .fixed(Digests.sha256(application))
                .fixed(new byte[] {flags})
                .uint32(counter)
                .fixed(Digests.sha256(message))
                .bytes();
        return inner.verifyRaw(signed, value);
    }
}
