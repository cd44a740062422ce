package org.dlora.app.device;

import java.util.ArrayList;
import java.util.List;
import org.dlora.device.MemoryFullException;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryReservation;
import org.dlora.device.MemoryUse;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.StartException;

/**
 * The server's memory as it is planned at the start. Each use is entered in the ledger before it is
 * allocated, so a start that does not fit ends in a sentence. Adapters that are loaded later get
 * what the plan leaves.
 */
public final class MemoryPlan {
    private final MemoryLedger ledger;
    private final Closing closing;

    /**
     * Opens a plan without entries.
     *
     * @param ledger in which nothing is taken yet
     * @param closing gives everything back
     */
    MemoryPlan(MemoryLedger ledger, Closing closing) {
        this.ledger = ledger;
        this.closing = closing;
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
        return enter(
                MemoryUse.WEIGHTS, bytes, "Serve a smaller model, or " + ledger.bound().order());
    }

    /**
     * Enters the buffers of steps.
     *
     * @param bytes of one replica
     */
    void buffers(int replicas, long bytes) {
        enter(MemoryUse.BUFFERS, replicas * bytes, "Set dlora.max-batch-tokens to less");
    }

    /**
     * Enters the weights of a pass beside the replicas, which measures merges of parked weights.
     *
     * @param bytes of one layer and of an end of the model
     */
    void passing(long bytes) {
        enter(MemoryUse.BUFFERS, bytes, "Serve a smaller model, or " + ledger.bound().order());
    }

    /** Enters pristine weights in the host's memory. */
    void parked(long bytes) {
        closing.later(
                reserve(
                        ledger,
                        MemoryUse.WEIGHTS,
                        bytes,
                        "pristine weights in the host's memory",
                        "Set dlora.merge.pristine to device, or " + ledger.bound().order()));
    }

    /**
     * Enters memories that belong to single replicas.
     *
     * @param bytes of all of them
     */
    void replicaMemories(MemoryLedger books, long bytes) {
        closing.later(
                reserve(
                        books,
                        MemoryUse.REPLICAS,
                        bytes,
                        MemoryUse.REPLICAS.words(),
                        "Set the memory of dlora.replicas to less, or " + books.bound().order()));
    }

    /**
     * Enters the KV caches of {@code count} replicas.
     *
     * @param books of the memory that they share
     * @return the reservation of each
     */
    List<MemoryReservation> kvCaches(MemoryLedger books, int count, CachePlan cache) {
        var each = new ArrayList<MemoryReservation>();
        for (int i = 0; i < count; i++) {
            each.add(
                    closing.later(
                            reserve(
                                    books,
                                    MemoryUse.KV_CACHE,
                                    cache.bytes(),
                                    MemoryUse.KV_CACHE.words(),
                                    "Set dlora.kv-cache.size to less, or "
                                            + books.bound().order())));
        }
        return each;
    }

    /**
     * Bounds the merged weights of a replica by what the memory has beside KV caches. Nothing is
     * entered for them: copies are booked when they are built.
     *
     * @param books of the memory that replicas share
     * @param copies bytes that one replica's merged weights may need
     * @return {@code cache} with the bytes that merged weights never exceed
     */
    static CachePlan merging(MemoryLedger books, CachePlan cache, long copies) {
        return cache.withMergeBytes(Math.min(copies, books.available()));
    }

    /**
     * Checks that all adapters of the start fit, before the first is uploaded.
     *
     * @param spare bytes that KV caches can give up
     * @param adapters how many they are
     * @throws StartException if they do not
     */
    public static void requireRoom(MemoryLedger ledger, long spare, int adapters, long bytes) {
        try {
            ledger.requireRoom(bytes, MemoryUse.KV_CACHE, spare);
        } catch (MemoryFullException e) {
            throw refusal(
                    Plural.of(adapters, "adapter"),
                    e,
                    "Keep some of them out of dlora.adapters.roots, or " + ledger.bound().order());
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
            throw refusal(what, e, remedy);
        }
    }

    private static StartException refusal(String what, MemoryFullException sizes, String remedy) {
        return new StartException(
                "There is not enough memory for %s: %s. %s."
                        .formatted(what, sizes.getMessage(), remedy));
    }
}
