package com.mimiry.providers.verda;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.mimiry.platform.Database;
import com.mimiry.platform.SecretBox;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider.Attachment;
import com.mimiry.providers.verda.VerdaMachineStore.Intent;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jboss.logging.Logger;

/** Makes one machine: the row first, then key and script, then the instance, each sent once. */
final class VerdaLaunch {
    private static final Logger LOG = Logger.getLogger(VerdaLaunch.class);
    /** Between the row and the create. A server that hung for longer must not send a create that nobody waits for. */
    static final Duration SEND_WITHIN = Duration.ofSeconds(90);

    private final VerdaConfig config;
    private final VerdaApi api;
    private final VerdaNames names;
    private final VerdaSshKey sshKey;
    private final Function<String, VerdaKind> kinds;
    private final Database database;
    private final SecretBox secrets;
    private final VerdaVolumes volumes;
    private final Clock clock;
    private final VerdaVolumeStore given = new VerdaVolumeStore();
    private final VerdaMachineStore store = new VerdaMachineStore();

    VerdaLaunch(
            VerdaConfig config,
            VerdaApi api,
            VerdaNames names,
            VerdaSshKey sshKey,
            Function<String, VerdaKind> kinds,
            Database database,
            SecretBox secrets,
            VerdaVolumes volumes,
            Clock clock) {
        this.config = config;
        this.api = api;
        this.names = names;
        this.sshKey = sshKey;
        this.kinds = kinds;
        this.database = database;
        this.secrets = secrets;
        this.volumes = volumes;
        this.clock = clock;
    }

    /** @return whether this call made the machine; false where the tag is known already */
    boolean launch(LaunchRequest request) {
        UUID tag = request.tag();
        VerdaKind kind = kinds.apply(VerdaOffers.kind(request.offer()));
        String image = VerdaImages.choose(
                        kind.images(), kind.gpus(), config.image().orElse(null))
                .orElseThrow(() -> new ProviderFailure.InvalidRequest(
                        "verda has no image with Docker for " + kind.name() + " any more"));
        List<UUID> disks = volumes.free(request.volumes(), request.offer().location());
        VerdaKey hostKey = VerdaKey.make();
        Intent intent = new Intent(
                tag,
                request.sessionId(),
                request.offer().location(),
                kind.name(),
                request.offer().spot(),
                kind.gpus(),
                VerdaMachines.memoryForSessions((long) kind.memoryMib() << 20),
                hostKey.publicKey(),
                secrets.seal(hostKey.privateKey(), "verda-machine/" + tag));
        if (!database.inTransaction(tx -> store.intend(tx, intent, clock.instant()))) {
            return false;
        }
        ObjectNode body;
        UUID script;
        try {
            UUID keyId = sshKey.id();
            script = api.createScript(
                    names.script(tag), StartupScript.of(hostKey, sshKey.text()).reveal());
            database.useTransaction(tx -> store.script(tx, tag, script));
            api.signIn();
            body = body(request, kind, image, keyId, script);
            if (!disks.isEmpty()) {
                ArrayNode existing = body.putArray("existing_volumes");
                disks.forEach(disk -> existing.add(disk.toString()));
            }
        } catch (ProviderFailure e) {
            // Whatever came of key and script, no instance was asked for; the tidying finds a script by its name.
            refused(tag);
            throw e;
        }
        List<UUID> tags = request.volumes().stream().map(Attachment::tag).toList();
        boolean goes = database.inTransaction(tx -> {
            given.give(tx, tags, tag);
            return store.sending(tx, tag, clock.instant(), clock.instant().minus(SEND_WITHIN));
        });
        if (!goes) {
            refused(tag);
            forgetScript(tag, script);
            throw new ProviderFailure.InvalidRequest("the machine's end was asked for before it was made");
        }
        create(tag, script, body);
        return true;
    }

    private void create(UUID tag, UUID script, ObjectNode body) {
        UUID instance;
        try {
            instance = api.createInstance(body);
        } catch (ProviderFailure.Unavailable e) {
            throw e;
        } catch (ProviderFailure e) {
            refused(tag);
            if (e instanceof ProviderFailure.InvalidRequest) {
                sshKey.forget();
            }
            forgetScript(tag, script);
            throw e;
        }
        database.useTransaction(tx -> store.launched(tx, tag, instance, clock.instant()));
        boolean wanted = database.read(tx -> store.find(tx, tag)).orElseThrow().destroyAskedAt() == null;
        if (!wanted) {
            throw new ProviderFailure.Unavailable(
                    "the end of verda's instance %s was asked for while it was made".formatted(instance), null);
        }
    }

    private ObjectNode body(LaunchRequest request, VerdaKind kind, String image, UUID keyId, UUID script) {
        UUID tag = request.tag();
        boolean spot = request.offer().spot();
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("instance_type", kind.name());
        body.put("image", image);
        body.put("hostname", names.hostname(tag));
        body.put("description", names.description(tag));
        body.put("location_code", request.offer().location());
        body.putArray("ssh_key_ids").add(keyId.toString());
        body.put("startup_script_id", script.toString());
        body.put("is_spot", spot);
        body.put("contract", spot ? "SPOT" : "PAY_AS_YOU_GO");
        body.put("pricing", "FIXED_PRICE");
        ObjectNode disk = body.putObject("os_volume");
        disk.put("name", VerdaNames.osVolume(tag));
        disk.put("size", config.osVolumeGb());
        if (spot) {
            // Otherwise the disk of a machine that was taken back stays, and costs.
            disk.put("on_spot_discontinue", "delete_permanently");
        }
        names.putTags(body.putArray("tags"), tag, request.sessionId());
        return body;
    }

    private void refused(UUID tag) {
        database.useTransaction(tx -> store.refused(tx, tag, clock.instant()));
    }

    private void forgetScript(UUID tag, UUID script) {
        try {
            api.deleteScript(script);
            database.useTransaction(tx -> store.scriptDeleted(tx, tag, clock.instant()));
        } catch (ProviderFailure e) {
            LOG.infof("verda keeps startup script %s for now: %s", script, e.getMessage());
        }
    }
}
