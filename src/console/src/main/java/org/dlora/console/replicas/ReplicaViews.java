package org.dlora.console.replicas;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.dlora.api.admin.ClosedAdministration;
import org.dlora.api.openai.ApiException;
import org.dlora.api.openai.Served;
import org.dlora.api.openai.Serving;
import org.dlora.cluster.replicas.NoSuchReplicaException;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaService;
import org.dlora.console.decisions.AdapterNames;
import org.dlora.console.decisions.WeightsState;
import org.dlora.engine.SchedulingReport;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/** Values of the pages and panels of replicas, as the services have them now. */
final class ReplicaViews {
    private static final int STEPS = 256;
    private static final int MOST_REQUESTS = 100;
    private static final int MOST_ADAPTERS = 100;
    private static final int MOST_RUNS = 12;

    private final Serving serving;

    ReplicaViews(Serving serving) {
        this.serving = serving;
    }

    /**
     * Returns the service of the replicas.
     *
     * @throws ApiException if the administration is closed
     */
    static ReplicaService replicas(Served served) {
        return served.replicas().orElseThrow(ClosedAdministration::refusal);
    }

    /**
     * Returns a replica.
     *
     * @throws ApiException with status 404 if there is none
     */
    static ReplicaReport replica(Served served, String id) {
        try {
            return replicas(served).replica(id);
        } catch (NoSuchReplicaException e) {
            throw ApiException.of(HttpStatus.NOT_FOUND, e.getMessage() + ".");
        }
    }

    /** Returns the values of the table of all replicas. */
    Map<String, ?> all() {
        var served = serving.require();
        var names = AdapterNames.of(served);
        return Map.of(
                "replicas",
                replicas(served).replicas().stream()
                        .map(report -> row(report, scheduling(served, report.id(), STEPS), names))
                        .toList());
    }

    private static ReplicaRow row(
            ReplicaReport report, Optional<SchedulingReport> scheduling, AdapterNames names) {
        return ReplicaRow.of(
                report,
                weights(scheduling, names),
                StepTimes.of(scheduling.map(SchedulingReport::steps).orElse(List.of()), names));
    }

    private static WeightsState weights(Optional<SchedulingReport> scheduling, AdapterNames names) {
        return scheduling
                .map(report -> WeightsState.of(report, names))
                .orElse(WeightsState.UNMERGED);
    }

    private static Optional<SchedulingReport> scheduling(Served served, String id, int steps) {
        return served.scheduling().flatMap(service -> service.scheduling(id, steps));
    }

    /** Returns the values of the state of one replica: figures and memory. */
    Map<String, ? extends @Nullable Object> state(String id) {
        var served = serving.require();
        var names = AdapterNames.of(served);
        var report = replica(served, id);
        var values = new HashMap<String, @Nullable Object>();
        values.put("row", row(report, scheduling(served, id, STEPS), names));
        values.put("memory", memory(served, report));
        return values;
    }

    /** Returns the values of the adapters in the memory of one replica. */
    Map<String, ?> adapters(String id) {
        var served = serving.require();
        var report = replica(served, id);
        var names = AdapterNames.of(served);
        var held =
                served.residency().stream()
                        .flatMap(service -> service.held().stream())
                        .filter(memory -> memory.memory().equals(report.memory()))
                        .flatMap(memory -> memory.weights().stream())
                        .toList();
        var adapters = AdapterRow.of(held, weights(scheduling(served, id, 1), names), names);
        return Map.of(
                "adapters",
                adapters.stream().limit(MOST_ADAPTERS).toList(),
                "adapterCount",
                adapters.size());
    }

    private static @Nullable MemoryMap memory(Served served, ReplicaReport report) {
        return served.residency().stream()
                .flatMap(service -> service.memories().stream())
                .filter(memory -> memory.name().equals(report.memory()))
                .findFirst()
                .map(memory -> MemoryMap.of(memory, report.id()))
                .orElse(null);
    }

    /** Returns the values of the requests of one replica. */
    Map<String, ?> requests(String id) {
        var served = serving.require();
        var report = replica(served, id);
        var weights = weights(scheduling(served, id, 1), AdapterNames.of(served));
        return Map.of(
                "requests",
                RequestRow.of(report, weights, MOST_REQUESTS),
                "requestCount",
                report.requests().size());
    }

    /** Returns the values of the last steps of one replica: their times and decisions. */
    Map<String, ? extends @Nullable Object> steps(String id) {
        var served = serving.require();
        replica(served, id);
        var names = AdapterNames.of(served);
        var report = scheduling(served, id, STEPS);
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
}
