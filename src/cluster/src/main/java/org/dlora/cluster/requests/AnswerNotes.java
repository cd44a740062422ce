package org.dlora.cluster.requests;

import java.util.stream.IntStream;
import org.dlora.cluster.facts.AnswerText;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Token;

/** Tokens and text of an answer, collected from its events. */
final class AnswerNotes {
    private final IntStream.Builder tokens = IntStream.builder();
    private final StringBuilder text = new StringBuilder();

    void on(GenerationEvent event) {
        switch (event) {
            case Token token -> {
                tokens.add(token.token());
                text.append(token.text());
            }
            case Finished end -> text.append(end.text());
            case GenerationEvent.Prompt _, GenerationEvent.Failed _ -> {}
        }
    }

    /** Returns the collected notes. To be called once, at the end. */
    AnswerText answer() {
        return new AnswerText(tokens.build().toArray(), text.toString());
    }
}
