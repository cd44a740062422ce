package org.dlora.api.openai;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.dlora.replica.GenerationEvent.Failed;
import org.dlora.replica.GenerationEvent.Finished;
import org.dlora.replica.GenerationEvent.Prompt;
import org.dlora.replica.GenerationEvent.Token;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A checked chat of one answer. It is run once, and cancelled when its client goes away. */
public final class ChatRun {
    private final ChatCalls.Chat chat;
    private final Call call;
    private final Replies replies;
    private final ServerHttpResponse response;

    ChatRun(ChatCalls.Chat chat, Replies replies, ServerHttpResponse response) {
        this.chat = chat;
        this.call = chat.call();
        this.replies = replies;
        this.response = response;
    }

    /** Returns the id that the history knows, without the number of the sequence. */
    public String id() {
        return call.id();
    }

    /** Returns when the call came, in seconds since 1970. */
    public long created() {
        return call.created();
    }

    public double temperature() {
        return call.options().sampling().temperature();
    }

    public double topP() {
        return call.options().sampling().topP();
    }

    /** Returns whether the answer's tokens have log-probabilities. */
    public boolean logprobs() {
        return chat.logprobs();
    }

    /**
     * Runs the chat and answers one JSON value. A chat that fails is an error of the call.
     *
     * @param reader makes the value of all events, away from the event loops
     */
    public Mono<Void> answer(Function<List<ChatEvent>, byte[]> reader) {
        var thread = ConnectionThread.of(response);
        return replies.run(
                response,
                call,
                emissions ->
                        emissions
                                .collectList()
                                .publishOn(Schedulers.boundedElastic())
                                .map(all -> reader.apply(events(all)))
                                .publishOn(thread)
                                .flatMap(json -> {
                                    Replies.name(response, call);
                                    return Replies.send(response, json);
                                }));
    }

    private List<ChatEvent> events(List<RunningCall.Emission> emissions) {
        return emissions.stream().map(one -> event(one, null)).filter(Objects::nonNull).toList();
    }

    /** Runs the chat and answers a stream, which begins when the chat is in the queue. */
    public Mono<Void> stream(Writer writer) {
        var thread = ConnectionThread.of(response);
        return replies.run(
                response,
                call,
                emissions -> {
                    var label = new LateLabel(call.selected());
                    Replies.name(response, call);
                    var events =
                            Flux.fromIterable(writer.begin())
                                    .concatWith(
                                            emissions
                                                    .mapNotNull(one -> event(one, label))
                                                    .concatMap(event ->
                                                            written(writer, event, thread)))
                                    .onErrorResume(e ->
                                            Flux.fromIterable(
                                                    writer.failed(Errors.body(e).error())));
                    return replies.stream(response, thread, events.map(ServerEvent::frame));
                });
    }

    private static Flux<ServerEvent> written(Writer writer, ChatEvent event, Scheduler thread) {
        return switch (event) {
            case ChatEvent.Text text -> Flux.fromIterable(writer.text(text));
            case ChatEvent.End end ->
                    Mono.fromCallable(() -> writer.end(end))
                            .subscribeOn(Schedulers.boundedElastic())
                            .publishOn(thread)
                            .flatMapIterable(events -> events);
        };
    }

    private @Nullable ChatEvent event(RunningCall.Emission emission, @Nullable LateLabel label) {
        return switch (emission.event()) {
            case Prompt _ -> null;
            case Token token -> new ChatEvent.Text(token.text(), logprobs(token));
            case Finished finished -> {
                // Throws if the server has ended the chat.
                var _ = Transcript.finishReason(finished.reason());
                yield new ChatEvent.End(
                        finished.text(),
                        finished.reason(),
                        finished.promptTokens(),
                        finished.cachedTokens(),
                        finished.outputTokens(),
                        label == null ? null : label.now());
            }
            case Failed failed -> throw ApiException.failed(failed);
        };
    }

    private List<ChatLogprobs.Entry> logprobs(Token token) {
        var logprobs = token.logprobs();
        return logprobs == null
                ? List.of()
                : ChatLogprobs.of(TokenNames.of(call), List.of(logprobs)).content();
    }

    /** Writer of a stream's events. Used by one thread at a time. */
    public interface Writer {
        /** Returns the events before the first token. */
        List<ServerEvent> begin();

        /** Returns the events of more text. */
        List<ServerEvent> text(ChatEvent.Text text);

        /** Returns the last events. Called away from the event loops. */
        List<ServerEvent> end(ChatEvent.End end);

        /** Returns the last events of a chat that failed. */
        List<ServerEvent> failed(ErrorBody.Detail error);
    }
}
