package com.mimiry.containers;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The real engine of this machine, for tests of other features. */
public final class LocalEngine implements BeforeAllCallback, AfterEachCallback, Engines {
    public static final EngineAddress ADDRESS = TestEngine.ADDRESS;
    public static final String CONTROL_TOKEN = TestEngine.TOKEN;

    private final TestEngine test = new TestEngine();

    @Override
    public ContainerEngine connect(EngineAddress address) {
        return test.engine;
    }

    /** Starts a container that runs a command with BusyBox; it is removed after the test. */
    public String started(String command) {
        return test.started(command);
    }

    /** The same with a machine that is kept when the command fails. */
    public String kept(String command) {
        ContainerSpec spec = new Spec(test.newName(), TestEngine.IMAGE, Map.of())
                .command(command)
                .keep(false, true)
                .build();
        test.engine.create(spec);
        test.engine.start(spec.name());
        return spec.name();
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        test.beforeAll(context);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        test.afterEach(context);
    }
}
