package org.dlora.scheduling;

/** The state of a policy that remembers nothing. */
public record Stateless() {}
