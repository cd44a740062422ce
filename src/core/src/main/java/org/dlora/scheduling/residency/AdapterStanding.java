package org.dlora.scheduling.residency;

/**
 * The standing of an adapter in an adapter memory: what it takes, and who wants it.
 *
 * @param id identifies one version of the adapter
 * @param bytes of memory that it takes while it is loading, resident or leaving
 * @param loadSeconds predicted time from the beginning of a load to its end
 * @param since time at which {@code residence} last changed, in seconds
 * @param pinned whether it may never be evicted
 * @param running unfinished requests that were given to a replica; 0 unless resident or leaving
 * @param waiting callers that wait until it is loaded: requests, loads by hand, and one for
 *     requests to come
 * @param oldestWaiting arrival of the oldest of these, in seconds; infinite if there is none, or
 *     one for requests to come alone
 * @param requests requests among {@code waiting}
 * @param oldestRequest arrival of the oldest request, in seconds; infinite if there is none
 * @param demand expected share of the next requests; only the ratio to others' counts
 */
public record AdapterStanding(
        String id,
        long bytes,
        double loadSeconds,
        Residence residence,
        double since,
        boolean pinned,
        int running,
        int waiting,
        double oldestWaiting,
        int requests,
        double oldestRequest,
        double demand) {

    /** Returns the standing of an adapter that requests alone wait for. */
    public AdapterStanding(
            String id,
            long bytes,
            double loadSeconds,
            Residence residence,
            double since,
            boolean pinned,
            int running,
            int waiting,
            double oldestWaiting,
            double demand) {
        this(
                id,
                bytes,
                loadSeconds,
                residence,
                since,
                pinned,
                running,
                waiting,
                oldestWaiting,
                waiting,
                oldestWaiting,
                demand);
    }

    /** Returns whether it is wanted for requests to come alone. */
    boolean isAhead() {
        return requests == 0 && waiting > 0 && oldestWaiting == Double.POSITIVE_INFINITY;
    }
}
