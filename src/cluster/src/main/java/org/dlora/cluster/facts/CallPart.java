package org.dlora.cluster.facts;

/**
 * Part of a call that one of its requests counts for. A call for several prompts and n choices is
 * one in the sums of usage, as in limits and in the usage of its answer: each prompt counts as
 * often as it is computed, once if its choices share it.
 *
 * @param beginsCall whether the call is counted with the request
 * @param beginsPrompt whether the prompt is counted with the request, because it computes the
 *     prompt: the first of the choices that share it
 * @param hasAnswer whether its output tokens are part of the answer, and count
 */
public record CallPart(boolean beginsCall, boolean beginsPrompt, boolean hasAnswer) {
    /** A call that is one request. */
    public static final CallPart WHOLE = new CallPart(true, true, true);
}
