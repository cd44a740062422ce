package org.dlora.api.openai.answer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dlora.api.openai.call.RunningCall;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.api.openai.tools.AnswerPart;
import org.dlora.api.openai.tools.AnswerReader;
import org.dlora.api.web.ApiException;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.jspecify.annotations.Nullable;

/**
 * Reader of a chat's events as steps of its answers, for all writers of streams. Used by one thread
 * at a time.
 */
public final class AnswerStream {
    private final List<AnswerReader> readers;

    /** Last tokens of choices, whose ends have not come yet. */
    private final @Nullable Token[] last;

    public AnswerStream(AnswerFormat format, int choices) {
        readers = Stream.generate(format::reader).limit(choices).toList();
        last = new Token[choices];
    }

    /**
     * Returns the step of an event; empty for the prompt, and for a last token, which is in the
     * step of the end.
     *
     * @throws ApiException if the chat failed
     */
    public Optional<AnswerStep> read(RunningCall.Emission emission) {
        int index = emission.index();
        return switch (emission.event()) {
            case Prompt _ -> Optional.empty();
            case Token token when token.ends() -> {
                last[index] = token;
                yield Optional.empty();
            }
            case Token token -> {
                var parts = readers.get(index).addToken(token.text());
                yield Optional.of(new AnswerStep(index, token, parts, null));
            }
            case Finished finished -> Optional.of(end(index, finished));
            case Failed failed -> throw ApiException.failed(failed);
        };
    }

    private AnswerStep end(int index, Finished finished) {
        var token = last[index];
        var reader = readers.get(index);
        var parts = new ArrayList<AnswerPart>();
        if (token != null) {
            parts.addAll(reader.addToken(token.text()));
        }
        parts.addAll(reader.add(finished.text()));
        parts.addAll(reader.end(finished.reason() == FinishReason.LENGTH));
        return new AnswerStep(index, token, parts, finished);
    }

    /** Returns the tokens of each choice's reasoning. */
    public IntStream reasoningTokens() {
        return readers.stream().mapToInt(AnswerReader::reasoningTokens);
    }
}
