package com.mimiry.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path parent;

    @Test
    void a_second_server_on_a_directory_is_told_who_holds_it() {
        Path path = parent.resolve("data");

        try (DataDirectory _ = DataDirectory.open(path)) {
            assertThatThrownBy(() -> DataDirectory.open(path))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining("process " + ProcessHandle.current().pid())
                    .hasMessageContaining("--data");
            assertThat(DataDirectory.tryOpen(path)).isEmpty();
        }
    }

    @Test
    void a_directory_is_free_again_once_its_server_has_ended() {
        Path path = parent.resolve("data");
        DataDirectory.open(path).close();

        DataDirectory.open(path).close();
    }

    @Test
    void a_directory_that_cannot_be_made_is_one_clear_line() throws Exception {
        Path file = Files.createFile(parent.resolve("file"));

        assertThatThrownBy(() -> DataDirectory.open(file.resolve("data")))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("Cannot write to the data directory " + file.resolve("data"))
                .hasMessageContaining("--data")
                .hasMessageNotContaining("\n");
    }

    @Test
    void the_secret_key_is_made_once_and_only_its_owner_can_read_it() throws Exception {
        try (DataDirectory data = DataDirectory.open(parent.resolve("data"))) {
            Secret first = data.secretKey();

            assertThat(data.secretKey()).isEqualTo(first);
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(data.root().resolve("secret.key"))))
                    .isEqualTo("rw-------");
            SecretBox.withKey(first);
        }
    }
}
