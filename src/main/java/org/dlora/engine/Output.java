package org.dlora.engine;

import java.util.Set;
import org.dlora.engine.GenerationEvent.Finished;
import org.dlora.engine.GenerationEvent.Token;
import org.dlora.replica.StopStrings;
import org.jspecify.annotations.Nullable;

/** What a sequence has generated, as text, and whether that ends it. */
final class Output {
    private final GenerationRequest request;
    private final Set<Integer> endTokens;
    private final int maxTokens;
    private final TextStream stream;
    private final StopStrings stops;
    private int cached;
    private int count;
    private @Nullable Finished finished;

    /**
     * @param maxSequenceLength prompt and output tokens together
     */
    Output(
            GenerationRequest request,
            TextStream stream,
            Set<Integer> endTokens,
            int maxSequenceLength) {
        this.request = request;
        this.stream = stream;
        this.endTokens = endTokens;
        maxTokens =
                Math.min(request.stop().maxTokens(), maxSequenceLength - request.prompt().length);
        stops = new StopStrings(request.stop().stopStrings(), request.stop().includeStop());
    }

    int count() {
        return count;
    }

    /** So many of the prompt's tokens were cached. */
    void cached(int tokens) {
        cached = tokens;
    }

    /** The end, once the last token was added. */
    @Nullable Finished finished() {
        return finished;
    }

    Token add(int token, @Nullable TokenLogprobs logprobs) {
        count++;
        boolean isStop = request.stop().stopTokens().contains(token);
        boolean isEnd = endTokens.contains(token) && !request.stop().ignoreEos();
        boolean isShown = !(isStop || isEnd) || request.stop().includeStop();
        String text = isShown ? show(stream.next(token)) : "";
        if (isStop || isEnd) {
            finish(FinishReason.STOP, isStop ? token : null);
        } else if (stops.found() != null || count >= maxTokens) {
            finish(FinishReason.LENGTH, null);
        }
        return new Token(token, text, logprobs);
    }

    /** The end by the client's wish. */
    Finished cancelled() {
        return finished(FinishReason.CANCELLED, "", null);
    }

    private void finish(FinishReason reason, @Nullable Object stop) {
        String rest = stops.found() == null ? show(stream.flush()) : "";
        String found = stops.found();
        finished =
                found == null
                        ? finished(reason, rest + stops.flush(), stop)
                        : finished(FinishReason.STOP, rest, found);
    }

    private Finished finished(FinishReason reason, String text, @Nullable Object stop) {
        return new Finished(reason, text, stop, request.prompt().length, cached, count);
    }

    /**
     * As vLLM: a stop string that is complete within the first {@code minTokens} tokens does not
     * count; one that begins there and is completed later does.
     */
    private String show(String text) {
        return stops.accept(text, count > request.stop().minTokens());
    }
}
