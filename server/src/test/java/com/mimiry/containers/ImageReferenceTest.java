package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
    private static final String DIGEST = "sha256:" + "a1".repeat(32);

    @ParameterizedTest
    @CsvSource({
        "busybox, docker.io/library/busybox:latest",
        "busybox:1.36, docker.io/library/busybox:1.36",
        "docker.io/busybox, docker.io/library/busybox:latest",
        "index.docker.io/busybox, docker.io/library/busybox:latest",
        "nvidia/cuda:12.4.1-base-ubuntu22.04, docker.io/nvidia/cuda:12.4.1-base-ubuntu22.04",
        "ghcr.io/owner/name, ghcr.io/owner/name:latest",
        "localhost/x, localhost/x:latest",
        "localhost:5000, docker.io/library/localhost:5000",
        "127.0.0.1:5000/a/b__c:t, 127.0.0.1:5000/a/b__c:t",
        "[::1]:5000/a, [::1]:5000/a:latest",
        "Registry/a, Registry/a:latest",
        "a--b_c/d.e, docker.io/a--b_c/d.e:latest",
    })
    void names_are_understood_as_docker_does(String text, String full) {
        assertThat(ImageReference.parse(text)).hasToString(full);
    }

    @Test
    void a_digest_wins_over_a_tag() {
        assertThat(ImageReference.parse("busybox:1@" + DIGEST).version()).isEqualTo(DIGEST);
        assertThat(ImageReference.parse("busybox@" + DIGEST).tag()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "UPPER",
                "a b",
                "a:",
                ":tag",
                "a@",
                "a@sha256:12",
                "a//b",
                "/a",
                "a/",
                "a:b:c",
                "a/../b",
                "-a",
                "a_",
                "a___b",
                "http://a/b",
                "a?b=c",
                "a\nb",
                "a\0b",
                "ü",
                "host:port/a",
                "a:"
                        + "tttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "a;rm",
                "a%2fb",
                "[::1/a"
            })
    void what_is_no_reference_is_refused_with_a_sentence(String text) {
        assertThatThrownBy(() -> ImageReference.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is no image reference");
    }

    @Test
    void endless_names_are_refused_quickly() {
        assertThatThrownBy(() -> ImageReference.parse("a-".repeat(500_000)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ImageReference.parse("a" + "-".repeat(900) + "!"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
