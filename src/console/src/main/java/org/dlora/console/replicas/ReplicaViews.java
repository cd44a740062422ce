package org.dlora.console.replicas;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.dlora.api.web.ApiException;
import org.dlora.cluster.replicas.NoSuchReplicaException;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.console.decisions.RegistrationNames;
import org.dlora.console.decisions.WeightsState;
import org.dlora.console.page.LivePanel;
import org.dlora.engine.SchedulingReport;
import org.dlora.operate.Administration;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** Values of the pages and panels of replicas, as the services have them now. */
@Component
final class ReplicaViews {
    private static final int STEPS = 256;
    private static final int MOST_REQUESTS = 100;
    private static final int MOST_ADAPTERS = 100;
    private static final int MOST_RUNS = 12;

    private final Administration administration;

    ReplicaViews(Administration administration) {
        this.administration = administration;
    }

    /**
     * Returns a replica.
     *
     * @throws ApiException with status 404 if there is none
     */
    static ReplicaReport replica(Administration administration, String id) {
        try {
            return administration.replicas().replica(id);
        } catch (NoSuchReplicaException e) {
            throw ApiException.of(HttpStatus.NOT_FOUND, e.getMessage() + ".");
        }
    }

    /** Returns the values of the table of all replicas. */
    Map<String, ?> all() {
        var names = RegistrationNames.of(administration.models());
        return Map.of(
                "replicas",
                administration.replicas().replicas().stream()
                        .map(report -> row(report, scheduling(report.id(), STEPS), names))
                        .toList());
    }

    private static ReplicaRow row(
            ReplicaReport report, Optional<SchedulingReport> scheduling, RegistrationNames names) {
        return ReplicaRow.of(
                report,
                weights(scheduling, names),
                StepTimes.of(scheduling.map(SchedulingReport::steps).orElse(List.of()), names));
    }

    private static WeightsState weights(
            Optional<SchedulingReport> scheduling, RegistrationNames names) {
        return scheduling
                .map(report -> WeightsState.of(report, names))
                .orElse(WeightsState.UNMERGED);
    }

    private Optional<SchedulingReport> scheduling(String id, int steps) {
        return administration.scheduling().scheduling(id, steps);
    }

    /** Returns the values of the state of one replica: figures and memory. */
    Map<String, ? extends @Nullable Object> state(String id) {
        var names = RegistrationNames.of(administration.models());
        var report = replica(administration, id);
        var values = new HashMap<String, @Nullable Object>();
        values.put("row", row(report, scheduling(id, STEPS), names));
        values.put("memory", memory(report));
        return values;
    }

    /** Returns the values of the adapters in the memory of one replica. */
    Map<String, ?> adapters(String id) {
        var report = replica(administration, id);
        var names = RegistrationNames.of(administration.models());
        var held =
                administration.residency().held().stream()
                        .filter(memory -> memory.memory().equals(report.memory()))
                        .flatMap(memory -> memory.weights().stream())
                        .toList();
        var adapters = HeldAdapterRow.of(held, weights(scheduling(id, 1), names), names);
        return Map.of(
                "adapters",
                adapters.stream().limit(MOST_ADAPTERS).toList(),
                "adapterCount",
                adapters.size());
    }

    private @Nullable MemoryMap memory(ReplicaReport report) {
        return administration.residency().memories().stream()
                .filter(memory -> memory.name().equals(report.memory()))
                .findFirst()
                .map(memory -> MemoryMap.of(memory, report.id()))
                .orElse(null);
    }

    /** Returns the values of the requests of one replica. */
    Map<String, ?> requests(String id) {
        var report = replica(administration, id);
        var weights = weights(scheduling(id, 1), RegistrationNames.of(administration.models()));
        return Map.of(
                "requests",
                ReplicaRequestRow.of(report, weights, MOST_REQUESTS),
                "requestCount",
                report.requests().size());
    }

    /** Returns the values of the last steps of one replica: their times and decisions. */
    Map<String, ? extends @Nullable Object> steps(String id) {
        replica(administration, id);
        var names = RegistrationNames.of(administration.models());
        var report = scheduling(id, STEPS);
        var values = new HashMap<String, @Nullable Object>();
        values.put("times", StepTimes.of(of(report, SchedulingReport::steps, List.of()), names));
        values.put(
                "runs",
                of(report, one -> DecisionRun.of(one, names, MOST_RUNS), List.<DecisionRun>of()));
        values.put("policy", of(report, SchedulingReport::policy, ""));
        return values;
    }

    private static <T> T of(
            Optional<SchedulingReport> report, Function<SchedulingReport, T> part, T otherwise) {
        return report.map(part).orElse(otherwise);
    }

    @Bean
    LivePanel replicasPanel() {
        return new ViewPanel("replicas", "replicas", _ -> all());
    }

    @Bean
    LivePanel replicaStatePanel() {
        return new ViewPanel("replica-state", "replica", this::state);
    }

    @Bean
    LivePanel replicaAdaptersPanel() {
        return new ViewPanel("replica-adapters", "replica", this::adapters);
    }

    @Bean
    LivePanel replicaRequestsPanel() {
        return new ViewPanel("replica-requests", "replica", this::requests);
    }

    @Bean
    LivePanel replicaStepsPanel() {
        return new ViewPanel("replica-steps", "replica", this::steps);
    }
}
