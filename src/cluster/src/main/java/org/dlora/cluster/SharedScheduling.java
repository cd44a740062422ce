package org.dlora.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.dlora.cluster.requests.LiveRequests;
import org.dlora.engine.ReplicaRef;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.TeamRef;
import org.dlora.scheduling.TeamWeights;

/**
 * The scheduling settings that all replicas have, with the shares of the teams that have requests.
 * Calls come one at a time.
 */
final class SharedScheduling {
    private final List<ReplicaRef> replicas;
    private final LiveRequests requests;
    private SchedulingSettings settings;
    private TeamShareSource teams = TeamShareSource.EQUAL;

    /**
     * @param settings settings that the replicas have
     */
    SharedScheduling(
            List<ReplicaRef> replicas, LiveRequests requests, SchedulingSettings settings) {
        this.replicas = replicas;
        this.requests = requests;
        this.settings = settings;
    }

    SchedulingSettings settings() {
        return settings;
    }

    /**
     * Changes the settings, but for the shares of teams.
     *
     * @return completes once all replicas use them
     */
    CompletableFuture<Void> change(UnaryOperator<SchedulingSettings> change) {
        return apply(change.apply(settings).with(settings.teams()));
    }

    private CompletableFuture<Void> apply(SchedulingSettings next) {
        settings = next;
        return CompletableFuture.allOf(
                replicas.stream()
                        .map(replica -> replica.schedule(next))
                        .toArray(CompletableFuture[]::new));
    }

    /** Has the shares of teams asked from {@code source}, at once and at each request of theirs. */
    void shareBy(TeamShareSource source) {
        teams = source;
        followShares();
    }

    /** Asks for the shares of all teams with requests anew, as they may have changed. */
    void followShares() {
        var shares = TeamWeights.EQUAL;
        for (var live : requests.all()) {
            shares = asked(shares, live.request().team());
        }
        use(shares);
    }

    /** Asks for the share of a team that sends a request. */
    void follow(TeamRef team) {
        use(asked(settings.teams(), team));
    }

    private TeamWeights asked(TeamWeights shares, TeamRef team) {
        double share = team.isTeam() ? TeamWeights.inRange(teams.of(team)) : 1;
        return share == shares.of(team) ? shares : shares.with(team, share);
    }

    private void use(TeamWeights shares) {
        if (!shares.equals(settings.teams())) {
            var _ = apply(settings.with(shares));
        }
    }
}
