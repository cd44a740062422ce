package org.dlora.engine.embed;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.request.GenerationEvent;

/** Collector of one request's events, which passes their text on and completes the answer. */
final class AnswerCollector implements GenerationListener {
    private final Consumer<String> pieces;
    private final StringBuilder text = new StringBuilder();
    private final CompletableFuture<EngineAnswer> answer = new CompletableFuture<>();

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
        switch (event) {
            case GenerationEvent.Prompt _ -> {}
            case GenerationEvent.Token token -> add(token.text());
            case GenerationEvent.Finished end -> {
                add(end.text());
                answer.complete(
                        new EngineAnswer(
                                text.toString(),
                                end.reason(),
                                end.promptTokens(),
                                end.outputTokens()));
            }
            case GenerationEvent.Failed(var code, var message, _) ->
                    answer.completeExceptionally(new AnswerFailedException(code, message));
        }
    }

    private void add(String piece) {
        if (piece.isEmpty()) {
            return;
        }
        text.append(piece);
        try {
            pieces.accept(piece);
        } catch (RuntimeException | Error e) {
            answer.completeExceptionally(e);
            throw e;
        }
    }
}
