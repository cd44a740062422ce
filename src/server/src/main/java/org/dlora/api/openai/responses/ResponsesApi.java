package org.dlora.api.openai.responses;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** OpenAI's Responses API. It needs {@link ResponseSettings} and {@code OpenAiApi}. */
@Configuration(proxyBeanMethods = false)
@Import(ResponsesController.class)
public class ResponsesApi {

    @Bean
    ResponseStore responseStore(ResponseSettings settings) {
        return new ResponseStore(settings);
    }
}
