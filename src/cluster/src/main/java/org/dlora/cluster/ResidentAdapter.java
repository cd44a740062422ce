package org.dlora.cluster;

/**
 * A served adapter that requests need not wait for.
 *
 * @param pinned whether one of its memories never evicts it
 */
public record ResidentAdapter(String name, boolean pinned) {}
