package org.dlora.cluster.residency;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import org.dlora.adapter.weights.LoadOrigin;
import org.dlora.engine.KvMemory;
import org.dlora.scheduling.KvCounts;
import org.dlora.scheduling.residency.CopyTarget;
import org.dlora.scheduling.residency.KvTarget;
import org.dlora.scheduling.residency.Residence;

/** Meters of one adapter memory, and the pace of its loads. Thread-safe. */
public final class ResidencyMeters {
    /** Seconds per byte before the first load: 200 MB a second. */
    private static final double FIRST_GUESS = 1 / 200e6;

    /** Weight of the last load in the pace. */
    private static final double FOLLOW = 0.3;

    private final MeterRegistry registry;
    private final Tags tags;
    private final Counter hits;
    private final Counter misses;
    private final Counter evictions;
    private final Map<LoadOrigin, Timer> loads = new EnumMap<>(LoadOrigin.class);
    private final Map<LoadOrigin, Counter> loadedBytes = new EnumMap<>(LoadOrigin.class);
    private final Timer waits;
    private double secondsPerByte = FIRST_GUESS;

    /**
     * @param memory name of the memory in metrics
     */
    public ResidencyMeters(String memory, MeterRegistry registry) {
        this.registry = registry;
        tags = Tags.of("memory", memory);
        hits = requests("hit");
        misses = requests("miss");
        evictions =
                Counter.builder("dlora.adapter.evictions")
                        .description("Adapters that left the memory")
                        .tags(tags)
                        .register(registry);
        for (var origin : LoadOrigin.values()) {
            var its = tags.and("source", origin.label());
            loads.put(
                    origin,
                    Timer.builder("dlora.adapter.load")
                            .description("Time of loads into the memory")
                            .tags(its)
                            .register(registry));
            loadedBytes.put(
                    origin,
                    Counter.builder("dlora.adapter.loaded.bytes")
                            .description("Memory that loaded adapters took")
                            .baseUnit("bytes")
                            .tags(its)
                            .register(registry));
        }
        waits =
                Timer.builder("dlora.adapter.wait")
                        .description("Time that requests waited for their adapter")
                        .tags(tags)
                        .register(registry);
    }

    private Counter requests(String residency) {
        return Counter.builder("dlora.adapter.requests")
                .description("Requests whose adapter was resident (hit) or not (miss)")
                .tags(tags.and("residency", residency))
                .register(registry);
    }

    void watch(AdapterMemory memory) {
        Gauge.builder("dlora.adapter.bytes", memory, AdapterMemory::bytes)
                .description("Memory that the weights of adapters take")
                .baseUnit("bytes")
                .tags(tags)
                .register(registry);
        Gauge.builder("dlora.adapters.resident", memory, ResidencyMeters::resident)
                .description("Adapters that requests can run with at once")
                .tags(tags)
                .register(registry);
    }

    /** Watches the KV cache of a replica that can change its size. */
    void watchKv(String replica, KvMemory kv) {
        kvBlocks(replica, "usable", kv, counts -> counts.total());
        kvBlocks(replica, "withheld", kv, counts -> counts.most() - counts.total());
        for (var cause : KvTarget.Cause.values()) {
            var _ = resizes(replica, cause);
        }
    }

    private void kvBlocks(
            String replica, String state, KvMemory kv, ToDoubleFunction<KvCounts> count) {
        Gauge.builder("dlora.kv.blocks", kv, one -> count.applyAsDouble(one.status().counts()))
                .description("KV blocks that are usable, or withheld for the benefit of others")
                .tags(tags.and("replica", replica, "state", state))
                .register(registry);
    }

    /** Counts a change of the size of a KV cache. */
    void resized(KvTarget target) {
        resizes(target.replica(), target.cause()).increment();
    }

    private Counter resizes(String replica, KvTarget.Cause cause) {
        return Counter.builder("dlora.kv.resizes")
                .description("Changes of the size of a KV cache")
                .tags(tags.and("replica", replica, "cause", cause.name().toLowerCase(Locale.ROOT)))
                .register(registry);
    }

    /**
     * Watches the copies of merged weights of a replica.
     *
     * @param idle gives the bytes of those that are kept for later merges
     */
    void watchCopies(String replica, LongSupplier idle) {
        Gauge.builder("dlora.merge.idle", idle, LongSupplier::getAsLong)
                .description("Copies of weights that are kept for later merges")
                .baseUnit("bytes")
                .tags(tags.and("replica", replica))
                .register(registry);
        var _ = releases(replica, false);
        var _ = releases(replica, true);
        var _ = refusals(replica);
    }

    /** Counts that a replica had to give copies back. */
    void copiesTaken(CopyTarget target) {
        releases(target.replica(), target.all()).increment();
    }

    private Counter releases(String replica, boolean all) {
        return Counter.builder("dlora.merge.releases")
                .description("Copies of weights that were given back for others")
                .tags(tags.and("replica", replica, "copies", all ? "all" : "idle"))
                .register(registry);
    }

    /** Counts a build for which there was no memory. */
    void copiesRefused(String replica) {
        refusals(replica).increment();
    }

    private Counter refusals(String replica) {
        return Counter.builder("dlora.merge.refusals")
                .description("Merges for whose copies there was no memory")
                .tags(tags.and("replica", replica))
                .register(registry);
    }

    private static long resident(AdapterMemory memory) {
        return memory.held().stream().filter(one -> one.residence() == Residence.RESIDENT).count();
    }

    /** Counts a request. */
    void asked(boolean isResident) {
        (isResident ? hits : misses).increment();
    }

    long hits() {
        return (long) hits.count();
    }

    long misses() {
        return (long) misses.count();
    }

    long evictions() {
        return (long) evictions.count();
    }

    void waited(double seconds) {
        waits.record(duration(seconds));
    }

    /** Counts a load of {@code bytes} from {@code origin}. */
    synchronized void loaded(LoadOrigin origin, long bytes, double seconds) {
        requireNonNull(loads.get(origin)).record(duration(seconds));
        requireNonNull(loadedBytes.get(origin)).increment((double) bytes);
        if (bytes > 0) {
            secondsPerByte += FOLLOW * (seconds / bytes - secondsPerByte);
        }
    }

    void evicted() {
        evictions.increment();
    }

    /** Returns the predicted seconds of a load for each byte. */
    synchronized double secondsPerByte() {
        return secondsPerByte;
    }

    private static Duration duration(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }
}
