package org.dlora.catalogue.shadow;

import java.util.Collection;
import org.dlora.cluster.requests.LiveRequests;
import org.dlora.engine.ReplicaRef;
import org.dlora.scheduling.StepLimits;

/**
 * Rows of a replica's next step that others than one shadow can run.
 *
 * @param rows prefill rows of the sequences in prefill, whole, and a decode row of each other one.
 *     A sequence that was preempted, moved or rescued is in prefill until its next token, with its
 *     prompt and its output
 * @param prefills number of the sequences in prefill
 */
record OtherRows(long rows, int prefills) {

    static OtherRows of(
            ReplicaRef replica,
            LiveRequests requests,
            Collection<ShadowRun> shadows,
            ShadowRun except) {
        long rows = 0;
        int prefills = 0;
        for (var request : requests.of(replica)) {
            rows += request.nextRows();
            prefills += request.isInPrefill() ? 1 : 0;
        }
        for (var shadow : shadows) {
            if (shadow != except && shadow.isOn(replica)) {
                rows += shadow.nextRows();
                prefills += shadow.isInPrefill() ? 1 : 0;
            }
        }
        return new OtherRows(rows, prefills);
    }

    /**
     * Returns whether a prompt takes no row from them: all fit into one step, or none of them has
     * more than its decode row to run.
     */
    boolean leaveRoom(int prompt, StepLimits limits) {
        return prefills == 0 || rows + prompt <= limits.maxTokens();
    }
}
