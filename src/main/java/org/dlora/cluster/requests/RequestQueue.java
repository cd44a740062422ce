package org.dlora.cluster.requests;

import java.util.LinkedHashMap;
import org.dlora.scheduling.TeamRef;
import org.dlora.scheduling.TeamWeights;

/**
 * The bound of waiting requests, of which each team with unfinished requests has a part by its
 * share. A full queue takes requests of a team that does not use its part, so no team can keep the
 * others out. A team that is alone has the whole queue.
 */
public final class RequestQueue {
    private final int limit;
    private final LiveRequests requests;

    /**
     * @param limit waiting requests at most, while no team is below its part
     */
    public RequestQueue(int limit, LiveRequests requests) {
        this.limit = limit;
        this.requests = requests;
    }

    /**
     * Checks that one more request of {@code team} may wait.
     *
     * @param waiting number of waiting requests of all teams
     * @throws QueueFullException if the queue is full and the team uses its part
     */
    public void require(TeamRef team, int waiting, TeamWeights shares) {
        if (waiting < limit) {
            return;
        }
        var unanswered = new LinkedHashMap<TeamRef, Integer>();
        unanswered.put(team, 0);
        for (var live : requests.all()) {
            int one = live.outputTokens() == 0 ? 1 : 0;
            unanswered.merge(live.request().team(), one, Integer::sum);
        }
        if (unanswered.size() == 1) {
            throw new QueueFullException(waiting, limit);
        }
        double all = unanswered.keySet().stream().mapToDouble(shares::of).sum();
        int part = Math.max(1, (int) (limit * shares.of(team) / all));
        int its = unanswered.getOrDefault(team, 0);
        if (its >= part) {
            throw new QueueFullException(waiting, limit, team, its, part);
        }
    }
}
