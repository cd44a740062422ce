package org.dlora.scheduling.residency;

import java.util.List;

/**
 * Next steps of a memory. They are taken in the order evict, close, copies, KV, load.
 *
 * @param evict resident adapters without unfinished requests, which give their memory back now
 * @param close resident adapters with unfinished requests, which take no new ones and become {@link
 *     Residence#LEAVING}
 * @param kv new sizes of KV caches
 * @param copies replicas that give back copies of merged weights
 * @param load absent adapters whose load begins now; they fit into the free bytes, those of {@code
 *     evict}, and those that KV caches and replicas give up together
 * @param impossible absent adapters that no eviction makes room for; their requests cannot be
 *     served
 * @param reasons one sentence for each adapter that the plan names or that requests wait for
 */
public record ResidencyPlan(
        List<String> evict,
        List<String> close,
        List<KvTarget> kv,
        List<CopyTarget> copies,
        List<String> load,
        List<String> impossible,
        List<Reason> reasons) {
    public static final ResidencyPlan NOTHING =
            new ResidencyPlan(List.of(), List.of(), List.of(), List.of());

    public ResidencyPlan {
        evict = List.copyOf(evict);
        close = List.copyOf(close);
        kv = List.copyOf(kv);
        copies = List.copyOf(copies);
        load = List.copyOf(load);
        impossible = List.copyOf(impossible);
        reasons = List.copyOf(reasons);
    }

    /** Makes a plan that leaves copies of merged weights alone. */
    public ResidencyPlan(
            List<String> evict,
            List<String> close,
            List<KvTarget> kv,
            List<String> load,
            List<String> impossible,
            List<Reason> reasons) {
        this(evict, close, kv, List.of(), load, impossible, reasons);
    }

    /** Makes a plan on adapters alone, in which nothing is impossible. */
    public ResidencyPlan(
            List<String> evict, List<String> close, List<String> load, List<Reason> reasons) {
        this(evict, close, List.of(), load, List.of(), reasons);
    }

    /** Returns whether nothing is evicted, closed or loaded, resized or given back. */
    public boolean isEmpty() {
        return kv.isEmpty()
                && copies.isEmpty()
                && evict.isEmpty()
                && close.isEmpty()
                && load.isEmpty();
    }

    /**
     * The reason of a decision on one adapter.
     *
     * @param text a sentence without a full stop
     */
    public record Reason(String adapter, String text) {}
}
