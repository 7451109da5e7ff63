package com.mimiry.sshproxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.sshproxy.FrontDoorFixture.TestKey;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What client and server agree on. */
class SshAlgorithmsTest {
    private static FrontDoorFixture fixture;
    private static TestKey key;

    @BeforeAll
    static void open() {
        fixture = new FrontDoorFixture();
        key = fixture.register(fixture.newKey());
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    @Test
    void a_client_that_knows_gcm_uses_it_whatever_it_prefers() {
        assertThat(handshake()).contains("server->client cipher: aes128-gcm@openssh.com");
        assertThat(handshake("-c", "aes256-ctr,aes256-gcm@openssh.com"))
                .contains("server->client cipher: aes256-gcm@openssh.com")
                .contains("client->server cipher: aes256-gcm@openssh.com");
    }

    @Test
    void a_client_without_gcm_gets_ctr() {
        assertThat(handshake("-c", "aes256-ctr"))
                .contains("server->client cipher: aes256-ctr MAC: hmac-sha2-256-etm@openssh.com");
    }

    @Test
    void chacha_sntrup_and_sha1_are_not_offered() {
        assertThat(handshake())
                .contains("kex: algorithm: curve25519-sha256")
                .contains("kex-strict-s-v00@openssh.com")
                .contains("mlkem768x25519-sha256");
        assertThat(handshake("-c", "chacha20-poly1305@openssh.com")).contains("no matching cipher");
        assertThat(handshake("-o", "KexAlgorithms=sntrup761x25519-sha512@openssh.com"))
                .contains("no matching key exchange method");
        assertThat(handshake("-m", "hmac-sha1", "-c", "aes128-ctr")).contains("no matching MAC");
        assertThat(handshake("-o", "HostKeyAlgorithms=ssh-rsa")).contains("no matching host key type");
    }

    @Test
    void both_host_keys_can_be_asked_for() {
        assertThat(handshake("-o", "HostKeyAlgorithms=ssh-ed25519")).contains("host key algorithm: ssh-ed25519");
        assertThat(handshake("-o", "HostKeyAlgorithms=ecdsa-sha2-nistp256"))
                .contains("host key algorithm: ecdsa-sha2-nistp256");
    }

    private static String handshake(String... options) {
        List<String> command = Stream.of(
                        fixture.ssh(key).stream()
                                .map(argument -> argument.equals("LogLevel=ERROR") ? "LogLevel=DEBUG2" : argument)
                                .toList(),
                        List.of(options),
                        List.of("127.0.0.1", "true"))
                .flatMap(List::stream)
                .toList();
        return Ran.command(command, new byte[0]).errors();
    }
}
