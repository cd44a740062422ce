package org.dlora.engine.merging;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dlora.device.WeightMatrix;
import org.dlora.model.LayerSite;
import org.jspecify.annotations.Nullable;

/** Copies of matrices that no step reads and no merge writes. */
final class SpareCopies {
    private final Map<LayerSite, WeightMatrix> copies = new HashMap<>();

    /** The adapter that the copies hold as a whole; null if there is none. */
    private @Nullable MergedContent content;

    Optional<MergedContent> content() {
        return Optional.ofNullable(content);
    }

    boolean isOf(String adapter) {
        return content != null && content.isOf(adapter);
    }

    long bytes() {
        return bytes(copies);
    }

    boolean has(LayerSite at) {
        return copies.containsKey(at);
    }

    /** Returns the bytes of the copies of other matrices than {@code sites}. */
    long bytesBeside(Set<LayerSite> sites) {
        return copies.entrySet().stream()
                .filter(one -> !sites.contains(one.getKey()))
                .mapToLong(one -> one.getValue().bytes())
                .sum();
    }

    /** Frees the copies of other matrices than {@code sites}. */
    void retain(Set<LayerSite> sites) {
        content = null;
        copies.entrySet().stream()
                .filter(one -> !sites.contains(one.getKey()))
                .forEach(one -> one.getValue().close());
        copies.keySet().retainAll(sites);
    }

    /** Returns the bytes of {@code copies}. */
    static long bytes(Map<LayerSite, WeightMatrix> copies) {
        return copies.values().stream().mapToLong(WeightMatrix::bytes).sum();
    }

    /**
     * Adds copies, and frees those that they replace.
     *
     * @param whole merge that the added copies hold, null if none is whole
     */
    void add(Map<LayerSite, WeightMatrix> added, @Nullable MergedContent whole) {
        added.forEach((at, copy) -> {
            var other = copies.put(at, copy);
            if (other != null) {
                other.close();
            }
        });
        content = whole;
    }

    /** Removes and returns the copies of {@code tasks}, all of which are there. */
    Map<LayerSite, WeightMatrix> takeAll(List<MergeTask> tasks) {
        var taken = new HashMap<LayerSite, WeightMatrix>();
        for (var task : tasks) {
            taken.put(task.at(), requireNonNull(copies.remove(task.at())));
        }
        content = null;
        return taken;
    }

    /** Removes and returns the copy of one matrix, if there is one; it is overwritten. */
    Optional<WeightMatrix> take(LayerSite at) {
        var copy = Optional.ofNullable(copies.remove(at));
        if (copy.isPresent()) {
            content = null;
        }
        return copy;
    }

    /** Forgets what the copies hold. */
    void forget() {
        content = null;
    }

    /** Frees all copies. */
    void release() {
        content = null;
        copies.values().forEach(WeightMatrix::close);
        copies.clear();
    }
}
