import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.Arrays;
import java.util.Base64;

/** An Ed25519 key that signs as ssh-keygen -Y sign does, but thousands of times a second. */
final class SshSigner {
    private final KeyPair pair;
    private final byte[] blob;

    SshSigner() throws GeneralSecurityException, IOException {
        pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        var encoded = pair.getPublic().getEncoded();
        // An X.509 encoded Ed25519 key ends with the 32 bytes that SSH wants.
        blob = parts("ssh-ed25519".getBytes(StandardCharsets.US_ASCII), Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
    }

    String publicKey() {
        return "ssh-ed25519 " + Base64.getEncoder().encodeToString(blob) + " bench-tokens\n";
    }

    String fingerprint() throws GeneralSecurityException {
        return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(MessageDigest.getInstance("SHA-256").digest(blob));
    }

    /** The armored signature in base64 on one line, as the header wants it. */
    String sign(String message) throws GeneralSecurityException, IOException {
        var namespace = "mimiry-auth".getBytes(StandardCharsets.US_ASCII);
        var hash = "sha512".getBytes(StandardCharsets.US_ASCII);
        var digest = MessageDigest.getInstance("SHA-512").digest(message.getBytes(StandardCharsets.UTF_8));
        var signed = joined("SSHSIG".getBytes(StandardCharsets.US_ASCII), parts(namespace, new byte[0], hash, digest));
        var signature = parts("ssh-ed25519".getBytes(StandardCharsets.US_ASCII), rawSignature(signed));
        var whole = joined(
                "SSHSIG".getBytes(StandardCharsets.US_ASCII),
                new byte[] {0, 0, 0, 1},
                parts(blob, namespace, new byte[0], hash, signature));
        var armored = "-----BEGIN SSH SIGNATURE-----\n"
                + Base64.getMimeEncoder(70, new byte[] {'\n'}).encodeToString(whole)
                + "\n-----END SSH SIGNATURE-----\n";
        return Base64.getEncoder().encodeToString(armored.getBytes(StandardCharsets.US_ASCII));
    }

    byte[] rawSignature(byte[] data) throws GeneralSecurityException {
        var signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(data);
        return signature.sign();
    }

    boolean verifies(byte[] data, byte[] made) throws GeneralSecurityException {
        var signature = Signature.getInstance("Ed25519");
        signature.initVerify(pair.getPublic());
        signature.update(data);
        return signature.verify(made);
    }

    private static byte[] parts(byte[]... parts) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        for (var part : parts) {
            out.writeInt(part.length);
            out.write(part);
        }
        return bytes.toByteArray();
    }

    private static byte[] joined(byte[]... pieces) throws IOException {
        var bytes = new ByteArrayOutputStream();
        for (var piece : pieces) {
            bytes.write(piece);
        }
        return bytes.toByteArray();
    }
}
