package com.mimiry.identity.sshsig;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The format of OpenSSH's PROTOCOL.sshsig, for signatures that ssh-keygen does not make here. */
final class SignatureFile {
    private static final byte[] MAGIC = "SSHSIG".getBytes(StandardCharsets.US_ASCII);

    private SignatureFile() {}

    /** What a key signs. */
    static byte[] signed(String namespace, byte[] message) {
        return new WireWriter()
                .fixed(MAGIC)
                .string(namespace)
                .string("")
                .string("sha512")
                .string(Digests.digest("SHA-512", message))
                .bytes();
    }

    /** @param value the signature with the name of its algorithm */
    static byte[] armored(byte[] publicKey, String namespace, byte[] value) {
        return armor(new WireWriter()
                .fixed(MAGIC)
                .uint32(1)
                .string(publicKey)
                .string(namespace)
                .string("")
                .string("sha512")
                .string(value)
                .bytes());
    }

    static byte[] armor(byte[] file) {
        String body = Base64.getMimeEncoder(70, new byte[] {'\n'}).encodeToString(file);
        return ("-----BEGIN SSH SIGNATURE-----\n" + body + "\n-----END SSH SIGNATURE-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
