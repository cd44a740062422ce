package org.dlora.app;

import org.dlora.device.MemoryFullException;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryReservation;
import org.dlora.device.MemoryUse;

/**
 * The server's memory as it is planned at the start. Each use is entered in the ledger before it is
 * allocated, so a start that does not fit ends in a sentence. Adapters that are loaded later get
 * what the plan leaves.
 */
final class MemoryPlan {
    private static final String LESS_HEAP = "give the Java heap less (-Xmx)";

    private final MemoryLedger ledger;
    private final Closing closing;
    private final MemoryReservation merged;
    private long mergedBytes;

    /**
     * Opens a plan without entries.
     *
     * @param ledger in which nothing is taken yet
     * @param closing gives everything back
     */
    MemoryPlan(MemoryLedger ledger, Closing closing) {
        this.ledger = ledger;
        this.closing = closing;
        merged = enter(MemoryUse.MERGED_WEIGHTS, 0, LESS_HEAP);
    }

    /**
     * Enters what the Java process takes whatever it serves.
     *
     * @param heap bytes that its heap may grow to
     * @param overhead bytes beside heap and device memory
     */
    void process(long heap, long overhead) {
        enter(MemoryUse.HEAP, heap, "Give it less (-Xmx)");
        enter(MemoryUse.JVM, overhead, "Give the Java heap less (-Xmx)");
    }

    /** Enters the base model's weights, to be corrected once their size on the device is known. */
    MemoryReservation weights(long bytes) {
        return enter(MemoryUse.WEIGHTS, bytes, "Serve a smaller model, or " + LESS_HEAP);
    }

    /**
     * Enters what each of {@code count} replicas allocates at the start.
     *
     * @param buffers bytes of one replica's steps
     */
    void replicas(int count, long buffers, CachePlan cache) {
        enter(MemoryUse.BUFFERS, count * buffers, "Set dlora.max-batch-tokens to less");
        enter(
                MemoryUse.KV_CACHE,
                count * cache.bytes(),
                "Set dlora.kv-cache.size to less, or " + LESS_HEAP);
    }

    /**
     * Gives merged weights what everything else leaves. Nothing is entered for them yet.
     *
     * @param copies bytes that one replica's merged weights may need
     * @return {@code cache} with the bytes that merged weights may take
     */
    synchronized CachePlan merging(int count, CachePlan cache, long copies) {
        long left = Math.min(cache.mergeBytes(), ledger.available() / count);
        mergedBytes = count * Math.min(copies, left);
        return cache.withMergeBytes(left);
    }

    /**
     * Enters what {@link #merging} gave to merged weights. Entering it again does nothing.
     *
     * @throws MemoryFullException if adapters that came later have taken the room
     */
    synchronized void mergedWeights() {
        merged.grow(mergedBytes - merged.bytes());
    }

    /**
     * Checks that all adapters of the start fit, before the first is uploaded.
     *
     * @param adapters how many they are
     * @throws StartException if they do not
     */
    static void requireRoom(MemoryLedger ledger, int adapters, long bytes) {
        if (bytes > 0) {
            reserve(
                            ledger,
                            MemoryUse.ADAPTERS,
                            bytes,
                            Plural.of(adapters, "adapter"),
                            "Keep some of them out of dlora.adapters.roots, or " + LESS_HEAP)
                    .close();
        }
    }

    private MemoryReservation enter(MemoryUse use, long bytes, String remedy) {
        return closing.later(reserve(ledger, use, bytes, use.words(), remedy));
    }

    private static MemoryReservation reserve(
            MemoryLedger ledger, MemoryUse use, long bytes, String what, String remedy) {
        try {
            return ledger.reserve(use, bytes);
        } catch (MemoryFullException e) {
            throw new StartException(
                    "There is not enough memory for %s: %s. %s."
                            .formatted(what, e.getMessage(), remedy));
        }
    }
}
