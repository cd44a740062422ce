package org.dlora.api.openai.chat;

import java.util.List;
import java.util.function.Function;
import org.dlora.api.openai.answer.AnswerThreads;
import org.dlora.api.openai.answer.LateLabel;
import org.dlora.api.openai.answer.Replies;
import org.dlora.api.openai.answer.ServerEvent;
import org.dlora.api.openai.call.Call;
import org.dlora.api.openai.call.RunningCall;
import org.dlora.api.web.ConnectionThread;
import org.dlora.api.web.ErrorBody;
import org.dlora.api.web.Errors;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

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
                                .publishOn(AnswerThreads.ALL)
                                .map(all -> reader.apply(events(all)))
                                .publishOn(thread)
                                .flatMap(json -> {
                                    Replies.name(response, call);
                                    return Replies.send(response, json);
                                }));
    }

    private List<ChatEvent> events(List<RunningCall.Emission> emissions) {
        var events = new ChatEvents(chat, null);
        return emissions.stream().flatMap(one -> events.read(one).stream()).toList();
    }

    /** Runs the chat and answers a stream, which begins when the chat is in the queue. */
    public Mono<Void> stream(Writer writer) {
        var thread = ConnectionThread.of(response);
        return replies.run(
                response,
                call,
                emissions -> {
                    var read = new ChatEvents(chat, new LateLabel(call.selected()));
                    Replies.name(response, call);
                    var events =
                            Flux.fromIterable(writer.begin())
                                    .concatWith(
                                            emissions
                                                    .concatMapIterable(read::read)
                                                    .concatMapDelayError(event ->
                                                            written(writer, event, thread)))
                                    .onErrorResume(e ->
                                            Flux.fromIterable(
                                                    writer.failed(Errors.body(e).error())));
                    return replies.stream(response, thread, events.map(ServerEvent::frame));
                });
    }

    private static Flux<ServerEvent> written(Writer writer, ChatEvent event, Scheduler thread) {
        return switch (event) {
            case ChatEvent.End end ->
                    Mono.fromCallable(() -> writer.end(end))
                            .subscribeOn(AnswerThreads.ALL)
                            .publishOn(thread)
                            .flatMapIterable(events -> events);
            case ChatEvent.Text _,
                    ChatEvent.Reasoning _,
                    ChatEvent.CallBegun _,
                    ChatEvent.Arguments _,
                    ChatEvent.CallBroken _ ->
                    Flux.fromIterable(writer.more(event));
        };
    }

    /** Writer of a stream's events. Used by one thread at a time. */
    public interface Writer {
        /** Returns the events before the first token. */
        List<ServerEvent> begin();

        /** Returns the events of what happened, but for the end. */
        List<ServerEvent> more(ChatEvent event);

        /** Returns the last events. Called away from the event loops. */
        List<ServerEvent> end(ChatEvent.End end);

        /** Returns the last events of a chat that failed. */
        List<ServerEvent> failed(ErrorBody.Detail error);
    }
}
