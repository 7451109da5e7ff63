package com.mimiry.sessions;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerEngine.ImageInfo;
import com.mimiry.platform.Database;
import com.mimiry.sessions.ImageRightsStore.OpenPull;
import jakarta.inject.Singleton;
import java.util.Objects;
import java.util.Optional;

/**
 * Which images of a host anybody may have: all but those that were brought there with somebody's registry credentials. An
 * image has many names (tags, digests, the beginning of its id), so it is the image itself that is remembered; one that the
 * host had before came another way, and its rights are what they were.
 */
@Singleton
final class ImageRights {
    private final Database database;
    private final ImageRightsStore store = new ImageRightsStore();

    ImageRights(Database database) {
        this.database = database;
    }

    /** Intent before effect: from here on, what a pull with credentials brings is known to be nobody else's. */
    void pullBegins(Attempt attempt, ContainerEngine engine, String image) {
        // A pull that crashed left its image under this name, which may be about to move to another one.
        guardOpenPulls(address(attempt), engine);
        OpenPull pull = new OpenPull(attempt.id(), address(attempt), image, engine.imageIds(), false);
        database.useTransaction(tx -> store.open(tx, pull));
    }

    /** It brought the image; one that came to nothing stays open until its machine is gone. */
    void pullEnded(Attempt attempt, ContainerEngine engine) {
        guardOpenPulls(address(attempt), engine);
        database.useTransaction(tx -> store.close(tx, attempt.id()));
    }

    /** The id of the image that a name stands for on a host; empty where it has none, or none that anybody may have. */
    Optional<String> free(Attempt attempt, ContainerEngine engine, String image) {
        // Before the rows: a pull that has brought it is in them by then.
        Optional<String> found = imageId(engine, image);
        if (found.isEmpty()) {
            return found;
        }
        String address = address(attempt);
        guardOpenPulls(address, engine);
        return found.filter(id -> !database.read(tx -> store.isGuarded(tx, address, id)));
    }

    Optional<String> imageId(ContainerEngine engine, String image) {
        return engine.image(image).map(ImageInfo::id);
    }

    private void guardOpenPulls(String address, ContainerEngine engine) {
        for (OpenPull pull : database.read(tx -> store.openPulls(tx, address))) {
            Optional<String> brought =
                    imageId(engine, pull.image()).filter(id -> !pull.there().contains(id));
            database.useTransaction(tx -> {
                brought.ifPresent(id -> store.guard(tx, address, id));
                if (pull.over()) {
                    store.close(tx, pull.attemptId());
                }
            });
        }
    }

    private static String address(Attempt attempt) {
        return Objects.requireNonNull(attempt.engine(), "a launched machine has an engine")
                .uri()
                .toString();
    }
}
