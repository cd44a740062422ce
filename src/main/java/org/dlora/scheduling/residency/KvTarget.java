package org.dlora.scheduling.residency;

/**
 * A decision on the size of a KV cache.
 *
 * @param blocks that are to be usable
 * @param why a sentence without a full stop
 */
public record KvTarget(String replica, int blocks, String why) {}
