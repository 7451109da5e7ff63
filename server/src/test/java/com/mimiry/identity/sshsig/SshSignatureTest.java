package com.mimiry.identity.sshsig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SshSignatureTest {
    private static final byte[] MESSAGE = "SHA256:abc\n1764000000\n00ff".getBytes(StandardCharsets.UTF_8);

    @TempDir
    static Path directory;

    private static SshKeygen keygen;
    private static Path ed25519;

    @BeforeAll
    static void generate() {
        keygen = new SshKeygen(directory);
        ed25519 = keygen.generate("ed25519", "-t", "ed25519");
    }

    @ParameterizedTest
    @CsvSource({
        "ed25519,256,sha512",
        "ed25519,256,sha256",
        "ecdsa,256,sha512",
        "ecdsa,384,sha256",
        "ecdsa,521,sha512",
        "rsa,3072,sha512",
        "rsa,4096,sha256"
    })
    void what_ssh_keygen_signs_is_accepted(String type, String bits, String hash) {
        Path key = keygen.generate("key-" + type + bits + hash, "-t", type, "-b", bits);
        SshSignature signature =
                SshSignature.parseArmored(keygen.sign(key, "mimiry-auth", MESSAGE, "-O", "hashalg=" + hash));
        assertThat(signature.verify("mimiry-auth", MESSAGE)).isTrue();
        assertThat(signature.hashName()).isEqualTo(hash);
        assertThat(signature.key().line())
                .isEqualTo(SshPublicKey.parseLine(SshKeygen.publicLine(key)).line());
        assertThat(keygen.run(List.of("-lf", key + ".pub")))
                .contains(" " + signature.key().fingerprint() + " ");
        byte[] other = MESSAGE.clone();
        other[other.length - 1]++;
        assertThat(signature.verify("mimiry-auth", other)).isFalse();
        assertThat(signature.verify("file", MESSAGE)).isFalse();
    }

    @Test
    void many_ecdsa_signatures_are_accepted_whatever_the_length_of_their_numbers() {
        Path key = keygen.generate("ecdsa-many", "-t", "ecdsa", "-b", "521");
        for (int i = 0; i < 20; i++) {
            byte[] message = {(byte) i};
            assertThat(SshSignature.parseArmored(keygen.sign(key, "n", message)).verify("n", message))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void what_a_touched_security_token_signs_is_accepted(boolean isEd25519) throws GeneralSecurityException {
        FidoToken token = new FidoToken(isEd25519, "ssh:");
        SshSignature signature = SshSignature.parseArmored(token.sign("mimiry-auth", MESSAGE, 1, 77));
        assertThat(signature.verify("mimiry-auth", MESSAGE)).isTrue();
        assertThat(signature.key().line())
                .isEqualTo(SshPublicKey.parseLine(token.line()).line());
        assertThat(SshSignature.parseArmored(token.sign("mimiry-auth", MESSAGE, 5, -1))
                        .verify("mimiry-auth", MESSAGE))
                .isTrue();
        assertThat(signature.verify("mimiry-auth", new byte[] {1})).isFalse();
        assertThat(signature.verify("file", MESSAGE)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void an_untouched_security_token_is_refused(boolean isEd25519) throws GeneralSecurityException {
        SshSignature signature =
                SshSignature.parseArmored(new FidoToken(isEd25519, "ssh:").sign("mimiry-auth", MESSAGE, 4, 1));
        assertThatThrownBy(() -> signature.verify("mimiry-auth", MESSAGE)).hasMessageContaining("not touched");
    }

    @Test
    void changed_flags_or_counter_of_a_token_are_noticed() throws GeneralSecurityException {
        byte[] file = dearmored(new FidoToken(true, "ssh:").sign("mimiry-auth", MESSAGE, 1, 7));
        byte[] counter = file.clone();
        counter[counter.length - 1]++;
        assertThat(SshSignature.parseArmored(SignatureFile.armor(counter)).verify("mimiry-auth", MESSAGE))
                .isFalse();
        byte[] flags = file.clone();
        flags[flags.length - 5] = 5;
        assertThat(SshSignature.parseArmored(SignatureFile.armor(flags)).verify("mimiry-auth", MESSAGE))
                .isFalse();
    }

    @Test
    void line_ends_of_windows_are_tolerated() {
        String armored = new String(keygen.sign(ed25519, "n", MESSAGE), StandardCharsets.US_ASCII);
        byte[] crlf = armored.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII);
        assertThat(SshSignature.parseArmored(crlf).verify("n", MESSAGE)).isTrue();
    }

    @Test
    void no_single_changed_byte_goes_unnoticed() {
        byte[] file = dearmored(keygen.sign(ed25519, "n", MESSAGE));
        for (int i = 0; i < file.length; i++) {
            byte[] changed = file.clone();
            changed[i] ^= 0x10;
            assertThat(accepted(changed)).as("byte %d of %d", i, file.length).isFalse();
        }
        assertThat(accepted(file)).isTrue();
    }

    @Test
    void no_cut_or_extended_file_is_accepted() {
        byte[] file = dearmored(keygen.sign(ed25519, "n", MESSAGE));
        for (int length = 0; length < file.length; length++) {
            assertThat(accepted(Arrays.copyOf(file, length))).isFalse();
        }
        assertThat(accepted(Arrays.copyOf(file, file.length + 1))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "-----BEGIN SSH SIGNATURE-----",
                "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n"
            })
    void what_is_no_armor_is_refused(String text) {
        assertThatThrownBy(() -> SshSignature.parseArmored(text.getBytes(StandardCharsets.US_ASCII)))
                .isInstanceOf(SshFormatException.class);
    }

    @Test
    void rsa_with_sha1_is_refused() {
        Path key = keygen.generate("rsa-sha1", "-t", "rsa", "-b", "3072");
        byte[] file = dearmored(keygen.sign(key, "n", MESSAGE));
        String text = new String(file, StandardCharsets.ISO_8859_1);
        SshSignature signature = SshSignature.parseArmored(keygen.sign(key, "n", MESSAGE));
        assertThat(text).contains("rsa-sha2-512");
        byte[] sha1 = new WireWriter().string("ssh-rsa").string(new byte[384]).bytes();
        assertThatThrownBy(() -> signature.key().verify(MESSAGE, sha1)).hasMessageContaining("SHA-1");
    }

    @Test
    void kinds_that_are_not_accepted_say_so() {
        Path authority = keygen.generate("ca", "-t", "ed25519");
        Path certified = keygen.generate("certified", "-t", "ed25519");
        keygen.run(List.of("-q", "-s", authority.toString(), "-I", "me", "-n", "me", certified + ".pub"));
        String certificate = SshKeygen.publicLine(certified.resolveSibling("certified-cert"));
        assertThatThrownBy(() -> SshPublicKey.parseLine(certificate)).hasMessageContaining("certificates");
        byte[] dsa = new WireWriter().string("ssh-dss").string(new byte[] {1}).bytes();
        assertThatThrownBy(() -> SshPublicKey.parseBlob(dsa)).hasMessageContaining("DSA");
        Path small = keygen.generate("small", "-t", "rsa", "-b", "2048");
        assertThatThrownBy(() -> SshPublicKey.parseLine(SshKeygen.publicLine(small)))
                .hasMessageContaining("2048 bits");
        assertThatThrownBy(() -> SshPublicKey.parseLine("-----BEGIN OPENSSH PRIVATE KEY-----\nabc"))
                .hasMessageContaining("private key");
        assertThatThrownBy(() -> SshPublicKey.parseLine("ssh-ed25519")).hasMessageContaining("not an OpenSSH");
        assertThatThrownBy(() -> SshPublicKey.parseLine("ssh-ed25519 AAAA!")).hasMessageContaining("base64");
        String swapped = SshKeygen.publicLine(ed25519).replace("ssh-ed25519 ", "ssh-rsa ");
        assertThatThrownBy(() -> SshPublicKey.parseLine(swapped)).hasMessageContaining("holds a key of type");
    }

    @Test
    void a_point_off_the_curve_is_refused() {
        byte[] point = new byte[65];
        point[0] = 4;
        point[64] = 9;
        byte[] blob = new WireWriter()
                .string("ecdsa-sha2-nistp256")
                .string("nistp256")
                .string(point)
                .bytes();
        assertThatThrownBy(() -> SshPublicKey.parseBlob(blob)).hasMessageContaining("not on its curve");
    }

    private static boolean accepted(byte[] file) {
        try {
            SshSignature signature = SshSignature.parseArmored(SignatureFile.armor(file));
            return signature.verify("n", MESSAGE)
                    && signature
                            .key()
                            .line()
                            .equals(SshPublicKey.parseLine(SshKeygen.publicLine(ed25519))
                                    .line());
        } catch (SshFormatException e) {
            return false;
        }
    }

    private static byte[] dearmored(byte[] armored) {
        String text = new String(armored, StandardCharsets.US_ASCII);
        String body = text.lines().filter(line -> !line.startsWith("-----")).reduce("", String::concat);
        return Base64.getDecoder().decode(body);
    }
}
