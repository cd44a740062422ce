package org.dlora.store.history;

import org.dlora.catalogue.history.EventRecord;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvent.AcquisitionFailed;
import org.dlora.cluster.facts.ClusterEvent.AdapterEvicted;
import org.dlora.cluster.facts.ClusterEvent.AdapterFailed;
import org.dlora.cluster.facts.ClusterEvent.AdapterLoaded;
import org.dlora.cluster.facts.ClusterEvent.AdminAction;
import org.dlora.cluster.facts.ClusterEvent.BudgetAlert;
import org.dlora.cluster.facts.ClusterEvent.GateJudged;
import org.dlora.cluster.facts.ClusterEvent.ModeSwitched;
import org.dlora.cluster.facts.ClusterEvent.ReplicaFenced;
import org.dlora.cluster.facts.ClusterEvent.ReplicaRestarted;
import org.dlora.cluster.facts.ClusterEvent.RequestMoved;
import org.dlora.store.StoredText;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** Maker of rows from changes of the cluster, but for administrative actions. */
final class EventRows {
    /** Characters of a JSON text that are kept. */
    private static final int DETAIL = 100_000;

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .build();

    private EventRows() {}

    static EventRow of(long key, ClusterEvent event, String base) {
        var request = event instanceof RequestMoved moved ? moved.request() : null;
        return new EventRow(
                base,
                new EventRecord(
                        key,
                        event.kind(),
                        StoredText.nameOrNull(place(event)),
                        StoredText.nameOrNull(adapter(event)),
                        StoredText.nameOrNull(request),
                        text(event)));
    }

    // Jackson escapes what StoredText would replace, but for halves of surrogate pairs.
    private static String text(Object values) {
        return StoredText.clean(JSON.writeValueAsString(values), DETAIL);
    }

    private static @Nullable String place(ClusterEvent event) {
        return switch (event) {
            case ModeSwitched switched -> switched.replica();
            case ReplicaFenced fenced -> fenced.replica();
            case ReplicaRestarted restarted -> restarted.replica();
            case RequestMoved moved -> moved.from();
            case AdapterLoaded loaded -> loaded.memory();
            case AdapterFailed failed -> failed.memory();
            case AdapterEvicted evicted -> evicted.memory();
            case AcquisitionFailed _, GateJudged _, BudgetAlert _, AdminAction _ -> null;
        };
    }

    private static @Nullable String adapter(ClusterEvent event) {
        return switch (event) {
            case AdapterLoaded loaded -> loaded.adapter();
            case AdapterFailed failed -> failed.adapter();
            case AcquisitionFailed failed -> failed.adapter();
            case AdapterEvicted evicted -> evicted.adapter();
            case GateJudged judged -> judged.adapter();
            case ModeSwitched _,
                    RequestMoved _,
                    ReplicaFenced _,
                    ReplicaRestarted _,
                    BudgetAlert _,
                    AdminAction _ ->
                    null;
        };
    }
}
