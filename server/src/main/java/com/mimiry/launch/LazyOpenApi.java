package com.mimiry.launch;

import io.quarkus.smallrye.openapi.runtime.OpenApiDocumentService;
import jakarta.annotation.Priority;
import jakarta.enterprise.inject.build.compatible.spi.BuildCompatibleExtension;
import jakarta.enterprise.inject.build.compatible.spi.ClassConfig;
import jakarta.enterprise.inject.build.compatible.spi.Enhancement;
import jakarta.enterprise.inject.build.compatible.spi.Messages;
import jakarta.enterprise.inject.build.compatible.spi.MethodConfig;
import jakarta.interceptor.AroundInvoke;
import jakarta.interceptor.Interceptor;
import jakarta.interceptor.InterceptorBinding;
import jakarta.interceptor.InvocationContext;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Quarkus from 3.31 on writes the API's document anew at every start, which takes a sixth of it; here that waits for the
 * first who asks for it. Not needed any more with a Quarkus that has
 * <a href="https://github.com/quarkusio/quarkus/pull/55538">its change 55538</a>.
 */
public final class LazyOpenApi implements BuildCompatibleExtension {
    private static final String PREPARE = "prepareDocument";
    private static final String GET = "getDocument";

    @Enhancement(types = OpenApiDocumentService.class)
    public void postpone(ClassConfig service, Messages messages) {
        List<MethodConfig> methods = service.methods().stream()
                .filter(method -> Set.of(PREPARE, GET).contains(method.info().name()))
                .toList();
        if (methods.size() != 2) {
            messages.error("Quarkus writes the API's document in other methods now", service.info());
        }
        methods.forEach(method -> method.addAnnotation(Postponed.class));
    }

    @InterceptorBinding
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.TYPE, ElementType.METHOD})
    @interface Postponed {}

    /** One for the service, so that it sees both calls. */
    @Postponed
    @Interceptor
    @Priority(Interceptor.Priority.APPLICATION)
    static final class Postpone {
        private @Nullable InvocationContext preparation;

        @AroundInvoke
        @Nullable synchronized Object invoke(InvocationContext call) throws Exception {
            if (call.getMethod().getName().equals(PREPARE)) {
                preparation = call;
                return null;
            }
            if (preparation != null) {
                preparation.proceed();
                preparation = null;
            }
            return call.proceed();
        }
    }
}
