package org.dlora.catalogue;

import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.history.RequestParameters;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.catalogue.replay.ReplayComparison;
import org.dlora.catalogue.replay.ReplayReport;
import org.dlora.catalogue.replay.Rerun;
import org.dlora.catalogue.served.VersionChoice;
import org.dlora.cluster.GenerationService;
import org.dlora.cluster.facts.Arrival;
import org.dlora.cluster.facts.TokenChain;
import org.dlora.cluster.requests.Submission;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.replica.request.StopConditions;
import org.dlora.replica.request.TokenLogprobs;
import org.dlora.scheduling.AdapterRef;
import org.jspecify.annotations.Nullable;

/**
 * Replays of ended requests. A replay has the request's prompt, seed and parameters, never runs
 * through merged weights, and runs in the background. Thread-safe.
 */
public final class RequestReplays {
    /** Likeliest tokens that a replay reports for each of its tokens. */
    private static final int ALTERNATIVES = 20;

    /** Comparisons try all tokens, which no thread that delivers events has the time for. */
    private static final Executor BESIDE = task -> Thread.ofVirtual().name("replay").start(task);

    private final GenerationService service;
    private final Optional<SchedulingService> scheduling;
    private final int vocabulary;

    /**
     * @param scheduling knows the accuracy of merged weights
     * @param vocabulary number of token ids
     */
    public RequestReplays(
            GenerationService service, Optional<SchedulingService> scheduling, int vocabulary) {
        this.service = service;
        this.scheduling = scheduling;
        this.vocabulary = vocabulary;
    }

    /**
     * Runs a request anew, and compares the answers.
     *
     * @param prompt its token ids
     * @param choice the version that answered it; null for the base model
     * @param prefixes owner of the cached prefixes of whoever asks for the replay
     * @return the report; fails with {@link ReplayFailedException}. Cancelling it ends the replay
     * @throws IllegalArgumentException if the row cannot be replayed
     * @throws RuntimeException as {@link GenerationService#submit} does
     */
    public CompletableFuture<ReplayReport> replay(
            RequestRecord row, int[] prompt, @Nullable VersionChoice choice, PrefixOwner prefixes) {
        var request = request(row, prompt, choice).withPrefixOwner(prefixes);
        var run = new Run(prompt, choice, request);
        var report =
                run.rerun(run.request)
                        .thenComposeAsync(
                                rerun ->
                                        judged(
                                                row,
                                                run,
                                                rerun,
                                                ReplayComparison.of(row, rerun, vocabulary)),
                                BESIDE);
        var _ =
                report.whenComplete((_, _) -> {
                    if (report.isCancelled()) {
                        service.cancel(run.request.id());
                        service.cancel(run.stepId());
                    }
                });
        return report;
    }

    private static GenerationRequest request(
            RequestRecord row, int[] prompt, @Nullable VersionChoice choice) {
        int tokens = row.tokenHashes().length / TokenChain.BYTES;
        if (tokens == 0) {
            throw new IllegalArgumentException(
                    "it has no output token that could be compared; it ended as "
                            + row.ended().outcome());
        }
        if (row.ended().seed() == null) {
            throw new IllegalArgumentException("its seed is not kept");
        }
        var parameters = RequestParameters.parse(row.parameters(), row.ended().seed());
        boolean isWhole =
                row.ended().status().equals("answered")
                        && !row.ended().outcome().equals("cancelled");
        var request =
                new GenerationRequest(
                        "replay-" + UUID.randomUUID(),
                        choice == null ? AdapterRef.base() : AdapterRef.of(choice.adapter()),
                        prompt,
                        parameters.sampling(),
                        isWhole ? parameters.stop() : parameters.stop().atMost(tokens),
                        Math.max(ALTERNATIVES, parameters.logprobs()),
                        -1,
                        parameters.skipSpecialTokens(),
                        true,
                        parameters.continuesPrompt(),
                        true);
        return request.withConstraint(parameters.constraint());
    }

    /** Returns the report with the noise of merged weights, if the request ran through such. */
    private CompletableFuture<ReplayReport> judged(
            RequestRecord row, Run run, Rerun rerun, ReplayReport report) {
        var difference = report.difference();
        var ended = row.ended();
        if (difference == null || ended.mergedSteps() + ended.mixedSteps() == 0) {
            return CompletableFuture.completedFuture(report);
        }
        var deviation = deviation(ended);
        if (deviation.isEmpty()) {
            return CompletableFuture.completedFuture(
                    report.withUnknownNoise(
                            deviation,
                            "The request ran merged in part, and what merging its adapter costs in accuracy has not been measured."));
        }
        if (!run.request.sampling().isPlainGreedy()
                || difference.original().isEmpty()
                || difference.replay().isEmpty()) {
            return CompletableFuture.completedFuture(
                    report.withUnknownNoise(
                            deviation,
                            "The request ran merged in part; noise is compared for greedy requests without penalties and biases alone, where both tokens are known."));
        }
        return run.step(Arrays.copyOf(rerun.tokens(), difference.index()))
                .thenApplyAsync(step -> report.withNoise(deviation.getAsDouble(), step), BESIDE);
    }

    /** Returns the relative deviation of logits in the merged and mixed steps of a request. */
    private OptionalDouble deviation(EndedRequest row) {
        var own =
                Optional.ofNullable(row.weightsHash())
                        .flatMap(version -> scheduling.flatMap(known -> known.fidelity(version)))
                        .map(MergeFidelity::logitDeviation);
        // In a mixed step it was the merged adapter's, or beside the noisiest of those that mix.
        var beside =
                scheduling.stream()
                        .flatMap(known -> known.adapters().stream())
                        .filter(judged -> judged.verdict().rules().mixable())
                        .flatMap(
                                judged -> Optional.ofNullable(judged.verdict().fidelity()).stream())
                        .mapToDouble(MergeFidelity::mixedNoise)
                        .filter(Double::isFinite)
                        .max();
        if (row.mixedSteps() == 0) {
            return own.map(OptionalDouble::of).orElse(OptionalDouble.empty());
        }
        return beside.isPresent()
                ? OptionalDouble.of(Math.max(own.orElse(0.0), beside.getAsDouble()))
                : OptionalDouble.empty();
    }

    /**
     * Run of a replay: the request anew and, where noise is judged, one step of it with all tokens.
     */
    private final class Run {
        private final int[] prompt;
        private final @Nullable VersionChoice choice;
        private final GenerationRequest request;

        Run(int[] prompt, @Nullable VersionChoice choice, GenerationRequest request) {
            this.prompt = prompt;
            this.choice = choice;
            this.request = request;
        }

        String stepId() {
            return request.id() + "-step";
        }

        CompletableFuture<Rerun> rerun(GenerationRequest asked) {
            var listener = new RerunListener();
            var arrival = Arrival.now(Clock.systemUTC(), null);
            service.submit(List.of(new Submission(asked, listener, arrival, choice)));
            return listener.done();
        }

        /** Returns the log-probabilities of all tokens after the first ones of the answer. */
        CompletableFuture<List<TokenLogprobs.Entry>> step(int[] before) {
            var whole = Arrays.copyOf(prompt, prompt.length + before.length);
            System.arraycopy(before, 0, whole, prompt.length, before.length);
            var asked =
                    new GenerationRequest(
                                    stepId(),
                                    request.adapter(),
                                    whole,
                                    request.sampling(),
                                    StopConditions.after(1),
                                    vocabulary,
                                    -1,
                                    true,
                                    true,
                                    false,
                                    true)
                            .withPrefixOwner(request.prefixOwner());
            return rerun(asked).thenApply(rerun -> rerun.logprobs().getFirst().top());
        }
    }
}
