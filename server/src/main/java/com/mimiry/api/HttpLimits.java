package com.mimiry.api;

import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.http.HttpServerOptions;
import jakarta.inject.Singleton;

/**
 * Lets requests with long lines and large headers through the decoder, so that {@link HttpManners} can refuse them in the
 * words of the API; only far beyond does the decoder itself hang up.
 */
@Singleton
class HttpLimits implements HttpServerOptionsCustomizer {
    private static final int DECODER_BYTES_MAX = 256 * 1024;

    @Override
    public void customizeHttpServer(HttpServerOptions options) {
        apply(options);
    }

    @Override
    public void customizeHttpsServer(HttpServerOptions options) {
        apply(options);
    }

    private static void apply(HttpServerOptions options) {
        options.setMaxInitialLineLength(DECODER_BYTES_MAX).setMaxHeaderSize(DECODER_BYTES_MAX);
    }
}
