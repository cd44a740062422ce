package org.dlora.catalogue;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.MergeSettings;
import org.dlora.replica.SchedulingSettings;

/**
 * Service that shows how requests are dispatched, and shows and changes how replicas choose their
 * steps and what they merge. Thread-safe.
 */
public interface SchedulingService {
    /** Returns each replica's settings and last steps, in configured order. */
    List<SchedulingReport> scheduling(int lastSteps);

    /** Returns the settings and last steps of one replica; empty if none has that id. */
    default Optional<SchedulingReport> scheduling(String replica, int lastSteps) {
        return scheduling(lastSteps).stream()
                .filter(report -> report.replica().equals(replica))
                .findFirst();
    }

    /**
     * Returns the last decisions on the replicas of requests, the newest first.
     *
     * @param last decisions at most; no more than 256 are kept
     */
    List<DispatchRecord> dispatch(int last);

    /**
     * Changes the settings of all replicas.
     *
     * @param change makes the new settings of the present ones
     * @return completes when all replicas use them, exceptionally if a replica has ended
     * @throws org.dlora.catalogue.versions.CatalogueUnavailableException if shares change and
     *     cannot be written; nothing has changed then
     */
    CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change);

    /**
     * Returns the accuracy of an adapter's merged weights; empty if it was never measured.
     *
     * @param version hash of its weights
     */
    default Optional<MergeFidelity> fidelity(String version) {
        return Optional.empty();
    }

    /** Returns how replicas merge now; empty if it is not known. */
    default Optional<MergeSettings> merging() {
        return Optional.empty();
    }

    /** Lists the adapters served now with their verdicts. */
    List<JudgedAdapter> adapters();

    /** Returns the judgement of one adapter; empty if none has that name. */
    default Optional<JudgedAdapter> adapter(String name) {
        return adapters().stream().filter(one -> one.adapter().name().equals(name)).findFirst();
    }
}
