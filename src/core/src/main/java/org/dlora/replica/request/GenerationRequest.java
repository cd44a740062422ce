package org.dlora.replica.request;

import java.util.List;
import java.util.Objects;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.TeamRef;
import org.jspecify.annotations.Nullable;

/**
 * A request for one sequence. A call for n choices is n requests.
 *
 * @param id unique among unfinished requests
 * @param adapter an adapter by the name that clients use; for a replica by the id of the version
 *     that the name stood for when the request was accepted
 * @param prompt token ids, at least 1
 * @param logprobs top alternatives to report for each output token, 0 = the token's own only, -1 =
 *     none
 * @param promptLogprobs likewise for the prompt's tokens, for {@code echo}
 * @param skipSpecialTokens whether special tokens are left out of the text
 * @param exact whether its rows never go through merged weights
 * @param continuesPrompt whether its text continues the prompt's, as that of a text completion
 *     does; otherwise it stands alone, as a chat answer does
 * @param background whether no client waits for it, as for prompts of gates, shadows and replays:
 *     history, usage and meters of requests leave it out
 * @param team that its service counts for
 * @param constraint on its text; null if there is none
 * @param logprobTokens whose log-probabilities are reported for each output token in place of the
 *     likeliest ones, if any are; empty = the likeliest
 * @param prefixOwner whose cached prefixes it finds, and leaves behind
 */
public record GenerationRequest(
        String id,
        AdapterRef adapter,
        int[] prompt,
        SamplingParams sampling,
        StopConditions stop,
        int logprobs,
        int promptLogprobs,
        boolean skipSpecialTokens,
        boolean exact,
        boolean continuesPrompt,
        boolean background,
        TeamRef team,
        @Nullable ConstraintDefinition constraint,
        List<Integer> logprobTokens,
        PrefixOwner prefixOwner) {

    public GenerationRequest {
        logprobTokens = List.copyOf(logprobTokens);
    }

    /**
     * Creates a request for the log-probabilities of the likeliest tokens, without a prefix owner
     * of its own.
     */
    public GenerationRequest(
            String id,
            AdapterRef adapter,
            int[] prompt,
            SamplingParams sampling,
            StopConditions stop,
            int logprobs,
            int promptLogprobs,
            boolean skipSpecialTokens,
            boolean exact,
            boolean continuesPrompt,
            boolean background,
            TeamRef team,
            @Nullable ConstraintDefinition constraint) {
        this(
                id,
                adapter,
                prompt,
                sampling,
                stop,
                logprobs,
                promptLogprobs,
                skipSpecialTokens,
                exact,
                continuesPrompt,
                background,
                team,
                constraint,
                List.of(),
                PrefixOwner.SHARED);
    }

    /** Creates a request without a team and a constraint. */
    public GenerationRequest(
            String id,
            AdapterRef adapter,
            int[] prompt,
            SamplingParams sampling,
            StopConditions stop,
            int logprobs,
            int promptLogprobs,
            boolean skipSpecialTokens,
            boolean exact,
            boolean continuesPrompt,
            boolean background) {
        this(
                id,
                adapter,
                prompt,
                sampling,
                stop,
                logprobs,
                promptLogprobs,
                skipSpecialTokens,
                exact,
                continuesPrompt,
                background,
                TeamRef.NONE,
                null);
    }

    /** Creates a request of a client without a team. */
    public GenerationRequest(
            String id,
            AdapterRef adapter,
            int[] prompt,
            SamplingParams sampling,
            StopConditions stop,
            int logprobs,
            int promptLogprobs,
            boolean skipSpecialTokens,
            boolean exact,
            boolean continuesPrompt) {
        this(
                id,
                adapter,
                prompt,
                sampling,
                stop,
                logprobs,
                promptLogprobs,
                skipSpecialTokens,
                exact,
                continuesPrompt,
                false);
    }

    /** Creates a request whose rows may go through merged weights, and whose text stands alone. */
    public GenerationRequest(
            String id,
            AdapterRef adapter,
            int[] prompt,
            SamplingParams sampling,
            StopConditions stop,
            int logprobs,
            int promptLogprobs,
            boolean skipSpecialTokens) {
        this(
                id,
                adapter,
                prompt,
                sampling,
                stop,
                logprobs,
                promptLogprobs,
                skipSpecialTokens,
                false,
                false);
    }

    /** Returns the token ids whose text the answer continues; empty if it stands alone. */
    public int[] textBefore() {
        return continuesPrompt ? prompt : new int[0];
    }

    /** Returns whether its tokens are largest logits and nothing else is read of the logits. */
    public boolean isPlainGreedy() {
        return sampling.isPlainGreedy() && logprobs < 0;
    }

    /** Returns the same request under another id. */
    public GenerationRequest withId(String other) {
        return with(other, adapter, sampling, team, constraint, logprobTokens, prefixOwner);
    }

    /** Returns the same request for another adapter. */
    public GenerationRequest withAdapter(AdapterRef other) {
        return with(id, other, sampling, team, constraint, logprobTokens, prefixOwner);
    }

    /** Returns the same request of another team. */
    public GenerationRequest withTeam(TeamRef other) {
        return other.equals(team)
                ? this
                : with(id, adapter, sampling, other, constraint, logprobTokens, prefixOwner);
    }

    /** Returns the same request with its seed, {@code drawn} if the client gave none. */
    public GenerationRequest withSeed(long drawn) {
        return sampling.seed().isPresent()
                ? this
                : with(
                        id,
                        adapter,
                        sampling.withSeed(drawn),
                        team,
                        constraint,
                        logprobTokens,
                        prefixOwner);
    }

    /** Returns the same request whose text is held to {@code other}; null for no constraint. */
    public GenerationRequest withConstraint(@Nullable ConstraintDefinition other) {
        return Objects.equals(other, constraint)
                ? this
                : with(id, adapter, sampling, team, other, logprobTokens, prefixOwner);
    }

    /** Returns the same request for the log-probabilities of {@code tokens}. */
    public GenerationRequest withLogprobTokens(List<Integer> tokens) {
        return tokens.equals(logprobTokens)
                ? this
                : with(id, adapter, sampling, team, constraint, tokens, prefixOwner);
    }

    /** Returns the same request with the cached prefixes of {@code owner}. */
    public GenerationRequest withPrefixOwner(PrefixOwner owner) {
        return with(id, adapter, sampling, team, constraint, logprobTokens, owner);
    }

    private GenerationRequest with(
            String id,
            AdapterRef adapter,
            SamplingParams sampling,
            TeamRef team,
            @Nullable ConstraintDefinition constraint,
            List<Integer> logprobTokens,
            PrefixOwner prefixOwner) {
        return new GenerationRequest(
                id,
                adapter,
                prompt,
                sampling,
                stop,
                logprobs,
                promptLogprobs,
                skipSpecialTokens,
                exact,
                continuesPrompt,
                background,
                team,
                constraint,
                logprobTokens,
                prefixOwner);
    }
}
