package com.mimiry.catalog;

import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A provider that offers what the test says. */
final class FakeProvider implements Provider {
    private final String name;
    final AtomicInteger asked = new AtomicInteger();
    volatile Supplier<List<Offer>> answer;
    volatile Duration freshFor = Duration.ofSeconds(30);

    FakeProvider(String name, Offer... offers) {
        this.name = name;
        this.answer = () -> List.of(offers);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Offer> offers() {
        asked.incrementAndGet();
        return answer.get();
    }

    @Override
    public Duration offersFreshFor() {
        return freshFor;
    }

    @Override
    public Machine launch(LaunchRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Machine> machines() {
        return List.of();
    }

    @Override
    public void destroy(UUID tag) {
        throw new UnsupportedOperationException();
    }
}
