package org.dlora.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.dlora.engine.sampling.LogSoftmax;
import org.dlora.engine.sampling.Sampler;
import org.dlora.engine.sampling.SamplingState;
import org.dlora.replica.Answer;
import org.dlora.replica.SampledToken;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.TokenLogprobs;

/** The events that a request must lead to: one sequence alone, no cache, no batches. */
final class Oracle {
    private Oracle() {}

    static List<GenerationEvent> events(GenerationRequest request, int maxSequenceLength) {
        var end = Set.of(FakeModel.END);
        var sampling = new SamplingState(request.withSeed(0), end);
        var output = new Answer(request, end, maxSequenceLength);
        var text = new FakeModel.FakeText();
        var sampler = new Sampler(FakeModel.VOCAB);
        var tokens =
                Arrays.stream(request.prompt())
                        .boxed()
                        .collect(Collectors.toCollection(ArrayList::new));
        var events = new ArrayList<GenerationEvent>();
        if (request.promptLogprobs() >= 0) {
            events.add(prompt(request, tokens));
        }
        while (output.finished() == null) {
            var logits = FakeModel.logits(request.adapter(), tokens, tokens.size());
            int token = sampler.sample(logits, sampling);
            tokens.add(token);
            sampling.add(token);
            var logprobs =
                    request.logprobs() < 0
                            ? null
                            : LogSoftmax.of(logits).report(token, request.logprobs());
            events.add(output.add(new SampledToken(token, text.next(token), logprobs)));
        }
        events.add(output.finished());
        return events;
    }

    /** The same, without what they say of cached tokens, preemptions and steps. */
    static List<GenerationEvent> ignoringCosts(List<GenerationEvent> events) {
        return ends(events, usage -> usage(usage, 0));
    }

    /** The same, without what they say of preemptions and steps. */
    static List<GenerationEvent> ignoringSteps(List<GenerationEvent> events) {
        return ends(events, usage -> usage(usage, usage.cachedTokens()));
    }

    private static List<GenerationEvent> ends(
            List<GenerationEvent> events, UnaryOperator<SequenceUsage> change) {
        return events.stream()
                .map(event ->
                        event instanceof Finished end
                                ? new Finished(
                                        end.reason(),
                                        end.text(),
                                        end.stop(),
                                        change.apply(end.usage()))
                                : event)
                .toList();
    }

    private static SequenceUsage usage(SequenceUsage usage, int cachedTokens) {
        return new SequenceUsage(
                usage.promptTokens(), cachedTokens, usage.outputTokens(), 0, StepCounts.NONE);
    }

    private static GenerationEvent prompt(GenerationRequest request, List<Integer> tokens) {
        var logprobs = new ArrayList<TokenLogprobs>();
        for (int count = 1; count < tokens.size(); count++) {
            var logits = FakeModel.logits(request.adapter(), tokens, count);
            logprobs.add(LogSoftmax.of(logits).report(tokens.get(count), request.promptLogprobs()));
        }
        return new GenerationEvent.Prompt(logprobs);
    }
}
