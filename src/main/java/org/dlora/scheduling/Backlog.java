package org.dlora.scheduling;

/**
 * An adapter's unfinished requests on a replica, counted however many of them a snapshot shows.
 *
 * @param unfinished requests, those that run, wait and pause
 * @param running of these those that hold blocks
 * @param waitingTokens known tokens of the others, in which cached prefixes count too
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
