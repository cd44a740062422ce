package org.dlora.catalogue.history;

/**
 * Sums over the requests of one name.
 *
 * @param name of an adapter, a key or a team; empty text for the base model, or without key or team
 */
public record NamedUsage(String name, UsageSums sums) {}
