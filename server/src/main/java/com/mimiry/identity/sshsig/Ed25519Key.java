package com.mimiry.identity.sshsig;

import org.bouncycastle.math.ec.rfc8032.Ed25519;

/** BouncyCastle's arithmetic: the JDK's takes eight times as long. */
@SuppressWarnings("ArrayRecordComponent") // values of this kind are never compared
record Ed25519Key(byte[] blob, byte[] point) implements CurveKey {
    static final String TYPE = "ssh-ed25519";

    Ed25519Key {
        if (point.length != Ed25519.PUBLIC_KEY_SIZE || !Ed25519.validatePublicKeyPartial(point, 0)) {
            throw new SshFormatException("its Ed25519 point is not valid");
        }
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public boolean verify(byte[] message, byte[] signature) {
        WireReader in = new WireReader(signature);
        if (!in.text().equals(TYPE)) {
            return false;
        }
        byte[] value = in.string();
        in.end();
        return verifyRaw(message, value);
    }

    @Override
    public boolean verifyRaw(byte[] message, byte[] value) {
        return value.length == Ed25519.SIGNATURE_SIZE && Ed25519.verify(value, 0, point, 0, message, 0, message.length);
    }
}
