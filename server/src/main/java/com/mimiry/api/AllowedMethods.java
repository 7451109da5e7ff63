package com.mimiry.api;

import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Singleton;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which methods an address takes: the framework says only that it does not take the one that came. */
@Singleton
class AllowedMethods {
    private static final Pattern PARAMETER = Pattern.compile("\\{[^/]+}");

    private final BeanManager beans;
    private final AtomicReference<@Nullable List<Endpoint>> known = new AtomicReference<>();

    AllowedMethods(BeanManager beans) {
        this.beans = beans;
    }

    private record Endpoint(String method, Pattern path) {}

    /** For the header {@code Allow}. */
    String of(String path) {
        Set<String> methods = new TreeSet<>();
        for (Endpoint endpoint : endpoints()) {
            if (endpoint.path().matcher(path).matches()) {
                methods.add(endpoint.method());
            }
        }
        if (methods.contains(HttpMethod.GET)) {
            methods.add(HttpMethod.HEAD);
        }
        methods.add(HttpMethod.OPTIONS);
        return String.join(", ", methods);
    }

    /** Read when it is first needed, not at every start. */
    private List<Endpoint> endpoints() {
        List<Endpoint> endpoints = known.get();
        if (endpoints == null) {
            List<Endpoint> found = new ArrayList<>();
            beans.getBeans(Object.class, Any.Literal.INSTANCE).forEach(bean -> add(found, bean.getBeanClass()));
            endpoints = List.copyOf(found);
            known.set(endpoints);
        }
        return endpoints;
    }

    private static void add(List<Endpoint> endpoints, Class<?> resource) {
        Path root = resource.getAnnotation(Path.class);
        if (root == null) {
            return;
        }
        for (Method method : resource.getDeclaredMethods()) {
            for (Annotation annotation : method.getAnnotations()) {
                HttpMethod verb = annotation.annotationType().getAnnotation(HttpMethod.class);
                if (verb != null) {
                    endpoints.add(new Endpoint(verb.value(), pattern(root, method.getAnnotation(Path.class))));
                }
            }
        }
    }

    private static Pattern pattern(Path root, @Nullable Path path) {
        StringBuilder pattern = new StringBuilder();
        for (String part : (root.value() + "/" + (path == null ? "" : path.value())).split("/", -1)) {
            if (!part.isEmpty()) {
                pattern.append('/').append(PARAMETER.matcher(part).matches() ? "[^/]+" : Pattern.quote(part));
            }
        }
        return Pattern.compile(pattern + "/?");
    }
}
