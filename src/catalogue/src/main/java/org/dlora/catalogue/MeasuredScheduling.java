package org.dlora.catalogue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.audit.AuditedAction;
import org.dlora.catalogue.versions.CatalogueStore;
import org.dlora.catalogue.versions.MemoryCatalogueStore;
import org.dlora.cluster.Cluster;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.cluster.fidelity.MeasuredPermits;
import org.dlora.cluster.fidelity.MergeVerdict;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.MergeSettings;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.ServiceWeights;

/**
 * Scheduling of a cluster's replicas, and the verdicts on merging their adapters. All adapters are
 * measured in the background while the policy may merge.
 */
public final class MeasuredScheduling implements SchedulingService {
    private static final MergeVerdict NOT_READ =
            MergeVerdict.never(
                    "not measured: its content has not been read since the server started");

    private final HostedCatalogue hosted;
    private final Cluster cluster;
    private final MeasuredPermits permits;
    private final CatalogueStore store;

    /** Shares as the store has them, as far as this server knows. */
    private Map<String, Double> stored = Map.of();

    /** Scheduling whose shares end with the process. */
    public MeasuredScheduling(HostedCatalogue hosted, MeasuredPermits permits) {
        this(hosted, permits, new MemoryCatalogueStore());
    }

    /**
     * @param store that new shares are written to before they take effect
     */
    public MeasuredScheduling(
            HostedCatalogue hosted, MeasuredPermits permits, CatalogueStore store) {
        this.hosted = hosted;
        this.cluster = hosted.cluster();
        this.store = store;
        this.permits = permits;
        permits.ahead(cluster.settings().policy().mayMerge());
    }

    @Override
    public List<SchedulingReport> scheduling(int lastSteps) {
        return cluster.scheduling(lastSteps);
    }

    @Override
    public Optional<SchedulingReport> scheduling(String replica, int lastSteps) {
        return cluster.scheduling(replica, lastSteps);
    }

    @Override
    public List<DispatchRecord> dispatch(int last) {
        return cluster.decisions(last);
    }

    @Override
    public synchronized CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change) {
        var before = cluster.settings();
        var after = change.apply(before);
        if (!after.weights().equals(before.weights())) {
            AuditedAction.describe(
                    "all replicas",
                    Map.of("shares", before.weights().byName()),
                    Map.of("shares", after.weights().byName()));
            var next = changed(before.weights(), after.weights());
            store.writeShares(stored, next);
            stored = next;
        }
        var done = cluster.schedule(_ -> after);
        permits.ahead(cluster.settings().policy().mayMerge());
        return done;
    }

    /** Returns the shares that the store has once a change is written. */
    private Map<String, Double> changed(ServiceWeights before, ServiceWeights after) {
        var next = new HashMap<>(stored);
        var gone = new HashSet<>(before.byName().keySet());
        gone.removeAll(after.byName().keySet());
        next.keySet().removeAll(gone);
        after.byName()
                .forEach((name, share) -> {
                    if (before.of(name) != share) {
                        next.put(name, share);
                    }
                });
        return Map.copyOf(next);
    }

    /** Gives models the shares that the store has, unless the settings give them others. */
    public synchronized void restore(Map<String, Double> shares) {
        stored = Map.copyOf(shares);
        serve(shares, cluster.settings().weights().byName());
    }

    /**
     * Gives models the shares that the store has now.
     *
     * @param kept names whose shares stay, as the settings give them
     */
    public synchronized void follow(Map<String, Double> shares, Set<String> kept) {
        stored = Map.copyOf(shares);
        var settings = new HashMap<>(cluster.settings().weights().byName());
        settings.keySet().retainAll(kept);
        var followed = new HashMap<>(shares);
        followed.keySet().removeAll(kept);
        serve(followed, settings);
    }

    private void serve(Map<String, Double> shares, Map<String, Double> settings) {
        var before = cluster.settings();
        var weights = new ServiceWeights(shares).with(settings);
        if (!weights.equals(before.weights())) {
            var _ = cluster.schedule(_ -> before.with(weights));
        }
    }

    @Override
    public Optional<MergeFidelity> fidelity(String version) {
        return permits.fidelity(version);
    }

    @Override
    public Optional<MergeSettings> merging() {
        return Optional.of(cluster.settings().merge());
    }

    @Override
    public List<JudgedAdapter> adapters() {
        return hosted.names().adapters().stream().map(this::judged).toList();
    }

    @Override
    public Optional<JudgedAdapter> adapter(String name) {
        return hosted.names().find(name).map(this::judged);
    }

    private JudgedAdapter judged(ServedAdapter adapter) {
        return new JudgedAdapter(adapter, adapter.version().map(permits::verdict).orElse(NOT_READ));
    }
}
