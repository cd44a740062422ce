package org.dlora.scheduling.residency;

import java.util.List;

/**
 * Next steps of an adapter memory. They are taken in the order evict, close, load.
 *
 * @param evict resident adapters without unfinished requests, which give their memory back now
 * @param close resident adapters with unfinished requests, which take no new ones and become {@link
 *     Residence#LEAVING}
 * @param load absent adapters whose load begins now; they fit into the free bytes and those of
 *     {@code evict} together
 * @param impossible absent adapters that no eviction makes room for; their requests cannot be
 *     served
 * @param reasons one sentence for each adapter that the plan names or that requests wait for
 */
public record ResidencyPlan(
        List<String> evict,
        List<String> close,
        List<String> load,
        List<String> impossible,
        List<Reason> reasons) {
    public static final ResidencyPlan NOTHING =
            new ResidencyPlan(List.of(), List.of(), List.of(), List.of(), List.of());

    public ResidencyPlan {
        evict = List.copyOf(evict);
        close = List.copyOf(close);
        load = List.copyOf(load);
        impossible = List.copyOf(impossible);
        reasons = List.copyOf(reasons);
    }

    /** Makes a plan in which nothing is impossible. */
    public ResidencyPlan(
            List<String> evict, List<String> close, List<String> load, List<Reason> reasons) {
        this(evict, close, load, List.of(), reasons);
    }

    /** Returns whether no adapter is evicted, closed or loaded. */
    public boolean isEmpty() {
        return evict.isEmpty() && close.isEmpty() && load.isEmpty();
    }

    /**
     * The reason of a decision on one adapter.
     *
     * @param text a sentence without a full stop
     */
    public record Reason(String adapter, String text) {}
}
