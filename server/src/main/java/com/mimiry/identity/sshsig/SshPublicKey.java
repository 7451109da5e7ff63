package com.mimiry.identity.sshsig;

import java.util.Arrays;
import java.util.Base64;

/** An SSH public key of a kind that may sign in. */
public sealed interface SshPublicKey permits CurveKey, RsaKey, FidoKey {
    /** The key type's name, such as {@code ssh-ed25519}. */
    String type();

    /** The key in wire format. */
    byte[] blob();

    /**
     * Whether {@code signature} (wire format: algorithm, then what that defines) is this key's over {@code message}.
     *
     * @throws SshFormatException where the signature is not even well-formed, or of an algorithm that is not accepted
     */
    boolean verify(byte[] message, byte[] signature);

    /** As {@code ssh-keygen -lf} prints it: {@code SHA256:…}. */
    default String fingerprint() {
        return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(Digests.sha256(blob()));
    }

    /** Type and base64, without comment: what a {@code .pub} file starts with. */
    default String line() {
        return type() + " " + Base64.getEncoder().encodeToString(blob());
    }

    /**
     * Reads the content of a {@code .pub} file.
     *
     * @throws SshFormatException where it is no such line, or of a kind that is not accepted
     */
    static SshPublicKey parseLine(String line) {
        String text = line.strip();
        if (text.contains("PRIVATE KEY-----")) {
            throw new SshFormatException("it is a private key; keep that secret and give the content of the .pub file");
        }
        if (text.lines().count() > 1) {
            throw new SshFormatException("it has more than one line; give one key at a time");
        }
        String[] words = text.split("[ \t]+", 3);
        if (words.length < 2) {
            throw new SshFormatException("it is not an OpenSSH public key line like 'ssh-ed25519 AAAA… comment'");
        }
        refuseKinds(words[0]);
        byte[] blob;
        try {
            blob = Base64.getDecoder().decode(words[1]);
        } catch (IllegalArgumentException e) {
            throw new SshFormatException("its second word is not base64");
        }
        SshPublicKey key = parseBlob(blob);
        if (!key.type().equals(words[0])) {
            throw new SshFormatException("it says " + words[0] + " but holds a key of type " + key.type());
        }
        return key;
    }

    /**
     * Reads a key in wire format.
     *
     * @throws SshFormatException where it is malformed or of a kind that is not accepted
     */
    static SshPublicKey parseBlob(byte[] blob) {
        WireReader in = new WireReader(blob);
        String type = in.text();
        refuseKinds(type);
        SshPublicKey key = switch (type) {
            case Ed25519Key.TYPE -> new Ed25519Key(blob, in.string());
            case RsaKey.TYPE -> RsaKey.read(blob, in);
            case FidoKey.ED25519 -> FidoKey.ed25519(blob, in);
            case FidoKey.ECDSA -> FidoKey.ecdsa(blob, in);
            default -> EcdsaKey.read(type, blob, in);
        };
        in.end();
        return key;
    }

    private static void refuseKinds(String type) {
        if (type.contains("-cert-v")) {
            throw new SshFormatException("certificates are not accepted; use the plain key");
        }
        if (type.equals("ssh-dss")) {
            throw new SshFormatException("DSA keys are not accepted; use ssh-ed25519");
        }
        if (!Arrays.asList(
                        Ed25519Key.TYPE,
                        RsaKey.TYPE,
                        FidoKey.ED25519,
                        FidoKey.ECDSA,
                        "ecdsa-sha2-nistp256",
                        "ecdsa-sha2-nistp384",
                        "ecdsa-sha2-nistp521")
                .contains(type)) {
            throw new SshFormatException("its type is not one of ssh-ed25519, ecdsa-sha2-nistp256/384/521, ssh-rsa,"
                    + " sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com");
        }
    }
}
