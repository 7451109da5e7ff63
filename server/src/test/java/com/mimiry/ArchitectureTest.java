package com.mimiry;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.mimiry.identity.Access;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import jakarta.inject.Inject;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullMarked;

@NullMarked
@AnalyzeClasses(packages = "com.mimiry", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    /** Which features each feature may use. A new edge is a decision, so it is written here. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("platform", Set.of()),
            Map.entry("reconcile", Set.of("platform")),
            Map.entry("api", Set.of("platform")),
            Map.entry("identity", Set.of("platform", "api")),
            Map.entry("containers", Set.of("platform")),
            Map.entry("providers", Set.of("platform", "containers", "reconcile")),
            Map.entry("catalog", Set.of("platform", "providers", "api", "identity")),
            Map.entry("billing", Set.of("platform", "reconcile", "api", "identity")),
            Map.entry("logs", Set.of("platform", "containers", "api")),
            // containers: only to hand on where a machine's engine is.
            Map.entry(
                    "volumes",
                    Set.of(
                            "platform",
                            "reconcile",
                            "api",
                            "identity",
                            "containers",
                            "providers",
                            "catalog",
                            "billing")),
            Map.entry(
                    "sessions",
                    Set.of(
                            "platform",
                            "reconcile",
                            "api",
                            "identity",
                            "containers",
                            "providers",
                            "catalog",
                            "billing",
                            "volumes",
                            "logs")),
            Map.entry("sshproxy", Set.of("platform", "identity", "containers", "sessions")),
            Map.entry("oversight", Set.of("platform", "reconcile", "api", "identity", "providers")),
            Map.entry(
                    "launch",
                    Set.of(
                            "platform",
                            "reconcile",
                            "api",
                            "identity",
                            "containers",
                            "providers",
                            "catalog",
                            "billing",
                            "volumes",
                            "logs",
                            "sessions",
                            "sshproxy",
                            "oversight")));

    @ArchTest
    static void features_use_only_what_is_listed(JavaClasses classes) {
        MAY_USE.forEach((feature, uses) -> {
            String[] others = MAY_USE.keySet().stream()
                    .filter(other -> !other.equals(feature) && !uses.contains(other))
                    .map(other -> "com.mimiry." + other + "..")
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage("com.mimiry." + feature + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(others)
                    .check(classes);
        });
    }

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("com.mimiry.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule TIME_COMES_FROM_A_CLOCK = noClasses()
            .that()
            .doNotHaveSimpleName("Clocks")
            .should()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Clock.class, "systemUTC")
            .because("time is passed in, so that tests can set it");

    @ArchTest
    static final ArchRule ENDPOINTS_ARE_PUBLIC = methods()
            .that()
            .areAnnotatedWith(GET.class)
            .should()
            .bePublic()
            .because("Quarkus only warns, and then ignores the method");

    @ArchTest
    static final ArchRule EVERY_ENDPOINT_SAYS_WHO_MAY_CALL_IT = methods()
            .that()
            .areAnnotatedWith(GET.class)
            .or()
            .areAnnotatedWith(POST.class)
            .or()
            .areAnnotatedWith(PUT.class)
            .or()
            .areAnnotatedWith(PATCH.class)
            .or()
            .areAnnotatedWith(DELETE.class)
            .should()
            .beAnnotatedWith(Access.class)
            .andShould()
            .bePublic();

    @ArchTest
    static final ArchRule NO_FIELD_INJECTION = fields().should().notBeAnnotatedWith(Inject.class);

    @ArchTest
    static final ArchRule RESOURCES_ARE_NAMED_FOR_WHAT_THEY_ARE = classes()
            .that()
            .areAnnotatedWith(Path.class)
            .should()
            .haveSimpleNameEndingWith("Resource")
            .orShould()
            .haveSimpleNameEndingWith("Pages");

    @ArchTest
    static final ArchRule JDBC_ONLY_IN_STORES = noClasses()
            .that()
            .haveSimpleNameNotEndingWith("Store")
            .and()
            .resideOutsideOfPackage("com.mimiry.platform")
            .should()
            .dependOnClassesThat(resideInAPackage("java.sql.."));
}
