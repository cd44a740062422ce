package org.dlora.cluster.requests;

import java.util.LinkedHashMap;
import java.util.Map;
import org.dlora.scheduling.TeamRef;
import org.dlora.scheduling.TeamWeights;

/**
 * The bounds of waiting requests and of the bytes that they hold.
 *
 * <p>Each team with unfinished requests has a part of the number by its share. A full queue takes
 * requests of a team that does not use its part, so no team can keep the others out. A team that is
 * alone has the whole queue.
 *
 * <p>The bytes are never exceeded. A team may hold as many as are free beside it, so one team
 * leaves half of them to others, two leave a third, and so on.
 *
 * <p>Source: Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet
 * switches", IEEE/ACM Transactions on Networking 6(2), 1998.
 */
public final class RequestQueue {
    private final int limit;
    private final long maxBytes;
    private final LiveRequests requests;

    public RequestQueue(QueueLimits limits, LiveRequests requests) {
        limit = limits.requests();
        maxBytes = limits.bytes();
        this.requests = requests;
    }

    /**
     * Checks that the requests of a call may wait. A team without a request that waits for its
     * first token may have a whole call, so that no call is refused for ever.
     *
     * @param call number of its requests
     * @param waiting number of waiting requests of all teams
     * @throws QueueFullException if the queue has no room for the call, and neither has the team's
     *     part
     */
    public void require(TeamRef team, int call, int waiting, TeamWeights shares) {
        if (waiting + call <= limit) {
            return;
        }
        var unanswered = unanswered(team);
        int its = unanswered.getOrDefault(team, 0);
        if (its == 0 && call <= limit) {
            return;
        }
        if (unanswered.size() == 1) {
            throw new QueueFullException(waiting, limit, call);
        }
        double all = unanswered.keySet().stream().mapToDouble(shares::of).sum();
        int part = Math.max(1, (int) (limit * shares.of(team) / all));
        if (its + call > part) {
            throw new QueueFullException(waiting, limit, call, team, its, part);
        }
    }

    /**
     * Checks that requests in the background may wait. They have no part of a full queue.
     *
     * @throws QueueFullException if the queue has no room for them
     */
    public void requireRoom(int call, int waiting) {
        if (waiting + call > limit) {
            throw new QueueFullException(waiting, limit, call);
        }
    }

    /**
     * Checks that a call may hold its bytes while it waits.
     *
     * @param bytes of the call
     * @throws IllegalArgumentException if the queue never has room for them
     * @throws QueueFullException if it has no room for them beside what waits, or if the team would
     *     hold more than it leaves to others
     */
    public void requireBytes(TeamRef team, long bytes) {
        if (bytes > maxBytes) {
            throw new IllegalArgumentException(
                    "The call holds %d bytes while it waits, and the queue can hold %d (dlora.max-queue-bytes). Send fewer prompts, choices or parameters at once."
                            .formatted(bytes, maxBytes));
        }
        long all = 0;
        long its = 0;
        for (var live : requests.all()) {
            if (live.outputTokens() == 0 && !live.request().background()) {
                all += live.tracked().bytes();
                its += live.request().team().equals(team) ? live.tracked().bytes() : 0;
            }
        }
        if (its + bytes > maxBytes - all) {
            throw QueueFullException.ofBytes(all, maxBytes, bytes, its);
        }
    }

    /**
     * Returns the number of requests without a first token of {@code team} and of each other team
     * with unfinished requests. Requests in the background are of no team.
     */
    private Map<TeamRef, Integer> unanswered(TeamRef team) {
        var unanswered = new LinkedHashMap<TeamRef, Integer>();
        unanswered.put(team, 0);
        for (var live : requests.all()) {
            if (!live.request().background()) {
                int one = live.outputTokens() == 0 ? 1 : 0;
                unanswered.merge(live.request().team(), one, Integer::sum);
            }
        }
        return unanswered;
    }
}
