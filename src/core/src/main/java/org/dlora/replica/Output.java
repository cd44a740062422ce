package org.dlora.replica;

import static java.util.Objects.requireNonNull;

import java.util.Set;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.stop.StopSearch;
import org.jspecify.annotations.Nullable;

/**
 * Output of one sequence so far. It counts tokens, searches their text for stop strings, and
 * decides when the sequence ends and why.
 */
final class Output {
    private final GenerationRequest request;
    private final Set<Integer> endTokens;
    private final int maxTokens;
    private final StopSearch stops;
    private final SequenceTally tally;
    private @Nullable Finished finished;

    /**
     * @param tally counts the output tokens
     * @param endTokens of the model
     * @param maxSequenceLength prompt and output tokens together
     */
    Output(
            SequenceState state,
            SequenceTally tally,
            Set<Integer> endTokens,
            int maxSequenceLength) {
        request = state.request();
        this.tally = tally;
        this.endTokens = endTokens;
        maxTokens =
                Math.min(request.stop().maxTokens(), maxSequenceLength - request.prompt().length);
        var stop = request.stop();
        stops =
                StopSearch.resume(
                        stop.stopStrings(), stop.includeStop(), requireNonNull(state.heldText()));
    }

    int count() {
        return tally.outputTokens();
    }

    String heldText() {
        return stops.held();
    }

    /** Returns the end, once the last token was added. */
    @Nullable Finished finished() {
        return finished;
    }

    Token add(SampledToken sampled) {
        int token = sampled.token();
        tally.output();
        boolean isStop = request.stop().stopTokens().contains(token);
        boolean isEnd = endTokens.contains(token) && !request.stop().ignoreEos();
        boolean isShown = !(isStop || isEnd) || request.stop().includeStop();
        String text = isShown ? show(sampled.text()) : "";
        if (isStop || isEnd) {
            finish(FinishReason.STOP, isStop ? token : null);
        } else if (stops.found() != null || count() >= maxTokens) {
            finish(FinishReason.LENGTH, null);
        }
        return new Token(token, text, sampled.logprobs(), finished != null);
    }

    /** Returns the end of a sequence that the client cancelled. */
    Finished cancelled() {
        return finished(FinishReason.CANCELLED, "", null);
    }

    private void finish(FinishReason reason, @Nullable Object stop) {
        String found = stops.found();
        finished =
                found == null
                        ? finished(reason, stops.flush(), stop)
                        : finished(FinishReason.STOP, "", found);
    }

    private Finished finished(FinishReason reason, String text, @Nullable Object stop) {
        return new Finished(reason, text, stop, tally.usage());
    }

    /**
     * Passes text through the stop strings. As in vLLM, a stop string that is complete within the
     * first {@code minTokens} tokens does not count; one that begins there and is completed later
     * does.
     */
    private String show(String text) {
        return stops.accept(text, count() > request.stop().minTokens());
    }
}
