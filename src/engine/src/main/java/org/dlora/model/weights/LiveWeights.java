package org.dlora.model.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.device.ArgMaxIndex;
import org.dlora.device.Device;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.model.LayerSite;
import org.jspecify.annotations.Nullable;

/**
 * The weights that one replica reads. They are the base's, which all replicas share, except for the
 * replica's own copies of the matrices into which an adapter is merged. Where the base is parked,
 * they are the base's matrices, to which copies are uploaded.
 *
 * <p>A merge is built slice by slice, always from the base's matrices, and takes effect at once by
 * {@link #commit}. The pristine matrices are never written to, so {@link #unmerge} is exact after
 * any number of merges. Copies that are not in use are kept for the next merge until {@link
 * #release}. If that is a merge of the adapter that they hold, it is ready at once.
 *
 * <p>Belongs to the replica's thread. A failure leaves the weights in effect as they are.
 */
public final class LiveWeights extends MergedWeights implements AutoCloseable {
    private final Device device;
    private final Operations operations;
    private final CopyMemory memory;
    private final SpareCopies spare = new SpareCopies();

    private final CopyPlacement placement;
    private Map<LayerSite, WeightMatrix> active = Map.of();
    private @Nullable MergedContent merged;
    private @Nullable MergeBuild build;

    /** Largest version of any copies so far; the base's version is below. */
    private long versions;

    /**
     * Creates weights without a merged adapter.
     *
     * @param base must stay open
     * @param operations does the merges
     * @param memory of all copies
     */
    public LiveWeights(
            DecoderWeights base, Device device, Operations operations, CopyMemory memory) {
        super(base);
        this.memory = memory;
        this.device = device;
        this.operations = operations;
        this.versions = base.version();
        this.placement = CopyPlacement.of(base, operations);
    }

    /** Returns which adapters are merged, being merged and kept, and the bytes of the copies. */
    public WeightStatus status() {
        return new WeightStatus(
                merged(),
                Optional.ofNullable(build).map(MergeBuild::content).map(MergedContent::adapter),
                spare.content().map(MergedContent::adapter),
                build == null ? 0 : build.remaining(),
                copyBytes(),
                build == null || build.isReady() ? spare.bytes() : 0,
                Math.min(memory.limit(), memory.attainable()));
    }

    /** Returns the adapter whose merge is in effect. */
    public Optional<String> merged() {
        return Optional.ofNullable(merged).map(MergedContent::adapter);
    }

    private long copyBytes() {
        long building = build == null ? 0 : SpareCopies.bytes(build.copies());
        return SpareCopies.bytes(active) + spare.bytes() + building;
    }

    /** Returns whether there is room for the copies of a merge beside those in effect. */
    public boolean hasRoomFor(String adapter, MergedTerms terms) {
        return spare.isOf(adapter) || hasRoomFor(MergeTask.of(base, terms));
    }

    private boolean hasRoomFor(List<MergeTask> tasks) {
        return MergeTask.bytes(tasks) <= memory.limit() - SpareCopies.bytes(active);
    }

    /**
     * Begins a merge in place of one that was begun before; allocates and computes nothing yet. If
     * memory is refused, nothing changes.
     *
     * @param adapter id of one content
     * @param terms must stay until the merge was cancelled or is ready
     * @return why memory is refused; empty if the merge has begun
     * @throws IllegalStateException if it is the adapter in effect, or there is no room for it
     */
    public Optional<String> begin(String adapter, MergedTerms terms) {
        if (isMerged(adapter)) {
            throw new IllegalStateException("Adapter " + adapter + " is merged already");
        }
        var tasks = MergeTask.of(base, terms);
        if (!spare.isOf(adapter) && !hasRoomFor(tasks)) {
            throw new IllegalStateException(
                    "The merged weights of %s take %d bytes, but beside the copies in effect there is room for %d"
                            .formatted(
                                    adapter,
                                    MergeTask.bytes(tasks),
                                    memory.limit() - SpareCopies.bytes(active)));
        }
        if (!spare.isOf(adapter)) {
            var refusal = grant(adapter, tasks);
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        start(adapter, tasks);
        return Optional.empty();
    }

    /**
     * Begins a merge in the copies of the merged adapter, which is unmerged, and in kept ones. The
     * others of these are freed. If memory is refused, nothing changes.
     *
     * @param adapter id of one content, which is neither merged nor kept
     * @param terms must stay until the merge was cancelled or is ready
     * @return why memory is refused; empty if the merge has begun
     * @throws IllegalStateException if there is no room for it alone
     */
    public Optional<String> beginInPlace(String adapter, MergedTerms terms) {
        var tasks = MergeTask.of(base, terms);
        if (MergeTask.bytes(tasks) > memory.limit()) {
            throw new IllegalStateException(
                    "The merged weights of %s take %d bytes, but there is room for %d"
                            .formatted(adapter, MergeTask.bytes(tasks), memory.limit()));
        }
        var refusal = memory.raise(adapter, least(tasks));
        if (refusal.isEmpty()) {
            set(null, Map.of());
            spare.retain(MergeTask.sites(tasks));
            start(adapter, tasks);
        }
        return refusal;
    }

    /**
     * Reports to the memory that a merge could not begin.
     *
     * @param terms of the merge
     */
    public void refused(String adapter, MergedTerms terms) {
        memory.refused(adapter, least(MergeTask.of(base, terms)));
    }

    /** Returns the bytes of a merge and of the one in progress, with no other copies. */
    private long least(List<MergeTask> tasks) {
        long building = build == null ? 0 : SpareCopies.bytes(build.copies());
        return Math.min(memory.limit(), building + MergeTask.bytes(tasks));
    }

    private void start(String adapter, List<MergeTask> tasks) {
        // Taken first: the copies of what is given up would take the place of those kept.
        var next =
                spare.content()
                        .filter(kept -> kept.adapter().equals(adapter))
                        .map(kept -> MergeBuild.finished(kept, spare.takeAll(tasks)))
                        .orElseGet(() ->
                                new MergeBuild(new MergedContent(adapter, ++versions), tasks));
        spare.forget();
        giveUp();
        build = next;
        book();
    }

    /** Asks for the memory of a merge. Kept copies that it does not need make room if they must. */
    private Optional<String> grant(String adapter, List<MergeTask> tasks) {
        var sites = MergeTask.sites(tasks);
        long all = copyBytes() + missing(tasks);
        var refusal = memory.raise(adapter, Math.min(memory.limit(), all));
        long useless = spare.bytesBeside(sites);
        if (refusal.isPresent() && useless > 0) {
            refusal = memory.raise(adapter, Math.min(memory.limit(), all - useless));
            if (refusal.isEmpty()) {
                spare.retain(sites);
            }
        }
        return refusal;
    }

    /** Returns the bytes of the copies of {@code tasks} that do not exist, or are in effect. */
    private long missing(List<MergeTask> tasks) {
        return MergeTask.bytes(
                tasks.stream()
                        .filter(task -> !spare.has(task.at()))
                        .filter(task -> build == null || !build.copies().containsKey(task.at()))
                        .toList());
    }

    /** Books the copies, and those that the merge in progress will allocate. */
    private void book() {
        long missing = build == null ? 0 : missing(build.tasks());
        memory.lower(Math.min(Math.max(memory.limit(), copyBytes()), copyBytes() + missing));
    }

    private boolean isMerged(String adapter) {
        return merged != null && merged.adapter().equals(adapter);
    }

    /**
     * Continues the merge that was begun, by slices of about {@code multiplyAdds} in all, at least
     * one. It allocates a copy before the first slice of its matrix.
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
            for (var at : fresh) {
                current.remove(at).close();
            }
            cancel();
            throw e;
        }
        if (current.isReady()) {
            book(); // Kept copies may have been freed.
        }
        return current.isReady();
    }

    private WeightMatrix copy(MergeTask task, List<LayerSite> fresh) {
        var kept = spare.take(task.at());
        if (kept.isPresent()) {
            return kept.get();
        }
        var pristine = task.update().pristine();
        if (copyBytes() > memory.limit() - pristine.bytes()) {
            spare.release();
        }
        var copy = device.emptyLike(pristine);
        fresh.add(task.at());
        return copy;
    }

    /**
     * Puts the merge that was begun into effect, in place of the merge before. Called between
     * steps.
     *
     * @throws IllegalStateException if none was begun, or it is not ready
     */
    public void commit() {
        var ready = begun();
        if (!ready.isReady()) {
            throw new IllegalStateException(
                    "The merge of " + ready.content().adapter() + " is not ready");
        }
        build = null;
        set(ready.content(), ready.copies());
        book();
    }

    /**
     * Puts the copies that were kept into effect, in place of the merge before. Called between
     * steps. A merge that was begun continues if there is room for both.
     *
     * @param terms terms that it was merged by
     * @throws IllegalStateException if {@code adapter} is not kept
     */
    public void restore(String adapter, MergedTerms terms) {
        var kept = spare.content().filter(content -> content.adapter().equals(adapter));
        if (kept.isEmpty()) {
            throw new IllegalStateException("Nothing of adapter " + adapter + " was kept");
        }
        set(kept.get(), spare.takeAll(MergeTask.of(base, terms)));
        if (build != null && !fitsBeside(build)) {
            giveUp();
        }
        book();
    }

    /** Returns whether a merge can go on, whose kept copies may have come into effect. */
    private boolean fitsBeside(MergeBuild begun) {
        long all = Math.min(memory.limit(), copyBytes() + missing(begun.tasks()));
        return begun.bytes() <= memory.limit() - SpareCopies.bytes(active)
                && memory.raise(begun.content().adapter(), all).isEmpty();
    }

    private MergeBuild begun() {
        if (build == null) {
            throw new IllegalStateException("No merge was begun");
        }
        return build;
    }

    /** Puts the base's weights into effect. Called between steps. */
    public void unmerge() {
        if (merged != null) {
            set(null, Map.of());
            book();
        }
    }

    private void set(@Nullable MergedContent content, Map<LayerSite, WeightMatrix> copies) {
        var before = active;
        var held = merged;
        active = Map.copyOf(copies);
        merged = content;
        placement.put(active);
        spare.add(before, held);
    }

    /** Gives up the merge that was begun, if one was; the copies of a ready one are kept. */
    public void cancel() {
        giveUp();
        book();
    }

    private void giveUp() {
        if (build != null) {
            var given = build;
            build = null;
            spare.add(given.copies(), given.isReady() ? given.content() : null);
        }
    }

    /** Forgets {@code adapter}, which is neither merged, nor begun, nor kept from now on. */
    public void forget(String adapter) {
        if (isMerged(adapter)) {
            unmerge();
        }
        if (build != null && build.content().adapter().equals(adapter)) {
            cancel();
        }
        if (spare.isOf(adapter)) {
            spare.forget();
        }
    }

    /** Frees the copies that are not in use. */
    public void release() {
        spare.release();
        book();
    }

    /**
     * Copies the weights in effect to where steps read them, if that is elsewhere. Called between
     * the last change and the next step. After a failure they are unknown until this succeeds.
     */
    public void settle() {
        placement.settle();
    }

    /** Returns whether the weights in effect are where steps read them. */
    public boolean isSettled() {
        return placement.isSettled();
    }

    /**
     * Returns the version of the base or of the copies, which they keep when they are restored.
     *
     * @throws IllegalStateException if they are not {@linkplain #settle settled}
     */
    @Override
    public long version() {
        placement.requireSettled();
        return merged == null ? base.version() : merged.version();
    }

    @Override
    public WeightMatrix embedding() {
        return placement.end(LayerSite.EMBEDDING);
    }

    @Override
    public LayerWeights layer(int layer) {
        return placement.layer(layer);
    }

    @Override
    public WeightMatrix output() {
        return placement.end(LayerSite.OUTPUT);
    }

    /** Returns the base's, unless an adapter is merged into the output matrix. */
    @Override
    public Optional<ArgMaxIndex> outputIndex() {
        return base.outputIndex().filter(_ -> !active.containsKey(LayerSite.OUTPUT));
    }

    /** Frees all copies, and leaves the base as it was. */
    @Override
    public void close() {
        cancel();
        unmerge();
        placement.close();
        release();
    }
}
