package org.dlora.scheduling.residency;

/**
 * A decision that a replica gives back copies of merged weights.
 *
 * @param all whether those in effect are given back too, so that the replica is unmerged
 * @param why a sentence without a full stop
 */
public record CopyTarget(String replica, boolean all, String why) {}
