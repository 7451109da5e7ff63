package com.mimiry.it;

import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import java.lang.annotation.Annotation;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What the server serves, read from its compiled resources: lines such as {@code GET /api/v1/me}. */
final class Endpoints {
    private static final List<Class<? extends Annotation>> VERBS =
            List.of(GET.class, POST.class, PUT.class, PATCH.class, DELETE.class);

    private Endpoints() {}

    static Set<String> all() {
        Set<String> found = new TreeSet<>();
        for (JavaClass resource : new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(Endpoints::ours)
                .importPackages("com.mimiry")) {
            if (resource.isAnnotatedWith(Path.class)) {
                resource.getMethods()
                        .forEach(method -> VERBS.stream()
                                .filter(verb -> method.isAnnotatedWith(verb))
                                .forEach(verb -> found.add(verb.getSimpleName() + " " + path(resource, method))));
            }
        }
        return found;
    }

    private static boolean ours(Location location) {
        return !location.contains("/it/");
    }

    private static String path(JavaClass resource, JavaMethod method) {
        String path = part(resource.getAnnotationOfType(Path.class.getName()));
        if (method.isAnnotatedWith(Path.class)) {
            path += part(method.getAnnotationOfType(Path.class.getName()));
        }
        return path.isEmpty() ? "/" : path;
    }

    private static String part(JavaAnnotation<?> annotation) {
        String value = String.valueOf(annotation.get("value").orElse(""));
        String slashed = value.startsWith("/") ? value : "/" + value;
        return slashed.endsWith("/") ? slashed.substring(0, slashed.length() - 1) : slashed;
    }
}
