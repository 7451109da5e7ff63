package com.mimiry.sessions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mimiry.containers.ContainerEngine.RegistryAuth;
import com.mimiry.platform.SecretBox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a session was given and nobody may read back: its environment and its registry's credentials. */
record SessionSecrets(
        Map<String, String> environment, @Nullable RegistryAuth registryAuth) {
    private static final ObjectMapper JSON = new ObjectMapper();

    byte[] seal(SecretBox box) {
        try {
            return box.seal(JSON.writeValueAsBytes(this));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static SessionSecrets open(SecretBox box, byte[] sealed) {
        try {
            return JSON.readValue(box.open(sealed), SessionSecrets.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return "SessionSecrets[***]";
    }
}
