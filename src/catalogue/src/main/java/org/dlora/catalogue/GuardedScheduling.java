package org.dlora.catalogue;

import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.catalogue.manifest.DesiredAdapter;
import org.dlora.catalogue.manifest.ManagedAdapters;
import org.dlora.cluster.dispatch.DispatchRecord;
import org.dlora.cluster.fidelity.JudgedAdapter;
import org.dlora.engine.SchedulingReport;
import org.dlora.replica.MergeSettings;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.ServiceWeights;

/**
 * Scheduling with shares by others than the manifest.
 *
 * @param service does all
 */
public record GuardedScheduling(SchedulingService service, ManagedAdapters managed)
        implements SchedulingService {

    @Override
    public List<SchedulingReport> scheduling(int lastSteps) {
        return service.scheduling(lastSteps);
    }

    @Override
    public Optional<SchedulingReport> scheduling(String replica, int lastSteps) {
        return service.scheduling(replica, lastSteps);
    }

    @Override
    public Optional<JudgedAdapter> adapter(String name) {
        return service.adapter(name);
    }

    @Override
    public List<DispatchRecord> dispatch(int last) {
        return service.dispatch(last);
    }

    @Override
    public CompletableFuture<Void> schedule(UnaryOperator<SchedulingSettings> change) {
        return service.schedule(before -> {
            var after = change.apply(before);
            requireFree(before.weights(), after.weights());
            return after;
        });
    }

    private void requireFree(ServiceWeights before, ServiceWeights after) {
        var names = new TreeSet<>(before.byName().keySet());
        names.addAll(after.byName().keySet());
        for (var name : names) {
            if (before.of(name) != after.of(name)) {
                managed.requireFree(name, DesiredAdapter.SHARE);
            }
        }
    }

    @Override
    public Optional<MergeFidelity> fidelity(String version) {
        return service.fidelity(version);
    }

    @Override
    public Optional<MergeSettings> merging() {
        return service.merging();
    }

    @Override
    public List<JudgedAdapter> adapters() {
        return service.adapters();
    }
}
