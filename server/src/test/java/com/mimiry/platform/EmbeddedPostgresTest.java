package com.mimiry.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.jdbi.v3.core.Jdbi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EmbeddedPostgresTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @BeforeEach
    void makeDirectory() throws Exception {
        directory = Files.createTempDirectory("mimiry-postgres-", mode("rwx--x--x"));
    }

    @AfterEach
    void removeDirectory() throws Exception {
        PostgresBinaries.deleteTree(directory);
    }

    @Test
    void it_is_durable_and_of_the_version_that_we_name() {
        Database database = TestDatabase.createEmpty();

        assertThat(setting(database, "fsync")).isEqualTo("on");
        assertThat(setting(database, "synchronous_commit")).isEqualTo("on");
        assertThat(setting(database, "full_page_writes")).isEqualTo("on");
        assertThat(setting(database, "listen_addresses")).isEqualTo("127.0.0.1");
        assertThat(PostgresBinaries.VERSION).startsWith(setting(database, "server_version"));
    }

    @Test
    void it_never_runs_as_root() throws Exception {
        String status = Files.readString(
                Path.of("/proc", Long.toString(TestDatabase.server().pid()), "status"));

        assertThat(status)
                .doesNotContainPattern("Uid:\\s+0")
                .containsPattern("CapEff:\\s+0+\n")
                .containsPattern("NoNewPrivs:\\s+1\n");
    }

    @Test
    void nobody_connects_without_the_password_which_only_we_can_read() throws Exception {
        Path shared = TestDatabase.directory();
        DatabaseAccess server = TestDatabase.server().access();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(PostgresCluster.passwordFile(shared))))
                .isEqualTo("rw-------");
        assertThatThrownBy(() ->
                        Jdbi.create(server.url(), server.username(), "guess").open())
                .hasMessageContaining("password authentication failed");
    }

    @Test
    void what_was_written_is_there_after_a_stop_and_a_new_start() {
        try (EmbeddedPostgres first = EmbeddedPostgres.start(directory)) {
            write(first);
        }

        try (EmbeddedPostgres second = EmbeddedPostgres.start(directory)) {
            assertThat(rows(second)).isEqualTo(1);
        }
    }

    @Test
    void a_killed_postgres_comes_back_by_itself_on_its_port_with_everything_committed() {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory)) {
            write(postgres);
            long pid = postgres.pid();

            ProcessHandle.of(pid).orElseThrow().destroyForcibly();

            await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
                assertThat(postgres.pid()).isNotEqualTo(pid);
                assertThat(rows(postgres)).isEqualTo(1);
            });
        }
    }

    @Test
    void a_killed_server_takes_its_postgres_along_and_the_next_one_starts_at_once() throws Exception {
        Process owner = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
                        Owner.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long pid;
        try (BufferedReader said = owner.inputReader()) {
            pid = Long.parseLong(said.readLine());
        }

        owner.destroyForcibly().waitFor();

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(alive(pid)).isFalse());
        try (EmbeddedPostgres next = EmbeddedPostgres.start(directory)) {
            assertThat(rows(next)).isEqualTo(1);
        }
    }

    @Test
    void a_lock_file_that_names_a_process_of_somebody_else_does_not_stop_the_start() throws Exception {
        EmbeddedPostgres.start(directory).close();
        Path lock = directory.resolve("postgres/postmaster.pid");
        Files.writeString(lock, TestDatabase.server().pid() + "\n" + directory.resolve("postgres") + "\n");

        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory)) {
            write(postgres);
            assertThat(rows(postgres)).isEqualTo(1);
        }
    }

    @Test
    void a_start_that_was_cut_off_while_the_files_were_made_is_made_good() throws Exception {
        Files.createDirectories(directory.resolve("postgres.new/cluster/base"));

        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory)) {
            write(postgres);
            assertThat(rows(postgres)).isEqualTo(1);
        }
        assertThat(directory.resolve("postgres.new")).doesNotExist();
    }

    @Test
    void a_directory_that_nobody_can_enter_is_refused_with_the_remedies() throws Exception {
        Assumptions.assumeTrue(PostgresAccount.ofThisProcess().asRoot(), "only root runs PostgreSQL as somebody else");
        Path closed = Files.createDirectory(directory.resolve("closed"), mode("rwx------"));
        Path below = Files.createDirectory(closed.resolve("data"), mode("rwx--x--x"));

        assertThatThrownBy(() -> EmbeddedPostgres.start(below))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("--data /var/lib/mimiry")
                .hasMessageContaining("chmod o+x " + closed);
    }

    /** Runs in a process of its own, to be killed. */
    static final class Owner {
        public static void main(String... args) throws Exception {
            EmbeddedPostgres postgres = EmbeddedPostgres.start(Path.of(args[0]));
            write(postgres);
            System.out.println(postgres.pid());
            Thread.sleep(Duration.ofMinutes(5));
        }
    }

    private static void write(EmbeddedPostgres postgres) {
        jdbi(postgres).useHandle(handle -> {
            handle.execute("CREATE TABLE kept (id int)");
            handle.execute("INSERT INTO kept VALUES (1)");
        });
    }

    private static int rows(EmbeddedPostgres postgres) {
        return jdbi(postgres)
                .withHandle(handle -> handle.createQuery("SELECT count(*) FROM kept")
                        .mapTo(Integer.class)
                        .one());
    }

    private static Jdbi jdbi(EmbeddedPostgres postgres) {
        DatabaseAccess access = postgres.access();
        return Jdbi.create(access.url(), access.username(), access.password().reveal());
    }

    private static boolean alive(long pid) throws Exception {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        return Files.exists(status) && !Files.readString(status).contains("State:\tZ");
    }

    private static FileAttribute<?> mode(String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }

    private static String setting(Database database, String name) {
        return database.read(tx -> tx.handle()
                .createQuery("SELECT current_setting(:name)")
                .bind("name", name)
                .mapTo(String.class)
                .one());
    }
}
