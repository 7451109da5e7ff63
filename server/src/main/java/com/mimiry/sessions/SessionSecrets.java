package com.mimiry.sessions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mimiry.containers.ContainerEngine.RegistryAuth;
import com.mimiry.platform.Secret;
import com.mimiry.platform.SecretBox;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a session was given and nobody may read back: its environment and its registry's credentials. */
record SessionSecrets(
        Map<String, String> environment, @Nullable RegistryAuth registryAuth) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @param sessionId the sealed bytes open for this session only */
    byte[] seal(SecretBox box, UUID sessionId) {
        try {
            return box.seal(new Secret(JSON.writeValueAsString(this)), place(sessionId));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static SessionSecrets open(SecretBox box, UUID sessionId, byte[] sealed) {
        try {
            return JSON.readValue(box.open(sealed, place(sessionId)).reveal(), SessionSecrets.class);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String place(UUID sessionId) {
        return "session:" + sessionId;
    }

    @Override
    public String toString() {
        return "SessionSecrets[***]";
    }
}
