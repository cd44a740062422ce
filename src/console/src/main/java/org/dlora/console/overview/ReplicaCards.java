package org.dlora.console.overview;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dlora.cluster.replicas.ReplicaReport.Condition;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.cluster.residency.MemoryReport;
import org.dlora.cluster.samples.ReplicaSample;
import org.dlora.cluster.samples.ReplicaTimeline;
import org.dlora.engine.SchedulingReport;
import org.dlora.operate.Administration;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

/** Maker of the cards, of values that cost little to ask for. */
final class ReplicaCards {
    /** Seconds that tokens per second are a mean of. */
    static final int RATE_SECONDS = 5;

    private static final Condition SERVING = new Condition(ReplicaStatus.SERVING, null, null);
    private static final String ADAPTERS = "adapters";
    private static final int MOST_NAMED = 3;

    private final Map<String, Condition> conditions;
    private final Map<String, SchedulingReport> scheduling;
    private final Map<String, MemoryReport> memories = new HashMap<>();

    ReplicaCards(Administration administration) {
        conditions = administration.replicas().conditions();
        scheduling = by(administration.scheduling().scheduling(0), SchedulingReport::replica);
        for (var memory : administration.residency().memories()) {
            memory.replicas().forEach(replica -> memories.put(replica, memory));
        }
    }

    private static <T> Map<String, T> by(List<T> all, Function<T, String> id) {
        return all.stream().collect(Collectors.toMap(id, Function.identity()));
    }

    /** Returns the number of replicas in each state but serving, by its name. */
    Map<String, Integer> away() {
        var counts = new TreeMap<String, Integer>();
        conditions.values().stream()
                .map(Condition::state)
                .filter(state -> state != ReplicaStatus.SERVING)
                .forEach(state -> counts.merge(state.label(), 1, Integer::sum));
        return counts;
    }

    ReplicaCard card(ReplicaTimeline line) {
        var id = line.replica();
        var condition = conditions.getOrDefault(id, SERVING);
        var state = condition.state();
        boolean isServing = state == ReplicaStatus.SERVING;
        var build =
                Optional.ofNullable(scheduling.get(id)).map(report -> report.merge().building());
        var sample = line.latest();
        var memory = memories.get(id);
        return new ReplicaCard(
                id,
                device(line.device()),
                state.label(),
                badge(state),
                isServing ? null : reason(condition),
                isServing ? null : condition.since(),
                line.merged(),
                line.modeSince(),
                build.map(one -> ReplicaTimeline.name(one.adapter())).orElse(null),
                build.map(one -> one.progress()).orElse(0.0),
                sample.map(ReplicaSample::running).orElse(0),
                sample.map(ReplicaSample::waiting).orElse(0),
                sample.map(ReplicaSample::kvUsed).orElse(0),
                sample.map(ReplicaSample::kvTotal).orElse(0),
                kvBytes(id, memory),
                memory == null ? null : memory.bytes().getOrDefault(ADAPTERS, 0L),
                others(id, memory),
                line.tokensPerSecond(RATE_SECONDS),
                line.ttft(),
                line.tpot());
    }

    private static @Nullable String reason(Condition condition) {
        var reason = condition.reason();
        return reason == null || reason.isEmpty() ? null : StringUtils.capitalize(reason);
    }

    /** Returns the device as people write it. */
    private static String device(String kind) {
        return kind.replaceFirst("^cpu", "CPU").replaceFirst(" 1 threads$", " 1 thread");
    }

    private static String badge(ReplicaStatus state) {
        return switch (state) {
            case SERVING -> "good";
            case DRAINING, DRAINED, RESTARTING -> "warn";
            case FENCED, CLOSED -> "bad";
        };
    }

    private static @Nullable Long kvBytes(String id, @Nullable MemoryReport memory) {
        return memory == null
                ? null
                : memory.kv().stream()
                        .filter(cache -> cache.replica().equals(id))
                        .map(cache -> cache.status().bytes())
                        .findFirst()
                        .orElse(null);
    }

    /** Returns the replicas that share the memory, in words; empty for none. */
    private static String others(String id, @Nullable MemoryReport memory) {
        var others =
                memory == null
                        ? List.<String>of()
                        : memory.replicas().stream().filter(other -> !other.equals(id)).toList();
        if (others.isEmpty()) {
            return "";
        }
        return others.size() <= MOST_NAMED
                ? (others.size() == 1 ? "replica " : "replicas ") + String.join(", ", others)
                : others.size() + " other replicas";
    }
}
