package org.dlora.model;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dlora.device.Device;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one replica: the base's, which it shares with the others, but for copies of its
 * own of those matrices into which an adapter is merged. A merge is built slice by slice, always
 * from the base's matrices, and takes effect at once by {@link #commit}; the base's matrices are
 * never written to, so {@link #unmerge} is exact after any number of merges. Copies that are not in
 * use are kept for the next merge until {@link #release}; if that is of the adapter that they hold,
 * it is ready at once.
 *
 * <p>Belongs to the replica's thread. What fails leaves the weights in effect as they are.
 */
public final class LiveWeights extends MergedWeights implements AutoCloseable {
    private final Device device;
    private final Operations operations;
    private final long limit;

    private List<LayerWeights> layers;
    private Map<LayerSite, WeightMatrix> active = Map.of();
    private @Nullable String merged;
    private @Nullable MergeBuild build;
    private long version;

    /** The largest version so far; 0 is the base's. */
    private long versions;

    /** Copies that nobody reads or writes. */
    private final Map<LayerSite, WeightMatrix> spare = new HashMap<>();

    /** The adapter that the spare copies hold as a whole. */
    private @Nullable String spareContent;

    /**
     * Unmerged.
     *
     * @param base must stay open
     * @param operations does the merges
     * @param limit bytes that all copies may take
     */
    public LiveWeights(DecoderWeights base, Device device, Operations operations, long limit) {
        super(base);
        this.limit = limit;
        this.device = device;
        this.operations = operations;
        this.layers = layers();
    }

    /** The adapter that is merged. */
    public Optional<String> merged() {
        return Optional.ofNullable(merged);
    }

    /** The adapter whose merge was begun and is not in effect yet. */
    public Optional<String> building() {
        return Optional.ofNullable(build).map(MergeBuild::adapter);
    }

    /** The adapter whose merge only has to be begun to be ready: its copies were kept whole. */
    public Optional<String> kept() {
        return Optional.ofNullable(spareContent);
    }

    /** Multiply-adds until the merge that was begun is ready; 0 if none was. */
    public long remaining() {
        return build == null ? 0 : build.remaining();
    }

    /** Bytes that all copies may take. */
    public long limit() {
        return limit;
    }

    /** Bytes of all copies, in use or not. */
    public long copyBytes() {
        long bytes = bytes(active) + bytes(spare);
        return build == null ? bytes : bytes + bytes(build.copies());
    }

    private static long bytes(Map<LayerSite, WeightMatrix> copies) {
        return copies.values().stream().mapToLong(WeightMatrix::bytes).sum();
    }

    /** Whether the copies that a merge needs may be there beside those in effect. */
    public boolean hasRoomFor(String adapter, MergedTerms terms) {
        return adapter.equals(spareContent) || hasRoomFor(MergeTask.of(base, terms));
    }

    private boolean hasRoomFor(List<MergeTask> tasks) {
        return MergeTask.bytes(tasks) <= limit - bytes(active);
    }

    /**
     * Begins a merge in place of one that was begun before; allocates and computes nothing yet.
     *
     * @param adapter an id of one content
     * @param terms must stay until the merge was cancelled or is ready
     * @throws IllegalStateException if it is the adapter in effect, or there is no room for it
     */
    public void begin(String adapter, MergedTerms terms) {
        if (adapter.equals(merged)) {
            throw new IllegalStateException("Adapter " + adapter + " is merged already");
        }
        var tasks = MergeTask.of(base, terms);
        if (!adapter.equals(spareContent) && !hasRoomFor(tasks)) {
            throw new IllegalStateException(
                    "The merged weights of %s take %d bytes, but beside the copies in effect there is room for %d"
                            .formatted(adapter, MergeTask.bytes(tasks), limit - bytes(active)));
        }
        // Taken first: the copies of what is given up would take the place of those kept.
        var next =
                adapter.equals(spareContent)
                        ? MergeBuild.finished(adapter, taken(tasks))
                        : new MergeBuild(adapter, tasks);
        spareContent = null;
        cancel();
        build = next;
    }

    private Map<LayerSite, WeightMatrix> taken(List<MergeTask> tasks) {
        var copies = new HashMap<LayerSite, WeightMatrix>();
        for (var task : tasks) {
            copies.put(task.at(), requireNonNull(spare.remove(task.at())));
        }
        return copies;
    }

    /**
     * Goes on with the merge that was begun, by slices of about {@code multiplyAdds} in all, at
     * least one. Takes a new copy's memory when its turn comes.
     *
     * @return whether it is ready
     * @throws IllegalStateException if none was begun
     * @throws OutOfMemoryError if there is no memory for a copy; the merge is cancelled then, as
     *     with any failure
     */
    public boolean advance(long multiplyAdds) {
        var current = begun();
        if (current.isReady()) {
            return true;
        }
        var fresh = new ArrayList<LayerSite>();
        try {
            current.advance(multiplyAdds, operations, task -> copy(task, fresh));
        } catch (RuntimeException | Error e) {
            for (var place : fresh) {
                requireNonNull(current.copies().remove(place)).close();
            }
            cancel();
            throw e;
        }
        return current.isReady();
    }

    private WeightMatrix copy(MergeTask task, List<LayerSite> fresh) {
        var kept = spare.remove(task.at());
        if (kept != null) {
            spareContent = null;
            return kept;
        }
        var pristine = task.update().pristine();
        if (copyBytes() > limit - pristine.bytes()) {
            release();
        }
        var copy = device.emptyLike(pristine);
        fresh.add(task.at());
        return copy;
    }

    /**
     * Puts the merge that was begun into effect, in place of what was merged: between two steps.
     *
     * @throws IllegalStateException if none was begun, or it is not ready
     */
    public void commit() {
        var ready = begun();
        if (!ready.isReady()) {
            throw new IllegalStateException("The merge of " + ready.adapter() + " is not ready");
        }
        build = null;
        set(ready.adapter(), ready.copies());
    }

    /**
     * Puts the copies that were {@link #kept} into effect, in place of what was merged: between two
     * steps. A merge that was begun goes on if there is room for both.
     *
     * @param terms those that it was merged by
     * @throws IllegalStateException if {@code adapter} is not kept
     */
    public void restore(String adapter, MergedTerms terms) {
        if (!adapter.equals(spareContent)) {
            throw new IllegalStateException("Nothing of adapter " + adapter + " was kept");
        }
        set(adapter, taken(MergeTask.of(base, terms)));
        if (build != null && build.bytes() > limit - bytes(active)) {
            cancel();
        }
    }

    private MergeBuild begun() {
        if (build == null) {
            throw new IllegalStateException("No merge was begun");
        }
        return build;
    }

    /** Puts the base's weights into effect: between two steps. */
    public void unmerge() {
        if (merged != null) {
            set(null, Map.of());
        }
    }

    private void set(@Nullable String adapter, Map<LayerSite, WeightMatrix> copies) {
        var before = active;
        var held = merged;
        active = Map.copyOf(copies);
        merged = adapter;
        version = adapter == null ? 0 : ++versions;
        layers = layers();
        keep(before);
        spareContent = held;
    }

    /** Makes {@code copies} spare; those that they replace are freed. */
    private void keep(Map<LayerSite, WeightMatrix> copies) {
        copies.forEach((place, copy) -> {
            var other = spare.put(place, copy);
            if (other != null) {
                other.close();
            }
        });
    }

    /** Gives up the merge that was begun, if one was; one that is ready is {@link #kept}. */
    public void cancel() {
        if (build != null) {
            var given = build;
            build = null;
            keep(given.copies());
            spareContent = given.isReady() ? given.adapter() : null;
        }
    }

    /** Nothing of {@code adapter} remains: neither merged, nor begun, nor kept. */
    public void forget(String adapter) {
        if (adapter.equals(merged)) {
            unmerge();
        }
        if (building().filter(adapter::equals).isPresent()) {
            cancel();
        }
        if (adapter.equals(spareContent)) {
            spareContent = null;
        }
    }

    /** Frees the copies that are not in use. */
    public void release() {
        spareContent = null;
        spare.values().forEach(WeightMatrix::close);
        spare.clear();
    }

    private List<LayerWeights> layers() {
        return IntStream.range(0, base.layers())
                .mapToObj(layer ->
                        base.layer(layer)
                                .with(site -> Optional.ofNullable(active.get(site.in(layer)))))
                .toList();
    }

    @Override
    long version() {
        return version;
    }

    @Override
    WeightMatrix embedding() {
        return active.getOrDefault(LayerSite.EMBEDDING, base.embedding());
    }

    @Override
    LayerWeights layer(int layer) {
        return layers.get(layer);
    }

    @Override
    WeightMatrix output() {
        return active.getOrDefault(LayerSite.OUTPUT, base.output());
    }

    /** Frees all copies. */
    @Override
    public void close() {
        cancel();
        unmerge();
        release();
    }
}
