package org.dlora.catalogue.replay;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.RequestParameters;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.catalogue.history.RequestRecord.KeptText;
import org.dlora.cluster.facts.PromptHash;
import org.dlora.cluster.facts.TokenChain;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.StopConditions;
import org.jspecify.annotations.Nullable;

/**
 * Row of a request to be replayed, as a test makes it up.
 *
 * @param adapter null for the base model
 * @param weights hash of the adapter's
 * @param prompt its hash is kept
 * @param tokens their hashes are kept
 */
public record TestRows(
        String id,
        @Nullable String adapter,
        @Nullable Integer number,
        @Nullable String weights,
        int[] prompt,
        int[] tokens,
        @Nullable KeptText text,
        float @Nullable [] logprobs,
        StepCounts steps,
        String outcome,
        RequestParameters parameters,
        Instant arrived) {
    public static final Instant ARRIVED = Instant.parse("2026-01-02T03:04:05Z");

    /** A greedy request of the base model that ran unmerged, whose texts are not kept. */
    public static TestRows of(String id, int[] prompt, int... tokens) {
        return new TestRows(
                id,
                null,
                null,
                null,
                prompt,
                tokens,
                null,
                null,
                new StepCounts(tokens.length, 0, 0),
                "length",
                new RequestParameters(
                        SamplingParams.GREEDY,
                        new StopConditions(
                                Math.max(1, tokens.length), 0, true, Set.of(), List.of(), false),
                        -1,
                        true,
                        false),
                ARRIVED);
    }

    public TestRows withAdapter(String name, @Nullable Integer version, @Nullable String hash) {
        return new TestRows(
                id,
                name,
                version,
                hash,
                prompt,
                tokens,
                text,
                logprobs,
                steps,
                outcome,
                parameters,
                arrived);
    }

    public TestRows withText(int[] keptPrompt, int... keptTokens) {
        return new TestRows(
                id,
                adapter,
                number,
                weights,
                prompt,
                tokens,
                new KeptText(keptPrompt, keptTokens, ""),
                logprobs,
                steps,
                outcome,
                parameters,
                arrived);
    }

    public TestRows withLogprobs(float... known) {
        return new TestRows(
                id,
                adapter,
                number,
                weights,
                prompt,
                tokens,
                text,
                known,
                steps,
                outcome,
                parameters,
                arrived);
    }

    public TestRows withSteps(StepCounts counts) {
        return new TestRows(
                id,
                adapter,
                number,
                weights,
                prompt,
                tokens,
                text,
                logprobs,
                counts,
                outcome,
                parameters,
                arrived);
    }

    public TestRows ended(String how) {
        return new TestRows(
                id,
                adapter,
                number,
                weights,
                prompt,
                tokens,
                text,
                logprobs,
                steps,
                how,
                parameters,
                arrived);
    }

    public TestRows with(RequestParameters others) {
        return new TestRows(
                id, adapter, number, weights, prompt, tokens, text, logprobs, steps, outcome,
                others, arrived);
    }

    /** Returns the row as the history gives it. */
    public RequestRecord row() {
        return row(TokenChain.of(tokens));
    }

    /** Returns the row with other hashes of its tokens. */
    public RequestRecord row(byte[] hashes) {
        var ended =
                new EndedRequest(
                        1,
                        id,
                        null,
                        null,
                        null,
                        null,
                        adapter == null ? "tiny" : adapter,
                        adapter,
                        null,
                        number,
                        weights,
                        List.of("0"),
                        "fp",
                        "float32",
                        arrived,
                        arrived,
                        arrived,
                        null,
                        arrived,
                        arrived,
                        outcome.equals("shutting_down") ? "failed" : "answered",
                        outcome,
                        prompt.length,
                        0,
                        tokens.length,
                        0,
                        0,
                        0,
                        steps.unmerged(),
                        steps.merged(),
                        steps.mixed(),
                        false,
                        7L);
        return new RequestRecord(
                ended, parameters.json(), PromptHash.of(prompt), hashes, logprobs, text, List.of());
    }
}
