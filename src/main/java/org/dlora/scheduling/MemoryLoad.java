package org.dlora.scheduling;

/**
 * The load of an adapter memory at the arrival of a request.
 *
 * @param memory name of the memory
 * @param replicas replicas that share it
 * @param unfinished requests on these replicas, and requests that wait for an adapter
 * @param hasAdapter whether the request's adapter is resident or being loaded
 * @param fits whether the adapter is there, or can be loaded once others are evicted
 */
public record MemoryLoad(
        String memory, int replicas, int unfinished, boolean hasAdapter, boolean fits) {}
