package org.dlora.bench.profile;

/**
 * The profile of both kinds of steps.
 *
 * @param prefill of one prompt
 * @param decode of one row for each sequence
 */
public record StepProfiles(ProfileShape shape, StepProfile prefill, StepProfile decode) {}
