package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What is refused of requests for volumes, and of sessions that want some, and in which words. */
class VolumeInputIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";
    private static final String VOLUMES = "/api/compute/v1/volumes";
    private static final VolumeDirectory DIRECTORY = VolumeDirectory.anew();
    private static MimiryServer server;

    @BeforeAll
    static void startServer() {
        server = VolumeIT.startTwoRacks(DIRECTORY);
    }

    @AfterAll
    static void stopServer() {
        server.close();
        DIRECTORY.close();
    }

    private record Case(String name, String method, String path, String body, int status, String mentions) {}

    @TestFactory
    List<DynamicTest> bad_input_is_refused_in_words() {
        TestUser user = server.user("10");
        TestUser other = server.user("10");
        String id = user.readyVolume("mine", 1, "");
        String session = "{\"name\":\"x\",\"image\":{\"uri\":\"busybox\"},\"volume_mounts\":%s}";
        List<Case> cases = List.of(
                new Case("no body", "POST", VOLUMES, "", 400, "malformed_json"),
                new Case("no name", "POST", VOLUMES, "{\"size_gb\":1}", 422, "name"),
                new Case("no size", "POST", VOLUMES, "{\"name\":\"x\"}", 422, "size_gb"),
                new Case("half a GB", "POST", VOLUMES, "{\"name\":\"x\",\"size_gb\":0.5}", 422, "size_gb"),
                new Case("nothing", "POST", VOLUMES, "{\"name\":\"x\",\"size_gb\":0}", 422, "size_gb"),
                new Case("far too much", "POST", VOLUMES, "{\"name\":\"x\",\"size_gb\":1e300}", 422, "size_gb"),
                new Case("a text", "POST", VOLUMES, "{\"name\":\"x\",\"size_gb\":\"ten\"}", 422, "size_gb"),
                new Case(
                        "a name that is an id",
                        "POST",
                        VOLUMES,
                        "{\"name\":\"%s\",\"size_gb\":1}".formatted(id),
                        422,
                        "name"),
                new Case("a name in use", "POST", VOLUMES, "{\"name\":\"mine\",\"size_gb\":1}", 409, "conflict"),
                new Case(
                        "no such provider",
                        "POST",
                        VOLUMES,
                        "{\"name\":\"x\",\"size_gb\":1,\"provider\":\"moon\"}",
                        422,
                        "docker"),
                new Case(
                        "no such place",
                        "POST",
                        VOLUMES,
                        "{\"name\":\"x\",\"size_gb\":1,\"location\":\"moon\"}",
                        422,
                        "RACK-1"),
                new Case(
                        "no such type",
                        "POST",
                        VOLUMES,
                        "{\"name\":\"x\",\"size_gb\":1,\"volume_type\":\"tape\"}",
                        422,
                        "xfs"),
                new Case("smaller", "PATCH", VOLUMES + "/" + id, "{\"size_gb\":1}", 422, "only grow"),
                new Case("no new size", "PUT", VOLUMES + "/" + id, "{\"size_gb\":5}", 422, "new_size_gb"),
                new Case("an unknown state", "GET", VOLUMES + "?state=lost", "", 422, "provisioned"),
                new Case("no such volume", "GET", VOLUMES + "/" + UUID.randomUUID(), "", 404, "not_found"),
                new Case("no id at all", "DELETE", VOLUMES + "/mine", "", 404, "not_found"),
                new Case("mounts that are none", "POST", SESSIONS, session.formatted("{}"), 422, "array"),
                new Case(
                        "a mount that is a number",
                        "POST",
                        SESSIONS,
                        session.formatted("[1]"),
                        422,
                        "volume_mounts[0]"),
                new Case(
                        "no path",
                        "POST",
                        SESSIONS,
                        session.formatted("[{\"volume_name\":\"mine\"}]"),
                        422,
                        "mount_path"),
                new Case(
                        "a relative path",
                        "POST",
                        SESSIONS,
                        session.formatted("[{\"volume_name\":\"mine\",\"mount_path\":\"data\"}]"),
                        422,
                        "absolute"),
                new Case(
                        "a path upwards",
                        "POST",
                        SESSIONS,
                        session.formatted("[\"mine:/data/../etc\"]"),
                        422,
                        "absolute"),
                new Case("over /proc", "POST", SESSIONS, session.formatted("[\"mine:/proc/1\"]"), 422, "/proc/1"),
                new Case("over the root", "POST", SESSIONS, session.formatted("[\"mine:/\"]"), 422, "hide"),
                new Case("over the init", "POST", SESSIONS, session.formatted("[\"mine:/.mimiry\"]"), 422, "hide"),
                new Case("twice", "POST", SESSIONS, session.formatted("[\"mine:/a\",\"mine:/b\"]"), 422, "twice"),
                new Case(
                        "two at one place",
                        "POST",
                        SESSIONS,
                        session.formatted("[\"mine:/a\",\"other:/a/\"]"),
                        422,
                        "/a"),
                new Case("an unknown volume", "POST", SESSIONS, session.formatted("[\"nobodys:/a\"]"), 422, "nobodys"));
        List<DynamicTest> tests = new ArrayList<>(cases.stream()
                .map(each -> DynamicTest.dynamicTest(each.name(), () -> {
                    TestUser.Reply reply =
                            user.call(each.method(), each.path(), each.body().isEmpty() ? null : each.body());
                    assertThat(reply.status()).as(reply.text()).isEqualTo(each.status());
                    assertThat(reply.text()).contains(each.mentions());
                    assertThat(reply.json().get("message").isTextual()).isTrue();
                }))
                .toList());
        tests.add(DynamicTest.dynamicTest("somebody else's volume is not there", () -> {
            assertThat(other.get(VOLUMES + "/" + id).status()).isEqualTo(404);
            assertThat(other.delete(VOLUMES + "/" + id).status()).isEqualTo(404);
            assertThat(other.call("PATCH", VOLUMES + "/" + id, "{\"size_gb\":5}")
                            .status())
                    .isEqualTo(404);
            assertThat(other.get(VOLUMES).json().get("total").asInt()).isZero();
            TestUser.Reply mount = other.post(
                    SESSIONS, session.formatted("[{\"volume_id\":\"%s\",\"mount_path\":\"/a\"}]".formatted(id)));
            assertThat(mount.status()).isEqualTo(422);
        }));
        return tests;
    }
}
