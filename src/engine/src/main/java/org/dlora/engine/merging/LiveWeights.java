package org.dlora.engine.merging;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.ArgMaxIndex;
import org.dlora.device.Device;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.engine.weights.AdapterGroups;
import org.dlora.model.LayerSite;
import org.dlora.model.forward.LoraGroups;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.LayerWeights;
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
public final class LiveWeights extends MergedWeights implements ReplicaWeights, AutoCloseable {
    private final Device device;
    private final Operations operations;
    private final CopyMemory memory;
    private final SpareCopies spare = new SpareCopies();

    private final CopyPlacement placement;
    private Map<LayerSite, WeightMatrix> active = Map.of();
    private @Nullable MergedContent merged;
    private @Nullable MergeBuild build;

    /** Groups of the last step with an adapter merged. */
    private @Nullable MixedGroups mixed;

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

    @Override
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

    @Override
    public Optional<String> merged() {
        return Optional.ofNullable(merged).map(MergedContent::adapter);
    }

    @Override
    public long copyBytes() {
        long building = build == null ? 0 : SpareCopies.bytes(build.copies());
        return SpareCopies.bytes(active) + spare.bytes() + building;
    }

    /** Begins a merge; allocates and computes nothing yet. */
    @Override
    public Optional<String> begin(String adapter, MergeTerms terms) {
        terms.obstacle()
                .ifPresent(why -> {
                    throw new IllegalArgumentException(
                            "Adapter " + adapter + " cannot be merged: " + why);
                });
        if (isMerged(adapter)) {
            throw new IllegalStateException("Adapter " + adapter + " is merged already");
        }
        var tasks = MergeTask.of(base, terms);
        var refusal = spare.isOf(adapter) ? Optional.<String>empty() : grant(adapter, tasks);
        if (refusal.isEmpty()) {
            start(adapter, terms, tasks);
        } else {
            memory.refused(adapter, least(tasks));
        }
        return refusal;
    }

    /**
     * Asks for the memory of a merge beside the copies in effect. If these are in its way, it is
     * built in them and in kept ones: the merged adapter is unmerged, and other copies are freed.
     *
     * @throws IllegalStateException if there is no room for the merge alone
     */
    private Optional<String> grant(String adapter, List<MergeTask> tasks) {
        if (MergeTask.bytes(tasks) <= memory.limit() - SpareCopies.bytes(active)) {
            var refusal = grantBeside(adapter, tasks);
            if (refusal.isEmpty() || merged == null) {
                return refusal;
            }
        }
        if (MergeTask.bytes(tasks) > memory.limit()) {
            throw new IllegalStateException(
                    "The merged weights of %s take %d bytes, but there is room for %d"
                            .formatted(adapter, MergeTask.bytes(tasks), memory.limit()));
        }
        var refusal = memory.raise(adapter, least(tasks));
        if (refusal.isEmpty()) {
            set(null, Map.of());
            spare.retain(MergeTask.sites(tasks));
        }
        return refusal;
    }

    /** Returns the bytes of a merge and of the one in progress, with no other copies. */
    private long least(List<MergeTask> tasks) {
        long building = build == null ? 0 : SpareCopies.bytes(build.copies());
        return Math.min(memory.limit(), building + MergeTask.bytes(tasks));
    }

    private void start(String adapter, MergeTerms terms, List<MergeTask> tasks) {
        // Taken first: the copies of what is given up would take the place of those kept.
        var next =
                spare.content()
                        .filter(kept -> kept.isOf(adapter))
                        .map(kept -> MergeBuild.finished(kept, spare.takeAll(tasks)))
                        .orElseGet(() ->
                                new MergeBuild(
                                        new MergedContent(adapter, terms, ++versions), tasks));
        spare.forget();
        giveUp();
        build = next;
        book();
    }

    /** Asks for the memory of a merge. Kept copies that it does not need make room if they must. */
    private Optional<String> grantBeside(String adapter, List<MergeTask> tasks) {
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
        return merged != null && merged.isOf(adapter);
    }

    /** Continues the merge, and allocates a copy before the first slice of its matrix. */
    @Override
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

    @Override
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

    @Override
    public void restore(String adapter) {
        var kept = spare.content().filter(content -> content.isOf(adapter)).orElse(null);
        if (kept == null) {
            throw new IllegalStateException("Nothing of adapter " + adapter + " was kept");
        }
        set(kept, spare.takeAll(MergeTask.of(base, kept.terms())));
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

    @Override
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

    @Override
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

    @Override
    public void forget(String adapter) {
        if (isMerged(adapter)) {
            unmerge();
        }
        if (build != null && build.content().isOf(adapter)) {
            cancel();
        }
        if (spare.isOf(adapter)) {
            spare.forget();
        }
    }

    @Override
    public void release() {
        spare.release();
        book();
    }

    @Override
    public void settle() {
        placement.settle();
    }

    @Override
    public boolean isSettled() {
        return placement.isSettled();
    }

    /**
     * Returns the LoRA groups that the rows of a step need in the mode in effect.
     *
     * @throws IllegalStateException if a row is of another adapter or of the base and the merged
     *     one does not mix
     */
    public LoraGroups groups(AdapterGroups rows) {
        if (merged == null) {
            return rows;
        }
        if (mixed == null || !mixed.isOf(rows, merged)) {
            mixed = new MixedGroups(rows, merged);
        }
        return mixed;
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
