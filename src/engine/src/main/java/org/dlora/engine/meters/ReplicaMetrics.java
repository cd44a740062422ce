package org.dlora.engine.meters;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.dlora.replica.MergeOutcome;
import org.dlora.replica.RecordedStep;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.SloLimits;

/**
 * A replica's meters, fed by the events that its clients see. Their label {@code adapter} is that
 * of a loaded adapter or of the base model ({@link AdapterLabel}), so clients cannot add values.
 * The meters of an adapter go with its last version.
 */
public final class ReplicaMetrics implements EngineObserver {
    private final MeterRegistry registry;
    private final String replica;
    private final Counter preemptions;
    private final Counter queriedTokens;
    private final Counter hitTokens;
    private final SchedulingMeters scheduling;
    private volatile Map<AdapterRef, Double> lastStanding = Map.of();
    private volatile Supplier<Mode> mode = Mode::unmerged;
    private volatile Consumer<RecordedStep> steps = _ -> {};
    private volatile Supplier<ReplicaLoad> load;
    private final Map<String, String> labels = new ConcurrentHashMap<>();
    private final Map<String, AdapterMeters> meters = new ConcurrentHashMap<>();

    public ReplicaMetrics(MeterRegistry registry, String replica) {
        this.registry = registry;
        this.replica = replica;
        load = () -> new ReplicaLoad(replica, 0, 0, 0, 0);
        preemptions =
                counter(
                        "dlora.preemptions",
                        "Sequences whose KV blocks were taken back, to be recomputed later");
        queriedTokens =
                counter(
                        "dlora.prefix.cache.queried.tokens",
                        "Prompt tokens that were looked for in the prefix cache");
        hitTokens =
                counter(
                        "dlora.prefix.cache.hit.tokens",
                        "Prompt tokens that were found in the prefix cache");
        gauge("dlora.requests.running", "Requests that hold KV blocks", ReplicaLoad::running);
        gauge("dlora.requests.waiting", "Requests that hold no KV blocks", ReplicaLoad::waiting);
        gauge("dlora.kv.usage", "Share of the KV blocks that is held", ReplicaLoad::kvUsage);
        scheduling = new SchedulingMeters(registry, replica);
    }

    /**
     * Sets the replica whose load the gauges show. One that takes the place of an earlier one calls
     * this too, and the gauges go on with it.
     *
     * @param present reads it
     */
    public void watchLoad(Supplier<ReplicaLoad> present) {
        load = present;
    }

    /** Publishes what {@code engine} knows of its device, and of its weights, as gauges. */
    public void watchEngine(EngineFigures engine) {
        scheduling.watch(engine);
        mode = engine::mode;
    }

    /** Tells {@code watch} of each step from now on, on the engine's thread. */
    public void watchSteps(Consumer<RecordedStep> watch) {
        steps = watch;
    }

    /** Requests of adapter {@code id} count as those of {@code name}. */
    public void loaded(String id, String name) {
        labels.put(id, AdapterLabel.of(name));
    }

    /** Adapter {@code id} is gone; so are its meters unless another version has its name. */
    public void unloaded(String id) {
        var label = labels.remove(id);
        if (label != null && !labels.containsValue(label)) {
            var unused = meters.remove(label);
            if (unused != null) {
                unused.close();
            }
        }
    }

    @Override
    public void preempted() {
        preemptions.increment();
    }

    @Override
    public void began(int promptTokens, int cachedTokens) {
        queriedTokens.increment(promptTokens);
        hitTokens.increment(cachedTokens);
    }

    @Override
    public void served(AdapterRef adapter, int rows) {
        var its = meters.get(label(adapter));
        if (its != null) {
            its.service.increment(rows);
        }
    }

    @Override
    public void ran(RecordedStep step) {
        lastStanding = step.decision().standing();
        scheduling.ran(step);
        steps.accept(step);
    }

    @Override
    public void built(MergeOutcome outcome, double seconds) {
        scheduling.built(outcome, seconds);
    }

    /**
     * Returns a meter for a request of {@code adapter} that is submitted now.
     *
     * @param promised times in force when they are asked for
     */
    public RequestMeter meter(AdapterRef adapter, int promptTokens, Supplier<SloLimits> promised) {
        var its =
                meters.computeIfAbsent(
                        label(adapter),
                        label ->
                                new AdapterMeters(
                                        registry,
                                        label,
                                        replica,
                                        () -> standing(label),
                                        () -> merged(label)));
        return new RequestMeter(its, promptTokens, promised);
    }

    private int merged(String label) {
        return mode.get() instanceof Mode.Merged(var id) && label(AdapterRef.of(id)).equals(label)
                ? 1
                : 0;
    }

    /** Returns the policy's memory for the adapter, or for the version of it that has most. */
    private double standing(String label) {
        var standing = lastStanding;
        var versions =
                labels.entrySet().stream()
                        .filter(entry -> entry.getValue().equals(label))
                        .map(Map.Entry::getKey);
        boolean isBase = label.equals(AdapterLabel.BASE);
        return (isBase ? Stream.of(AdapterRef.base()) : versions.map(AdapterRef::of))
                .mapToDouble(adapter -> standing.getOrDefault(adapter, 0.0))
                .max()
                .orElse(0);
    }

    private String label(AdapterRef adapter) {
        return switch (adapter) {
            case AdapterRef.Base() -> AdapterLabel.BASE;
            case AdapterRef.Adapter(var id) -> labels.getOrDefault(id, AdapterLabel.of(id));
        };
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name)
                .description(description)
                .tag("replica", replica)
                .register(registry);
    }

    // The gauges do not keep the replica from being garbage.
    private void gauge(String name, String description, ToDoubleFunction<ReplicaLoad> value) {
        Gauge.builder(name, this, self -> value.applyAsDouble(self.load.get()))
                .description(description)
                .tag("replica", replica)
                .register(registry);
    }
}
