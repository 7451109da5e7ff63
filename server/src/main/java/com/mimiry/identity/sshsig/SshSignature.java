package com.mimiry.identity.sshsig;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * A detached signature as {@code ssh-keygen -Y sign} writes it (PROTOCOL.sshsig of OpenSSH).
 *
 * @param key the key that it says it is made with; nothing follows from it before {@link #verify}
 * @param hashName {@code sha256} or {@code sha512}
 */
@SuppressWarnings("ArrayRecordComponent") // values of this kind are never compared
public record SshSignature(SshPublicKey key, String namespace, String hashName, byte[] value) {
    private static final byte[] MAGIC = "SSHSIG".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final String BEGIN = "-----BEGIN SSH SIGNATURE-----";
    private static final String END = "-----END SSH SIGNATURE-----";

    /**
     * Reads an armored signature file; line ends may be LF or CR LF.
     *
     * @throws SshFormatException where it is malformed or of a kind that is not accepted
     */
    public static SshSignature parseArmored(byte[] file) {
        String text = new String(file, StandardCharsets.ISO_8859_1).replace("\r\n", "\n");
        int end = text.indexOf("\n" + END);
        if (!text.startsWith(BEGIN + "\n")
                || end < 0
                || !text.substring(end + 1 + END.length()).isBlank()) {
            throw new SshFormatException("it is not an armored SSH signature file");
        }
        try {
            String body = end <= BEGIN.length() ? "" : text.substring(BEGIN.length() + 1, end);
            return parse(Base64.getDecoder().decode(body.replace("\n", "")));
        } catch (IllegalArgumentException e) {
            throw new SshFormatException("its armor does not hold base64");
        }
    }

    private static SshSignature parse(byte[] blob) {
        WireReader in = new WireReader(blob);
        if (!Arrays.equals(in.fixed(MAGIC.length), MAGIC)) {
            throw new SshFormatException("it does not start with SSHSIG");
        }
        if (in.uint32() != VERSION) {
            throw new SshFormatException("only version 1 of the format is known");
        }
        SshPublicKey key = SshPublicKey.parseBlob(in.string());
        String namespace = new String(in.string(), StandardCharsets.UTF_8);
        in.string(); // reserved: to be ignored
        String hashName = in.text();
        if (!hashName.equals("sha256") && !hashName.equals("sha512")) {
            throw new SshFormatException("its hash is neither sha256 nor sha512");
        }
        byte[] value = in.string();
        in.end();
        return new SshSignature(key, namespace, hashName, value);
    }

    /**
     * Whether {@link #key} made this signature over exactly these bytes, for this purpose.
     *
     * @throws SshFormatException where the signature value is malformed or of an algorithm that is not accepted
     */
    public boolean verify(String expectedNamespace, byte[] message) {
        if (!namespace.equals(expectedNamespace)) {
            return false;
        }
        byte[] hash = Digests.digest(hashName.equals("sha256") ? "SHA-256" : "SHA-512", message);
        byte[] signed = new WireWriter()
                .fixed(MAGIC)
                .string(expectedNamespace)
                .string("")
                .string(hashName)
                .string(hash)
                .bytes();
        return key.verify(signed, value);
    }
}
