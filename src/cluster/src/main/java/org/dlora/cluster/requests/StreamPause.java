package org.dlora.cluster.requests;

/**
 * The pause of a stream between its last token from one replica and the first one from another.
 *
 * @param seconds between both tokens, when they were delivered
 * @param steps of the new replica that it took: the one that ran when the sequence was sent there,
 *     and those to its first token; 0 if the replica has not told
 * @param stepSeconds seconds of these steps
 */
public record StreamPause(double seconds, int steps, double stepSeconds) {}
