package com.mimiry.identity;

import java.util.Optional;
import java.util.UUID;

/** What users and organizations are called; whoever asks decides first who may know. */
public interface Directory {
    /** The user with this id, e-mail address or username, whatever its case. */
    Optional<UUID> user(String idOrName);

    /** The name of an organization, deleted ones too. */
    Optional<String> organizationName(UUID id);
}
