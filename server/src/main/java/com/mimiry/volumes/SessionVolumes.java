package com.mimiry.volumes;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.catalog.Requirement;
import com.mimiry.containers.EngineAddress;
import com.mimiry.platform.Database;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import com.mimiry.volumes.AttachmentStore.Attachment;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** The volumes of sessions: found, attached while the session has a machine or may get one, mounted, and detached. */
@Singleton
public final class SessionVolumes {
    private static final String FIELD = "volume_mounts";

    private final Database database;
    private final VolumeProviders providers;
    private final VolumeStore volumes = new VolumeStore();
    private final AttachmentStore attachments = new AttachmentStore();

    /** For code outside the container. */
    public SessionVolumes(Database database, List<Provider> providers, Clock clock) {
        this(database, new VolumeProviders(providers, clock));
    }

    @Inject
    SessionVolumes(Database database, VolumeProviders providers) {
        this.database = database;
        this.providers = providers;
    }

    /** As the API shows it. */
    public record Mount(UUID volumeId, String volumeName, String mountPath) {}

    /** A directory of the machine, and where the container sees it. */
    public record Mounted(String hostPath, String path) {}

    /**
     * The volumes that a session asks for, in its order.
     *
     * @throws ApiException 422 that names the field where one is not there, or comes twice
     */
    public List<ChosenVolume> choose(UUID organizationId, List<MountRequest> requests) {
        List<ChosenVolume> chosen = new ArrayList<>();
        Set<UUID> seen = new LinkedHashSet<>();
        for (MountRequest request : requests) {
            Volume volume = database.read(tx -> find(tx, organizationId, request))
                    .orElseThrow(() -> ApiException.invalidField(
                            request.field(),
                            "No volume of this organization %s; GET /volumes lists them."
                                    .formatted(
                                            request.volumeId() == null
                                                    ? "is called \"" + request.volumeName() + "\""
                                                    : "has the id " + request.volumeId())));
            if (!seen.add(volume.id())) {
                throw ApiException.invalidField(
                        request.field(), "The volume %s is asked for twice.".formatted(volume.name()));
            }
            chosen.add(new ChosenVolume(volume, request.path()));
        }
        return chosen;
    }

    private Optional<Volume> find(Transaction tx, UUID organizationId, MountRequest request) {
        UUID id = request.volumeId();
        return id == null
                ? volumes.named(tx, organizationId, Objects.requireNonNull(request.volumeName()))
                : volumes.find(tx, id).filter(volume -> volume.organizationId().equals(organizationId));
    }

    /** The volumes that a session has now, in its order. */
    public List<ChosenVolume> of(UUID sessionId) {
        return database.read(tx -> attachments.of(tx, List.of(sessionId)).stream()
                .map(attachment ->
                        new ChosenVolume(volumes.find(tx, attachment.volumeId()).orElseThrow(), attachment.mountPath()))
                .toList());
    }

    /** That a machine can have these volumes. */
    public Requirement requirement(List<ChosenVolume> chosen) {
        if (chosen.isEmpty()) {
            return Requirement.NONE;
        }
        String where = chosen.stream()
                .map(each -> "%s is at %s %s"
                        .formatted(
                                each.volume().name(),
                                each.volume().home().provider(),
                                each.volume().home().location()))
                .collect(Collectors.joining(", "));
        String explanation = chosen.size() == 1
                ? "The volume %s, and a session runs where its volume is.".formatted(where)
                : "Of the volumes, %s, and a session runs where all of its volumes are.".formatted(where);
        return new Requirement(
                FIELD, offer -> chosen.stream().allMatch(each -> attachable(each.volume(), offer)), explanation);
    }

    private boolean attachable(Volume volume, Offer offer) {
        Volume.Home home = volume.home();
        return home.provider().equals(offer.provider())
                && providers
                        .of(home.provider())
                        .filter(provider -> home.reference() != null
                                && provider.attachable(home.reference(), home.location(), offer))
                        .isPresent();
    }

    /**
     * Gives the volumes to a new session, in the transaction that creates it, before its money is looked at.
     *
     * @throws ApiException 409 {@code volume_in_use} where another session has one, 409 {@code invalid_state} where one is
     *     not ready or being deleted
     */
    public void attach(Transaction tx, UUID sessionId, List<ChosenVolume> chosen, Instant now) {
        // In one order whatever the request's is, so that two sessions never wait for each other.
        List<ChosenVolume> ordered = chosen.stream()
                .sorted(Comparator.comparing(each -> each.volume().id()))
                .toList();
        for (ChosenVolume each : ordered) {
            UUID id = each.volume().id();
            if (!volumes.attach(tx, id, sessionId)) {
                throw notFree(volumes.find(tx, id).orElseThrow());
            }
            attachments.insert(tx, sessionId, id, chosen.indexOf(each), each.path(), now);
        }
    }

    private static ApiException notFree(Volume volume) {
        UUID holder = volume.attachedTo();
        if (holder != null) {
            return Volumes.inUse(volume, holder);
        }
        String what = volume.deleteRequested()
                ? "is being deleted"
                : switch (volume.state()) {
                    case SUBMITTED -> "is not ready yet; try again in a few seconds";
                    // It came free this very moment.
                    case PROVISIONED -> "was in use until now; try again";
                    case DELETED -> "is deleted";
                    case FAILED -> "has failed: " + volume.error();
                };
        return new ApiException(
                ErrorCode.INVALID_STATE,
                "The volume %s %s.".formatted(volume.name(), what),
                Map.of("field", FIELD, "volume_id", volume.id()));
    }

    /** The session's machine is proven gone, or there never was one: its volumes are free, with their contents. */
    public void detach(Transaction tx, UUID sessionId, Instant now) {
        volumes.detach(tx, sessionId);
        attachments.end(tx, sessionId, now);
    }

    /** What each session has or had; sessions without any are absent. */
    public Map<UUID, List<Mount>> mounts(Collection<UUID> sessionIds) {
        Map<UUID, List<Mount>> mounts = new LinkedHashMap<>();
        database.read(tx -> attachments.of(tx, sessionIds))
                .forEach(each -> mounts.computeIfAbsent(each.sessionId(), _ -> new ArrayList<>())
                        .add(new Mount(each.volumeId(), each.name(), each.mountPath())));
        return mounts;
    }

    /** What a machine for the session has to be launched with. */
    public List<VolumeProvider.Attachment> attachments(UUID sessionId) {
        return of(sessionId).stream()
                .map(each -> new VolumeProvider.Attachment(
                        each.volume().id(),
                        Objects.requireNonNull(each.volume().home().reference(), "only what is there is attached")))
                .toList();
    }

    /**
     * Makes the session's volumes ready on its machine; to be called before its container is started.
     *
     * @param machine the machine's tag
     * @throws ProviderFailure of any kind
     */
    public List<Mounted> mount(UUID sessionId, UUID machine, EngineAddress engine) {
        List<Attachment> asked = database.read(tx -> attachments.of(tx, List.of(sessionId)));
        if (asked.isEmpty()) {
            return List.of();
        }
        String provider = asked.getFirst().provider();
        List<String> places = providers
                .of(provider)
                .orElseThrow(() -> new ProviderFailure.Unavailable("provider " + provider + " is not configured", null))
                .mount(machine, engine, asked.stream().map(Attachment::volumeId).toList());
        List<Mounted> mounted = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            mounted.add(new Mounted(places.get(i), asked.get(i).mountPath()));
        }
        return mounted;
    }
}
