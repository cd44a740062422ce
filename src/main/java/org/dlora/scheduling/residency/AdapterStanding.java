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
 * @param waiting requests that wait until it is loaded
 * @param oldestWaiting arrival of the oldest of these, in seconds; infinite if there is none
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
        double demand) {}
