package org.dlora.simulation;

import org.dlora.replica.migration.MigrationProtocol;
import org.dlora.replica.request.GenerationRequest;
import org.jspecify.annotations.Nullable;

/** A request as the cluster sees it: its owner, its tokens, and its times in seconds. */
final class VirtualRequest {
    final GenerationRequest request;
    final int outputTokens;
    final double arrivedAt;

    /** Number of the replica that owns it or that it waits for; -1 before the dispatch. */
    int replica = -1;

    /** Whether a replica has it; otherwise it waits for its adapter. */
    boolean isStarted;

    long epoch;
    int output;
    double lastTokenAt = Double.NaN;
    double endedAt = Double.NaN;
    @Nullable MigrationProtocol migration;

    VirtualRequest(GenerationRequest request, int outputTokens, double arrivedAt) {
        this.request = request;
        this.outputTokens = outputTokens;
        this.arrivedAt = arrivedAt;
    }

    String id() {
        return request.id();
    }

    String adapter() {
        return request.adapter().toString();
    }

    int promptTokens() {
        return request.prompt().length;
    }

    /** Returns the most output tokens that it may have; the cluster knows no more of its length. */
    int maxOutput() {
        return request.stop().maxTokens();
    }

    boolean isEnded() {
        return !Double.isNaN(endedAt);
    }

    double secondsPerToken() {
        return (endedAt - arrivedAt) / outputTokens;
    }
}
