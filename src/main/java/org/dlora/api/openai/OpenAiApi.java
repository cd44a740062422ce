package org.dlora.api.openai;

import org.springframework.boot.reactor.netty.NettyServerCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.WebExceptionHandler;
import reactor.netty.NettyPipeline;

/**
 * The endpoints; they need {@link HttpSettings}, and answer 503 until somebody calls {@link
 * Serving#begin}.
 */
@Configuration(proxyBeanMethods = false)
@Import({
    AdaptersController.class,
    ChatController.class,
    CompletionController.class,
    ModelsController.class,
    TokenController.class,
    StatusController.class
})
public class OpenAiApi {

    @Bean
    Serving serving() {
        return new Serving();
    }

    @Bean
    Bodies bodies(Serving serving) {
        return new Bodies(serving);
    }

    @Bean
    Replies replies(HttpSettings settings) {
        return new Replies(settings.ping());
    }

    /** Answers what the HTTP decoder does not take, in place of Reactor Netty. */
    @Bean
    NettyServerCustomizer decodingFailures() {
        return server ->
                server.doOnChannelInit((_, channel, _) -> {
                    var pipeline = channel.pipeline();
                    // It comes later where a connection may speak HTTP/2, which is off by default.
                    if (pipeline.get(NettyPipeline.HttpTrafficHandler) != null) {
                        pipeline.addBefore(
                                NettyPipeline.HttpTrafficHandler,
                                DecodingFailureHandler.class.getName(),
                                new DecodingFailureHandler());
                    }
                });
    }

    /** Before Spring Boot's, which knows another shape. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    WebExceptionHandler errors() {
        return new Errors();
    }
}
