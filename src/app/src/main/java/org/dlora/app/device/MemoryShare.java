package org.dlora.app.device;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;
import org.dlora.app.settings.DloraProperties;
import org.dlora.device.MemoryBound;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryReservation;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.opening.StartException;
import org.dlora.model.DecoderSpec;
import org.dlora.tensor.DType;

/**
 * A memory for KV caches, merged weights and adapters, and the replicas that share it. A replica
 * has a memory of its own if its setting {@code memory} says so. All others share what is left.
 *
 * @param name of the memory: {@code host}, the device's where there are several, or the replica's
 * @param replicas numbers of the replicas, in configured order
 * @param cache sizes of each of them
 * @param kv reservations of their KV caches; empty before these are entered
 */
public record MemoryShare(
        String name,
        MemoryLedger books,
        List<Integer> replicas,
        CachePlan cache,
        List<MemoryReservation> kv) {
    /** Name of the memory that replicas share, where all have one device. */
    static final String HOST = "host";

    /**
     * Inputs of the plan that all shares have in common.
     *
     * @param kvType dtype of keys and values that suits the device
     * @param isKvElastic whether KV caches of the device can grow
     * @param copies bytes that one replica's merged weights may need
     * @param adapters bytes of all registered adapters
     */
    public record Needs(
            DecoderSpec spec, DType kvType, boolean isKvElastic, long copies, long adapters) {}

    public MemoryShare {
        replicas = List.copyOf(replicas);
        kv = List.copyOf(kv);
    }

    /** Returns the share of replica {@code number}. */
    public static MemoryShare of(int number, List<MemoryShare> shares) {
        return shares.stream()
                .filter(share -> share.replicas.contains(number))
                .findFirst()
                .orElseThrow();
    }

    /** Returns whether it belongs to one replica, whose number is its name. */
    public boolean isOwn() {
        return replicas.size() == 1 && name.equals(String.valueOf(replicas.getFirst()));
    }

    /** Returns the replicas that have it, in words. */
    public String words() {
        return replicas.size() == 1
                ? "replica " + replicas.getFirst()
                : "replicas " + replicas.stream().map(String::valueOf).collect(joining(", "));
    }

    private MemoryShare with(CachePlan other) {
        return new MemoryShare(name, books, replicas, other, kv);
    }

    private MemoryShare entered(MemoryPlan plan) {
        return new MemoryShare(
                name, books, replicas, cache, plan.kvCaches(books, replicas.size(), cache));
    }

    /**
     * Plans all shares of a device, and enters them in its plan.
     *
     * @throws StartException if they do not fit
     */
    static List<MemoryShare> plan(DloraProperties settings, ServedDevice on, Needs needs) {
        var asked = settings.replicasOrDefault();
        var plan = on.plan();
        plan.buffers(
                on.replicas().size(),
                ReplicaSettings.bufferBytes(needs.spec(), settings.stepLimits()));
        var budget = budget(settings, on.ledger());
        long own = on.replicas().stream().mapToLong(i -> asked.get(i).memory().toBytes()).sum();
        plan.replicaMemories(budget, own);
        var shares = new ArrayList<MemoryShare>();
        for (int i : on.replicas()) {
            long memory = asked.get(i).memory().toBytes();
            if (memory > 0) {
                shares.add(
                        planned(
                                String.valueOf(i),
                                new MemoryLedger(
                                        memory,
                                        new MemoryBound("dlora.replicas[%d].memory".formatted(i))),
                                List.of(i),
                                settings,
                                needs));
            }
        }
        var others = on.replicas().stream().filter(i -> !asked.get(i).hasOwnMemory()).toList();
        if (!others.isEmpty()) {
            shares.add(planned(on.memory(), budget, others, settings, needs));
        }
        return shares.stream().map(share -> share.entered(plan)).toList();
    }

    private static MemoryLedger budget(DloraProperties settings, MemoryLedger ledger) {
        var bytes = settings.memoryBytes();
        if (bytes.isPresent() && bytes.getAsLong() > ledger.available()) {
            throw new StartException(
                    "dlora.memory is %d MB, but %s. Set it to less, or %s."
                            .formatted(
                                    Math.ceilDiv(bytes.getAsLong(), 1 << 20),
                                    left(ledger),
                                    ledger.bound().order()));
        }
        return bytes.isPresent()
                ? ledger.part(bytes.getAsLong(), new MemoryBound("dlora.memory"))
                : ledger;
    }

    private static String left(MemoryLedger ledger) {
        return (ledger.bound().isGpu()
                        ? "the GPU has %d MB left beside the weights"
                        : "the machine has %d MB left beside heap and weights")
                .formatted(ledger.available() >> 20);
    }

    private static MemoryShare planned(
            String name,
            MemoryLedger books,
            List<Integer> replicas,
            DloraProperties settings,
            Needs needs) {
        long left = books.available();
        // An automatic KV cache leaves adapters what all of them take, but at most half.
        long adapters = Math.min(needs.adapters(), left / 2);
        var room =
                new CachePlan.Room(
                        left + books.taken(),
                        books.taken() + adapters,
                        needs.copies(),
                        books.bound());
        var cache = CachePlan.of(needs.spec(), settings, needs.kvType(), room, replicas.size());
        // An automatic cache begins as large as it may become.
        boolean grows = needs.isKvElastic() && settings.kvCache().size().toBytes() > 0;
        return new MemoryShare(
                name,
                books,
                replicas,
                grows ? cache.growing(left, settings.maxBatch()) : cache,
                List.of());
    }

    /** Returns the share with merged weights in another memory, of at most {@code bytes} there. */
    public MemoryShare mergingElsewhere(long bytes) {
        return with(cache.withMergeBytes(bytes));
    }

    /** Returns the share with the bytes that a replica's merged weights never exceed. */
    public MemoryShare merging(long copies) {
        return with(MemoryPlan.merging(books, cache, copies));
    }
}
