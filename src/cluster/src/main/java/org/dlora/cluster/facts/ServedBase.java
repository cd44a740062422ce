package org.dlora.cluster.facts;

/**
 * Identity of the base model of a server, and of its arithmetic.
 *
 * @param content hash of its weight files
 * @param fingerprint {@code system_fingerprint} of answers
 * @param numericMode of the device
 */
public record ServedBase(String content, String fingerprint, String numericMode) {}
