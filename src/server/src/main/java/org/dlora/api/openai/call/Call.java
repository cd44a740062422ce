package org.dlora.api.openai.call;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.dlora.cluster.facts.Arrival;
import org.dlora.cluster.facts.CallPart;
import org.dlora.cluster.requests.ShadowRequest;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;

/**
 * A checked call of {@code prompts.size() · n} sequences, ready to run. The choices of one prompt
 * are next to each other.
 *
 * @param created seconds since 1970
 * @param model name that the client gave
 * @param selected the version of the model that it gets
 * @param prompts token ids
 * @param shadowPrompts token ids of each prompt as the shadow gets them; empty if there is none
 * @param promptOnly whether the tokens of answers are left out, and not counted
 * @param times of its answer; null unless a setting has them told, and if it has several
 */
public record Call(
        String id,
        long created,
        String model,
        SelectedModel selected,
        GenerationOptions options,
        List<int[]> prompts,
        List<GenerationRequest> sequences,
        Arrival arrival,
        List<int[]> shadowPrompts,
        boolean promptOnly,
        @Nullable CallTimes times) {

    /** Prefix of the ids of chats. */
    public static final String CHAT_ID = "chatcmpl-";

    /**
     * Returns a call of as many sequences as its prompts and choices make.
     *
     * @param prefix of the id, which goes on with the identity's key
     * @param maxTokens most output tokens of each prompt's answers
     * @param logprobs for the answer's tokens, -1 = none
     * @param promptLogprobs for the prompt's tokens, -1 = none
     * @param continuesPrompt whether the answer's text continues the prompt's
     */
    public static Call of(
            String prefix,
            CallIdentity identity,
            String model,
            SelectedModel selected,
            GenerationOptions options,
            List<int[]> prompts,
            List<Integer> maxTokens,
            int logprobs,
            int promptLogprobs,
            boolean continuesPrompt) {
        RequestLimits.checkPromptLogprobs(prompts, options.choices(), promptLogprobs);
        int named = options.logprobTokens().size();
        var asking = prefix.equals(CHAT_ID) ? "top_logprobs" : "logprobs";
        RequestLimits.checkLogprobs(
                named > logprobs ? "logprob_token_ids" : asking,
                maxTokens,
                options.choices(),
                Math.max(named, logprobs));
        var id = prefix + identity.key();
        var adapter = selected.adapter();
        var arrival = identity.arrival().by(options.user());
        var owner = selected.served().calls().prefixes().owner(arrival, options.cacheSalt());
        var sequences = new ArrayList<GenerationRequest>();
        for (int p = 0; p < prompts.size(); p++) {
            for (int choice = 0; choice < options.choices(); choice++) {
                sequences.add(
                        new GenerationRequest(
                                        id + "-" + sequences.size(),
                                        adapter,
                                        prompts.get(p),
                                        Sampling.forChoice(options.sampling(), choice),
                                        options.stop(maxTokens.get(p)),
                                        logprobs,
                                        promptLogprobs,
                                        options.skipSpecialTokens(),
                                        options.exact(),
                                        continuesPrompt)
                                .withConstraint(options.constraint())
                                .withLogprobTokens(options.logprobTokens())
                                .withPrefixOwner(owner));
            }
        }
        return new Call(
                id,
                arrival.at().getEpochSecond(),
                model,
                selected,
                options,
                prompts,
                sequences,
                arrival,
                selected.shadow().isPresent() ? prompts : List.of(),
                false,
                selected.served().calls().timings() && sequences.size() == 1
                        ? new CallTimes(arrival.nanos())
                        : null);
    }

    /** Returns a copy with other prompts of the shadow; empty for no shadow. */
    public Call withShadowPrompts(List<int[]> other) {
        return new Call(
                id,
                created,
                model,
                selected,
                options,
                prompts,
                sequences,
                arrival,
                other,
                promptOnly,
                times);
    }

    /** Returns a copy whose answers have no tokens, though each sequence samples one. */
    public Call ofPromptsOnly() {
        return new Call(
                id,
                created,
                model,
                selected,
                options,
                prompts,
                sequences,
                arrival,
                shadowPrompts,
                true,
                times);
    }

    /** Returns what the shadow of a sequence is to answer; null if it has none. */
    @Nullable ShadowRequest shadow(int sequence) {
        var choice = selected.choice();
        return choice == null || shadowPrompts.isEmpty()
                ? null
                : choice.shadow()
                        .map(shadow ->
                                new ShadowRequest(
                                        choice.alias(),
                                        shadow,
                                        shadowPrompts.get(sequence / options.choices())))
                        .orElse(null);
    }

    /** Returns the part of the call that a sequence counts for. */
    CallPart part(int sequence) {
        return new CallPart(sequence == 0, sequence % choicesOfOnePrompt() == 0, !promptOnly);
    }

    /**
     * Returns the number of choices that share the computation of a prompt: all, or one without a
     * prefix cache and for log-probabilities of the prompt.
     */
    int choicesOfOnePrompt() {
        boolean isShared =
                served().calls().prefixCache() && sequences.getFirst().promptLogprobs() < 0;
        return isShared ? options.choices() : 1;
    }

    /** Returns the tokens of each computed prompt, in the order of the sequences. */
    int[] computedPrompts() {
        return firstOfEachPrompt().map(sequence -> promptOf(sequence).length).toArray();
    }

    private IntStream firstOfEachPrompt() {
        int choices = choicesOfOnePrompt();
        return IntStream.range(0, sequences.size() / choices).map(prompt -> prompt * choices);
    }

    /**
     * Returns the most tokens that it can use: the computed prompts, and all that may be answered.
     */
    long mostTokens() {
        return Arrays.stream(computedPrompts()).asLongStream().sum()
                + sequences.stream().mapToLong(sequence -> sequence.stop().maxTokens()).sum();
    }

    /** Returns the times of its answer; null unless they are told. */
    @Nullable
    public AnswerTimings timings() {
        return times == null ? null : times.timings();
    }

    /** Returns what the call may do. */
    Access access() {
        return selected.access();
    }

    public ServedModel served() {
        return selected.served();
    }

    public int[] promptOf(int sequence) {
        return prompts.get(sequence / options.choices());
    }

    /**
     * Returns the token counts of the call.
     *
     * @param cachedTokens prompt tokens that a sequence found in the prefix cache. Those of the
     *     first choice that shares a computed prompt count for it
     */
    public Usage usage(IntStream outputTokens, IntUnaryOperator cachedTokens) {
        return Usage.of(Arrays.stream(computedPrompts()).sum(), outputTokens.sum())
                .withCached(firstOfEachPrompt().map(cachedTokens).sum());
    }

    public Usage usageOf(int sequence, int outputTokens) {
        return Usage.of(promptOf(sequence).length, outputTokens);
    }
}
