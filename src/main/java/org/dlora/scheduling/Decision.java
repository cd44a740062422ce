package org.dlora.scheduling;

/**
 * What a policy answers.
 *
 * @param next the policy's state for its next decision
 * @param explanation why; of no consequence
 */
public record Decision<S>(StepPlan plan, S next, StepDecision explanation) {}
