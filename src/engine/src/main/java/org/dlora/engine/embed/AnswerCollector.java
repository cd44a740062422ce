package org.dlora.engine.embed;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.GenerationEvent;

/**
 * Collector of one request's events, which passes their text on and completes the answer: on
 * another thread than that of the events, so that code chained to the answer may use the engine.
 */
final class AnswerCollector implements GenerationListener {
    private final Consumer<String> pieces;
    private final StringBuilder text = new StringBuilder();
    private final CompletableFuture<EngineAnswer> answer = new CompletableFuture<>();

    /** Whether the consumer of pieces threw; it gets no more of them. */
    private boolean hasFailed;

    /**
     * @param pieces is given each piece of the text as soon as it is known
     */
    AnswerCollector(Consumer<String> pieces) {
        this.pieces = pieces;
    }

    CompletableFuture<EngineAnswer> answer() {
        return answer;
    }

    @Override
    public void on(GenerationEvent event) {
        if (hasFailed) {
            return;
        }
        switch (event) {
            case GenerationEvent.Prompt _ -> {}
            case GenerationEvent.Token token -> add(token.text());
            case GenerationEvent.Finished end -> {
                add(end.text());
                var whole =
                        new EngineAnswer(
                                text.toString(),
                                end.reason(),
                                end.promptTokens(),
                                end.outputTokens());
                answer.completeAsync(() -> whole);
            }
            case GenerationEvent.Failed(var code, var message, _) ->
                    fail(new AnswerFailedException(code, message));
        }
    }

    private void fail(Throwable cause) {
        hasFailed = true;
        var _ = CompletableFuture.runAsync(() -> answer.completeExceptionally(cause));
    }

    private void add(String piece) {
        if (piece.isEmpty()) {
            return;
        }
        text.append(piece);
        try {
            pieces.accept(piece);
        } catch (RuntimeException | Error e) {
            fail(e);
            throw e;
        }
    }
}
