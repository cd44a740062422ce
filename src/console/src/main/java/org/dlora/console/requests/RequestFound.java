package org.dlora.console.requests;

import java.util.ArrayList;
import java.util.List;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.history.History;
import org.dlora.catalogue.history.Page;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.cluster.facts.ShadowFacts;
import org.jspecify.annotations.Nullable;

/**
 * Request as the history and the running server know it.
 *
 * @param row null if there is no ended request with the id
 * @param switches of replicas' weights in its time, the newest first
 * @param changes loads of its adapter, and moves, in its time
 */
record RequestFound(
        @Nullable RequestRecord row,
        @Nullable ShadowFacts shadow,
        List<EventRecord> switches,
        List<EventRecord> changes) {
    /** Changes of a kind that are read. */
    static final int MOST = 500;

    static RequestFound of(History history, String id) {
        var found = history.request(id).orElse(null);
        if (found == null) {
            return new RequestFound(null, null, List.of(), List.of());
        }
        var row = found.ended();
        // Keys are times in milliseconds; a change is written within moments of its time.
        var time = new Page(null, MOST, row.arrived().minusMillis(1), row.done().plusMillis(500));
        var changes = new ArrayList<EventRecord>();
        if (row.adapter() != null) {
            history.events(null, row.adapter(), time).stream()
                    .filter(one -> one.kind().equals("adapter_loaded"))
                    .forEach(changes::add);
        }
        if (row.migrations() > 0) {
            changes.addAll(history.events("request_moved", null, time));
        }
        return new RequestFound(
                found,
                history.shadow(id).orElse(null),
                history.events("mode_switched", null, time),
                changes);
    }
}
