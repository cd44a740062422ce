package org.dlora.scheduling;

/**
 * The unfinished work of one adapter on a replica. It counts all requests, also those that a
 * snapshot does not show.
 *
 * @param unfinished requests that are running, waiting or paused
 * @param running of these, the requests that hold blocks
 * @param waitingTokens known tokens of the waiting requests, cached prefixes included
 */
public record Backlog(int unfinished, int running, long waitingTokens) {
    public static final Backlog NONE = new Backlog(0, 0, 0);

    public Backlog {
        if (running < 0 || unfinished < running || waitingTokens < 0) {
            throw new IllegalArgumentException(
                    "%d unfinished, %d of them running, %d tokens waiting"
                            .formatted(unfinished, running, waitingTokens));
        }
    }

    public int waiting() {
        return unfinished - running;
    }
}
