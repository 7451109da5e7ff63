package com.mimiry.launch;

import io.quarkus.runtime.Application;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.slf4j.LoggerFactory;

/** Loads the application's classes while all else is made ready, which needs none of them yet. */
final class ApplicationLoader {
    /** Made by the build; this is how the framework starts an application from a plain main method as well. */
    private static final String APPLICATION = "io.quarkus.runner.ApplicationImpl";

    private final ClassLoader classes = Thread.currentThread().getContextClassLoader();
    private final FutureTask<?> logging = new FutureTask<>(LoggerFactory::getILoggerFactory);
    private final FutureTask<Application> loading = new FutureTask<>(this::load);

    private ApplicationLoader() {}

    static ApplicationLoader begin() {
        // The framework would refuse such addresses without a word; we check them ourselves (RequestTarget).
        System.setProperty("vertx.disableURIValidation", "true");
        ApplicationLoader loader = new ApplicationLoader();
        Thread thread = Thread.ofPlatform().daemon().name("loading").unstarted(loader::run);
        thread.setContextClassLoader(loader.classes);
        thread.start();
        return loader;
    }

    /** After all of it the cryptography of SSH is loaded, while the application starts. */
    private void run() {
        logging.run();
        loading.run();
        SecurityUtils.isEDDSACurveSupported();
    }

    private Application load() throws ReflectiveOperationException {
        return Class.forName(APPLICATION, true, classes)
                .asSubclass(Application.class)
                .getDeclaredConstructor()
                .newInstance();
    }

    /** Whoever logs before that from another thread is not heard, and makes the logging library complain. */
    void awaitLogging() throws ExecutionException, InterruptedException {
        logging.get();
    }

    Application application() throws ExecutionException, InterruptedException {
        return loading.get();
    }
}
