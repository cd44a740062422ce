package org.dlora.api.openai.answer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.api.openai.call.RunningCall;
import org.dlora.api.openai.tools.AnswerFormat;
import org.dlora.api.openai.tools.WholeAnswer;
import org.dlora.api.web.ApiException;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The whole answer of one sequence, collected from its events, with the times of its tokens. */
public final class Transcript {
    private final long begun = System.nanoTime();

    /** Text that each token added. */
    private final List<String> texts = new ArrayList<>();

    private final List<Integer> tokens = new ArrayList<>();
    private final List<TokenLogprobs> logprobs = new ArrayList<>();
    private List<TokenLogprobs> promptLogprobs = List.of();
    private @Nullable Duration first;
    private Duration total = Duration.ZERO;
    private @Nullable Finished end;

    /** Collects the {@code count} sequences until all have ended. */
    public static Mono<List<Transcript>> collect(Flux<RunningCall.Emission> emissions, int count) {
        return emissions.collect(
                () -> IntStream.range(0, count).mapToObj(_ -> new Transcript()).toList(),
                (transcripts, emission) -> transcripts.get(emission.index()).add(emission));
    }

    private void add(RunningCall.Emission emission) {
        switch (emission.event()) {
            case Prompt prompt -> promptLogprobs = prompt.logprobs();
            case Token token -> {
                if (first == null) {
                    first = elapsed();
                }
                texts.add(token.text());
                tokens.add(token.token());
                if (token.logprobs() != null) {
                    logprobs.add(token.logprobs());
                }
            }
            case Finished finished -> {
                end = finished;
                total = elapsed();
            }
            case Failed failed -> throw ApiException.failed(failed);
        }
    }

    private Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    /** Returns the time to the first token; null if there was none. */
    @Nullable
    public Duration firstToken() {
        return first;
    }

    /** Returns the time to the end. */
    public Duration total() {
        return total;
    }

    /** Returns what a token added to the text. */
    public String text(int token) {
        return texts.get(token);
    }

    public String text() {
        return String.join("", texts) + end().text();
    }

    /** Returns the answer by its parts. */
    public WholeAnswer read(AnswerFormat format) {
        return WholeAnswer.read(format, texts, end().text(), reason() == FinishReason.LENGTH);
    }

    public List<Integer> tokens() {
        return tokens;
    }

    public List<TokenLogprobs> logprobs() {
        return logprobs;
    }

    public List<TokenLogprobs> promptLogprobs() {
        return promptLogprobs;
    }

    /** Returns the finish reason in the words of the API. */
    public String finishReason() {
        return finishReason(reason());
    }

    public FinishReason reason() {
        return end().reason();
    }

    @Nullable
    public Object stop() {
        return end().stop();
    }

    public int promptTokens() {
        return end().promptTokens();
    }

    public int outputTokens() {
        return end().outputTokens();
    }

    public int cachedTokens() {
        return end().cachedTokens();
    }

    public static String finishReason(FinishReason reason) {
        return switch (reason) {
            case STOP -> "stop";
            case LENGTH -> "length";
            case CANCELLED ->
                    throw ApiException.of(
                            HttpStatus.SERVICE_UNAVAILABLE,
                            "The server ended the request before its answer was complete.");
        };
    }

    private Finished end() {
        if (end == null) {
            throw new IllegalStateException("The sequence has not ended.");
        }
        return end;
    }
}
