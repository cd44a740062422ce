package org.dlora.api.openai;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.web.server.WebExceptionHandler;

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

    /** Before Spring Boot's, which knows another shape. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    WebExceptionHandler errors() {
        return new Errors();
    }
}
