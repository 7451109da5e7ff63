package com.mimiry.providers.verda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.mimiry.platform.Money;
import com.mimiry.platform.Secret;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.verda.VerdaAnswers.Answer;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The calls of Verda's API that we make, one method each; all fail with a {@link ProviderFailure} only. */
final class VerdaApi {
    private static final Logger LOG = Logger.getLogger(VerdaApi.class);
    private static final int PAGE_SIZE = 100;
    private static final int PAGES_MAX = 100;

    private final VerdaHttp http;
    private final VerdaTokens tokens;
    private final VerdaNames names;

    VerdaApi(VerdaHttp http, VerdaTokens tokens, VerdaNames names) {
        this.http = http;
        this.tokens = tokens;
        this.names = names;
    }

    /** @param name of a startup script */
    record Script(UUID id, String name) {}

    /** @param key in OpenSSH's one-line form */
    record SshKey(UUID id, String name, String key) {}

    /** @param amount below zero where it is overdrawn */
    record Funds(BigDecimal amount, String currency) {}

    /** @param type as kinds of instance and creates name it */
    record Image(String id, String type) {}

    /** What Verda said to a delete that it did not refuse outright. */
    enum Deleted {
        ASKED,
        GONE_ALREADY,
        /** Not in its present state; later. */
        NOT_NOW
    }

    /** Makes sure that the next call needs no new token. */
    void signIn() {
        tokens.get();
    }

    List<JsonNode> instanceTypes() {
        // Open to everybody; the token changes nothing.
        return VerdaAnswers.list(success(http.send("GET", "/instance-types?currency=eur", null, null)));
    }

    /** The kinds of instance that could be launched now, by location. */
    Map<String, Set<String>> availability(boolean spot) {
        Map<String, Set<String>> available = new HashMap<>();
        for (JsonNode place : VerdaAnswers.list(read("/instance-availability?is_spot=" + spot))) {
            Set<String> kinds =
                    available.computeIfAbsent(place.path("location_code").asText(""), _ -> new HashSet<>());
            place.path("availabilities").forEach(kind -> kinds.add(kind.asText()));
        }
        available.remove("");
        return available;
    }

    /** All instances of the account, ours and others': complete, or fails. Deleted ones are left out by Verda. */
    List<VerdaInstance> instances() {
        return VerdaAnswers.list(read("/instances")).stream()
                .map(json -> VerdaInstance.of(json, names))
                .toList();
    }

    /** Also one that was deleted; empty where Verda never heard of it. */
    Optional<VerdaInstance> instance(UUID id) {
        Answer answer = readAny("/instances/" + id);
        if (answer.status() == 404
                || (answer.status() == 400
                        && VerdaAnswers.saysGone(
                                VerdaAnswers.words(answer.body()).message()))) {
            return Optional.empty();
        }
        return Optional.of(VerdaInstance.of(VerdaAnswers.json(success(answer)), names));
    }

    /** Sent once, whatever comes of it. @return the new instance's id */
    UUID createInstance(ObjectNode body) {
        Secret token = tokens.get();
        Answer answer = http.send("POST", "/instances", token, body);
        if (answer.status() == 401) {
            tokens.refused(token);
        }
        if (!answer.isSuccess()) {
            throw VerdaAnswers.failure(answer, true);
        }
        return VerdaAnswers.id(answer);
    }

    /** Deletes an instance and these disks for good. May be asked for again. */
    Deleted deleteInstance(UUID id, List<UUID> volumes) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("action", "delete");
        body.putArray("id").add(id.toString());
        if (!volumes.isEmpty()) {
            // An empty list would mean that all disks are kept; none at all, that the system's goes to the trash.
            var ids = body.putArray("volume_ids");
            volumes.forEach(volume -> ids.add(volume.toString()));
            body.put("delete_permanently", true);
        }
        Answer answer = repeatable("PUT", "/instances", body);
        if (answer.isSuccess()) {
            String refusal = refusal(answer);
            return refusal == null ? Deleted.ASKED : refused(id, refusal);
        }
        if (answer.status() == 404) {
            return Deleted.GONE_ALREADY;
        }
        if (answer.status() == 400 || answer.status() == 409) {
            return refused(id, VerdaAnswers.words(answer.body()).message());
        }
        throw VerdaAnswers.failure(answer, false);
    }

    private static Deleted refused(UUID id, String words) {
        if (VerdaAnswers.saysGone(words)) {
            return Deleted.GONE_ALREADY;
        }
        LOG.infof("verda does not delete instance %s now: %s", id, words);
        return Deleted.NOT_NOW;
    }

    /** What one item of a success says against it; the body may be empty. */
    private static @Nullable String refusal(Answer answer) {
        if (answer.body().isBlank()) {
            return null;
        }
        JsonNode items;
        try {
            items = VerdaAnswers.json(answer);
        } catch (ProviderFailure.Unavailable _) {
            // Only the listing proves an end, so words that are not understood cost nothing here.
            return null;
        }
        for (JsonNode item : items) {
            if (item.path("status").asText("").equals("error")) {
                return item.path("error").asText("no reason given");
            }
        }
        return null;
    }

    List<SshKey> sshKeys() {
        List<SshKey> keys = new ArrayList<>();
        for (JsonNode key : VerdaAnswers.list(read("/ssh-keys"))) {
            UUID id = VerdaAnswers.idOrNull(key.path("id").asText(null));
            if (id != null) {
                keys.add(new SshKey(
                        id, key.path("name").asText(""), key.path("key").asText("")));
            }
        }
        return keys;
    }

    UUID createSshKey(String name, String key) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("name", name).put("key", key);
        return VerdaAnswers.id(success(once("POST", "/ssh-keys", body)));
    }

    void deleteSshKey(UUID id) {
        delete("/ssh-keys/" + id, null);
    }

    /** All startup scripts, from as many pages as there are: complete, or fails. */
    List<Script> scripts() {
        List<Script> scripts = new ArrayList<>();
        for (int page = 1; page <= PAGES_MAX; page++) {
            Answer answer = success(readAny("/scripts?page=" + page + "&pageSize=" + PAGE_SIZE));
            JsonNode items = VerdaAnswers.json(answer);
            for (JsonNode item : items) {
                UUID id = VerdaAnswers.idOrNull(item.path("id").asText(null));
                if (id != null) {
                    scripts.add(new Script(id, item.path("name").asText("")));
                }
            }
            if (items.isEmpty() || items.size() < PAGE_SIZE || page * PAGE_SIZE == answer.totalCount()) {
                return scripts;
            }
        }
        throw new ProviderFailure.Unavailable("verda has more startup scripts than can be listed", null);
    }

    UUID createScript(String name, String script) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("name", name).put("script", script);
        return VerdaAnswers.id(success(once("POST", "/scripts", body)));
    }

    void deleteScript(UUID id) {
        delete("/scripts/" + id, null);
    }

    /** What the account holds, and in which currency. */
    Funds funds() {
        JsonNode json = VerdaAnswers.json(success(readAny("/balance")));
        try {
            return new Funds(
                    new BigDecimal(json.path("amount").asText("").strip()),
                    json.path("currency").asText(""));
        } catch (NumberFormatException e) {
            throw new ProviderFailure.Unavailable("verda's balance is not a number", e);
        }
    }

    /** The operating systems that instances can be made with now. */
    List<Image> images() {
        List<Image> images = new ArrayList<>();
        for (JsonNode image : VerdaAnswers.list(read("/images"))) {
            if (!image.path("is_cluster").asBoolean(false)) {
                images.add(new Image(
                        image.path("id").asText(""), image.path("image_type").asText("")));
            }
        }
        return images;
    }

    /** The codes of all places. */
    List<String> locations() {
        return VerdaAnswers.list(read("/locations")).stream()
                .map(place -> place.path("code").asText(""))
                .filter(code -> !code.isEmpty())
                .toList();
    }

    /** What a GB of this kind of volume costs by the month; empty where it is not sold. */
    Optional<Money> volumePrice(String type) {
        for (JsonNode kind : VerdaAnswers.list(read("/volume-types?currency=eur"))) {
            JsonNode price = kind.path("price");
            if (kind.path("type").asText("").equals(type)
                    && price.path("currency").asText("").equalsIgnoreCase(Money.CURRENCY)) {
                return Optional.ofNullable(VerdaKind.money(price.path("price_per_month_per_gb")));
            }
        }
        return Optional.empty();
    }

    /** All of the account, and those in the trash, which count against its limits: complete, or fails. */
    List<VerdaDisk> disks() {
        List<VerdaDisk> disks = new ArrayList<>();
        Set<UUID> seen = new HashSet<>();
        // In this order: what is thrown away between the two is in one of them.
        for (String path : List.of("/volumes", "/volumes/trash")) {
            for (JsonNode json : VerdaAnswers.list(read(path))) {
                VerdaDisk disk = VerdaDisk.of(json, path.endsWith("trash"), names);
                if (disk.status() != VerdaDisk.Status.GONE && seen.add(disk.id())) {
                    disks.add(disk);
                }
            }
        }
        return disks;
    }

    /** Also one in the trash; empty where there is none, or none any more. */
    Optional<VerdaDisk> disk(UUID id) {
        Answer answer = readAny("/volumes/" + id);
        if (answer.status() == 404) {
            return Optional.empty();
        }
        return Optional.of(VerdaDisk.of(VerdaAnswers.json(success(answer)), false, names))
                .filter(disk -> disk.status() != VerdaDisk.Status.GONE);
    }

    /** Sent once, but for a token that is not taken: then nothing was done. @return the new volume's id */
    UUID createVolume(ObjectNode body) {
        return VerdaAnswers.id(success(repeatable("POST", "/volumes", body)));
    }

    void resizeVolume(UUID id, int sizeGb) {
        ObjectNode body = action("resize", id);
        body.put("size", sizeGb);
        success(repeatable("PUT", "/volumes", body));
    }

    /** Takes it out of the trash. */
    void restoreVolume(UUID id) {
        success(repeatable("PUT", "/volumes", action("restore", id)));
    }

    private static ObjectNode action(String action, UUID id) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("action", action).put("id", id.toString());
        return body;
    }

    /** For good; one that is gone is success. */
    void deleteVolume(UUID id) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("is_permanent", true);
        delete("/volumes/" + id, body);
    }

    private void delete(String path, @Nullable JsonNode body) {
        Answer answer = repeatable("DELETE", path, body);
        if (answer.status() != 404) {
            success(answer);
        }
    }

    private Answer read(String path) {
        return success(readAny(path));
    }

    private Answer readAny(String path) {
        return repeatable("GET", path, null);
    }

    /** A call that may be sent twice: once more with a new token where the old one is not taken. */
    private Answer repeatable(String method, String path, @Nullable JsonNode body) {
        Answer answer = once(method, path, body);
        return answer.status() == 401 ? once(method, path, body) : answer;
    }

    private Answer once(String method, String path, @Nullable JsonNode body) {
        Secret token = tokens.get();
        Answer answer = http.send(method, path, token, body);
        if (answer.status() == 401) {
            tokens.refused(token);
        }
        return answer;
    }

    private static Answer success(Answer answer) {
        if (!answer.isSuccess()) {
            throw VerdaAnswers.failure(answer, false);
        }
        return answer;
    }

    /** How long Verda asks everybody to wait after refusing a listing. */
    static Duration pause(ProviderFailure.RateLimited refusal) {
        Duration asked = refusal.retryAfter();
        return asked == null ? Duration.ofSeconds(5) : asked;
    }
}
