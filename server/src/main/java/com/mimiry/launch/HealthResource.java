package com.mimiry.launch;

import com.mimiry.identity.Access;
import com.mimiry.identity.Permission;
import com.mimiry.platform.HealthCheck;
import io.quarkus.arc.All;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.openapi.annotations.Operation;

/** Says whether this process can do its work, for load balancers and people. */
@Path("/health")
final class HealthResource {
    private static final int PATIENCE_SECONDS = 3;
    private static final Executor THREADS =
            task -> Thread.ofVirtual().name("health").start(task);

    private final List<HealthCheck> checks;

    HealthResource(@All List<HealthCheck> checks) {
        this.checks = checks;
    }

    @GET
    @RunOnVirtualThread
    @Access(Permission.PUBLIC)
    @Operation(summary = "Whether the server can do its work: 200, or 503 with the reasons")
    public Response health() {
        Map<String, CompletableFuture<Optional<String>>> asked = new LinkedHashMap<>();
        for (HealthCheck check : checks) {
            asked.put(
                    check.name(),
                    CompletableFuture.supplyAsync(check::problem, THREADS)
                            .completeOnTimeout(
                                    Optional.of("No answer within " + PATIENCE_SECONDS + " seconds."),
                                    PATIENCE_SECONDS,
                                    TimeUnit.SECONDS));
        }
        Map<String, String> answers = new LinkedHashMap<>();
        List<String> reasons = new ArrayList<>();
        asked.forEach((name, answer) -> {
            Optional<String> problem = answerOf(answer);
            answers.put(name, problem.isEmpty() ? "ok" : "failing");
            problem.ifPresent(reasons::add);
        });
        return reasons.isEmpty()
                ? Response.ok(Map.of("status", "ok", "checks", answers)).build()
                : Response.status(Response.Status.SERVICE_UNAVAILABLE)
                        .entity(Map.of("status", "unavailable", "checks", answers, "reasons", reasons))
                        .build();
    }

    private static Optional<String> answerOf(CompletableFuture<Optional<String>> answer) {
        try {
            return answer.join();
        } catch (CompletionException e) {
            return Optional.of(String.valueOf(e.getCause()));
        }
    }
}
