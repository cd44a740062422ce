package org.dlora.app;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** A server with OpenAI's official client for Java. */
abstract class OpenAiClientIT extends ServerIT {
    OpenAIClient client;

    @BeforeAll
    void connect() {
        client =
                OpenAIOkHttpClient.builder()
                        .baseUrl(url() + "/v1")
                        .apiKey("none")
                        .maxRetries(0)
                        .build();
    }

    @AfterAll
    void disconnect() {
        client.close();
    }
}
