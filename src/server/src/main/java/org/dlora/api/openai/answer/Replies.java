package org.dlora.api.openai.answer;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dlora.api.openai.call.Call;
import org.dlora.api.openai.call.CallCompilation;
import org.dlora.api.openai.call.CallLimits;
import org.dlora.api.openai.call.Revocation;
import org.dlora.api.openai.call.RunningCall;
import org.dlora.api.openai.call.RunningCall.Emission;
import org.dlora.api.openai.call.SelectedModel;
import org.dlora.api.pools.WorkPools;
import org.dlora.api.web.ConnectionThread;
import org.dlora.api.web.Json;
import org.dlora.security.limits.Admission;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Writer of answers, whole or streamed. It runs a call, and cancels its sequences at once when the
 * client goes away. A whole answer may have many megabytes, so its JSON is made away from the event
 * loops.
 */
public final class Replies {
    private static final MediaType TEXT =
            new MediaType(MediaType.TEXT_PLAIN, StandardCharsets.UTF_8);

    private final Duration ping;
    private final CallLimits limits;
    private final WorkPools pools;

    public Replies(Duration ping, CallLimits limits, WorkPools pools) {
        this.ping = ping;
        this.limits = limits;
        this.pools = pools;
    }

    /**
     * Returns {@code call} within the limits of its key: checked before its body is read, and told
     * of in the headers of every answer.
     */
    public <T> Mono<T> limited(ServerWebExchange exchange, Mono<T> call) {
        return limits.limited(exchange, call);
    }

    public Mono<Void> reply(
            ServerHttpResponse response,
            Call call,
            Function<List<Transcript>, ?> whole,
            Supplier<Chunks> chunks) {
        var thread = ConnectionThread.of(response);
        return run(
                response,
                call,
                emissions ->
                        call.options().stream()
                                ? stream(response, thread, emissions, begun(response, call, chunks))
                                : Transcript.collect(emissions, call.sequences().size())
                                        .publishOn(AnswerThreads.ALL)
                                        .map(said -> Json.bytes(whole.apply(said)))
                                        .publishOn(thread)
                                        .flatMap(answer -> {
                                            name(response, call);
                                            return send(response, answer);
                                        }));
    }

    /**
     * Runs a call within its limits and reads its events on the connection's thread. Its sequences
     * are cancelled when the reader or the client goes away.
     */
    public <T> Mono<T> run(
            ServerHttpResponse response, Call call, Function<Flux<Emission>, Mono<T>> reader) {
        var thread = ConnectionThread.of(response);
        return limits.admit(response, call, thread)
                .flatMap(admission ->
                        CallCompilation.keep(pools, call, thread)
                                .doOnError(_ -> admission.ifPresent(Admission::withdraw))
                                .doOnCancel(() -> admission.ifPresent(Admission::withdraw))
                                .then(Mono.defer(() -> run(call, admission, thread, reader))))
                .subscribeOn(thread);
    }

    private static <T> Mono<T> run(
            Call call,
            Optional<Admission> admission,
            Scheduler thread,
            Function<Flux<Emission>, Mono<T>> reader) {
        return Mono.using(
                () -> RunningCall.submit(call, admission.orElse(null)),
                running ->
                        reader.apply(
                                Revocation.watch(running.emissions(thread), call, thread)
                                        // Also where the client does not read the error.
                                        .doOnError(_ -> running.close())),
                RunningCall::close);
    }

    /** Begins a stream: its last chunks name the adapter's version if its header cannot. */
    private static Chunks begun(ServerHttpResponse response, Call call, Supplier<Chunks> chunks) {
        var begun = chunks.get();
        name(response, call);
        return begun;
    }

    /** Names the adapter's version in a header, if its content is known by now. */
    public static void name(ServerHttpResponse response, Call call) {
        call.selected()
                .label()
                .ifPresent(label -> response.getHeaders().set(SelectedModel.HEADER, label));
    }

    public static Mono<Void> json(ServerHttpResponse response, Object body) {
        return send(response, Json.bytes(body));
    }

    public static Mono<Void> send(ServerHttpResponse response, byte[] json) {
        response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
        return response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(json)));
    }

    public static Mono<Void> text(ServerHttpResponse response, String text) {
        response.getHeaders().setContentType(TEXT);
        return response.writeWith(
                Mono.fromSupplier(() ->
                        response.bufferFactory().wrap(text.getBytes(StandardCharsets.UTF_8))));
    }

    private Mono<Void> stream(
            ServerHttpResponse response,
            Scheduler thread,
            Flux<Emission> emissions,
            Chunks chunks) {
        var all =
                emissions
                        .<Object>concatMapIterable(chunks::on)
                        .concatWith(Flux.defer(() -> Flux.fromIterable(chunks.end())));
        return write(response, EventStream.of(all, ping, thread));
    }

    /**
     * Answers a stream of events, and comments while it is quiet.
     *
     * @param frames whole events, which arrive on {@code thread}
     */
    public Mono<Void> stream(ServerHttpResponse response, Scheduler thread, Flux<String> frames) {
        return write(response, EventStream.withPings(frames, ping, thread));
    }

    private static Mono<Void> write(ServerHttpResponse response, Flux<String> events) {
        response.getHeaders().setContentType(MediaType.TEXT_EVENT_STREAM);
        response.getHeaders().setCacheControl(CacheControl.noCache());
        // Otherwise nginx collects the stream before it forwards it.
        response.getHeaders().set("X-Accel-Buffering", "no");
        var buffers = response.bufferFactory();
        return response.writeAndFlushWith(
                events.map(
                        event -> Mono.just(buffers.wrap(event.getBytes(StandardCharsets.UTF_8)))));
    }
}
