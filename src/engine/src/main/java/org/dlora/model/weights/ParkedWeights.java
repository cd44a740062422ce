package org.dlora.model.weights;

import static java.lang.System.Logger.Level.WARNING;
import static java.util.Comparator.comparingInt;
import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.toMap;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.dlora.device.Device;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
import org.dlora.model.LayerSite;
import org.jspecify.annotations.Nullable;

/**
 * The pristine matrices of a base model, parked in the host's memory, and the owner of the live
 * ones on the device, which merges overwrite. One replica at a time owns the live matrices: the
 * last that took them. Its predecessor, whose thread may hang, can no longer write.
 *
 * <p>Live matrices that may not be pristine are remembered, whoever wrote them. So a failure leaves
 * no wrong matrix behind: the next write uploads all that are in doubt.
 */
public final class ParkedWeights implements AutoCloseable {
    private static final System.Logger log = System.getLogger(ParkedWeights.class.getName());

    private final Map<LayerSite, WeightMatrix> live;
    private final Map<LayerSite, WeightMatrix> pristine = new HashMap<>();

    /** Sites whose live matrices may not be pristine. */
    private final Set<LayerSite> changed = new TreeSet<>(comparingInt(LayerSite::index));

    private @Nullable Object owner;

    /**
     * Parks the matrices that merges can change. A tied model's embedding is not one of them.
     *
     * @throws IllegalArgumentException if the device parks nothing
     */
    @SuppressWarnings("ReferenceEquality") // A tied model has one matrix for both.
    ParkedWeights(DecoderWeights weights, Device device) {
        boolean isTied = weights.embedding() == weights.output();
        live =
                LayerSite.all(weights.layers()).stream()
                        .filter(at -> at.site().isInLayers() || !isTied)
                        .collect(toMap(at -> at, weights::matrix));
        try {
            live.forEach((at, matrix) -> pristine.put(at, park(matrix, device)));
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static WeightMatrix park(WeightMatrix matrix, Device device) {
        return device.park(matrix)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                device.name() + " has its matrices in the host's memory"));
    }

    /** Returns whether merges can change the matrix of a site. */
    public boolean has(LayerSite at) {
        return pristine.containsKey(at);
    }

    /** Returns the pristine matrix of a site that is parked. */
    WeightMatrix pristine(LayerSite at) {
        return requireNonNull(pristine.get(at));
    }

    /** Returns the bytes of the pristine matrices. */
    long bytes() {
        return pristine.values().stream().mapToLong(WeightMatrix::bytes).sum();
    }

    /** Makes {@code replica} the owner of the live matrices. */
    public synchronized void take(Object replica) {
        owner = replica;
    }

    /** Returns whether all live matrices are the pristine ones. */
    public synchronized boolean isPristine() {
        return changed.isEmpty();
    }

    /**
     * Uploads {@code copies} to the live matrices, and to those that may be changed otherwise the
     * pristine ones. After a failure the live matrices are unknown until this succeeds.
     *
     * @throws IllegalStateException if {@code replica} does not own the live matrices
     */
    public synchronized void write(
            Object replica, Map<LayerSite, WeightMatrix> copies, Operations operations) {
        if (!isOwner(replica)) {
            throw new IllegalStateException("Another replica has taken the weights");
        }
        if (!live.keySet().containsAll(copies.keySet())) {
            throw new IllegalArgumentException("Merges do not change a tied model's embedding");
        }
        changed.addAll(copies.keySet());
        for (var at : List.copyOf(changed)) {
            var copy = copies.get(at);
            upload(copy == null ? pristine(at) : copy, at, operations);
            if (copy == null) {
                changed.remove(at);
            }
        }
    }

    private void upload(WeightMatrix parked, LayerSite at, Operations operations) {
        var to = requireNonNull(live.get(at));
        operations.merge(new WeightUpdate(parked, List.of(), false), 0, to.rows(), to);
    }

    @SuppressWarnings("ReferenceEquality") // A replica is one object.
    private boolean isOwner(Object replica) {
        return owner == replica;
    }

    /**
     * Uploads the pristine matrices if {@code replica} owns the live ones. A failure is no matter
     * here: what is in doubt is uploaded by the next owner.
     */
    public synchronized void leave(Object replica, Operations operations) {
        if (!isOwner(replica)) {
            return;
        }
        try {
            write(replica, Map.of(), operations);
        } catch (RuntimeException e) {
            log.log(WARNING, "The pristine weights were not given back: {0}", e.toString());
        }
        owner = null;
    }

    /** Frees the pristine matrices. */
    @Override
    public void close() {
        pristine.values().forEach(WeightMatrix::close);
        pristine.clear();
    }
}
