package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.api.openai.ChatCompletionsTest.chat;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.api.web.ConnectionThread;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The parts of a stream are written from the thread that asks for them, or a part could be lost
 * between the two: see {@link ConnectionThread}.
 */
@Import(ConnectionThreadTest.Watch.class)
class ConnectionThreadTest extends ApiTest {

    @TestConfiguration(proxyBeanMethods = false)
    static class Watch {
        @Bean
        Writers writers() {
            return new Writers(ConcurrentHashMap.newKeySet());
        }

        @Bean
        WebFilter watching(Writers writers) {
            return (exchange, chain) ->
                    chain.filter(
                            exchange.mutate()
                                    .response(new Watched(exchange.getResponse(), writers))
                                    .build());
        }
    }

    /** Names of the threads that wrote, and that asked for more. */
    record Writers(Set<String> names) {
        void add() {
            names.add(Thread.currentThread().getName());
        }
    }

    private static final class Watched extends ServerHttpResponseDecorator {
        private final Writers writers;

        Watched(ServerHttpResponse response, Writers writers) {
            super(response);
            this.writers = writers;
        }

        @Override
        public Mono<Void> writeAndFlushWith(
                Publisher<? extends Publisher<? extends DataBuffer>> body) {
            return super.writeAndFlushWith(
                    Flux.from(body)
                            .doOnRequest(_ -> writers.add())
                            .doOnNext(_ -> writers.add())
                            .doOnComplete(writers::add));
        }
    }

    @Autowired Writers writers;

    @Test
    void aStreamIsWrittenOnTheThreadOfItsConnection() {
        engine.answer(request -> Events.saying("Hello", request.prompt().length));
        stream("/v1/chat/completions", chat("upper", ", \"stream\": true"));
        assertThat(writers.names())
                .singleElement()
                .asString()
                .matches("(reactor-http|webflux-http).*");
    }
}
