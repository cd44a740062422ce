package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.dlora.adapter.NoSuchFolderException;
import org.dlora.api.web.KnownPaths;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping;

/** Paths beside completions, those that are not there, and what is not plain JSON. */
class PathsTest extends ApiTest {
    private static final String CHAT =
            "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}";

    @Autowired
    @Qualifier("requestMappingHandlerMapping")
    private RequestMappingHandlerMapping mapping;

    private String message(String method, String path) {
        var answer =
                client().method(HttpMethod.valueOf(method))
                        .uri(path)
                        .exchange()
                        .expectStatus()
                        .isNotFound()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        return json(String.valueOf(answer)).at("/error/message").asString();
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /chat/completions,        /v1/chat/completions",
        "POST, /v1/v1/chat/completions,  /v1/chat/completions",
        "POST, /v1/chat/completions/,    /v1/chat/completions",
        "POST, /openai/v1/completions,   /v1/completions",
        "GET,  /models,                  /v1/models",
        "POST, /v1/tokenize,             /tokenize",
        "GET,  /v1/health,               /health"
    })
    void aPathThatIsNearOneThatIsThereNamesIt(String method, String path, String meant) {
        assertThat(message(method, path))
                .startsWith(
                        "There is nothing at %s %s. Do you mean %s? "
                                .formatted(method, path, meant));
    }

    @Test
    void otherPathsGetTheListOfClientPaths() {
        assertThat(message("POST", "/v1/embeddings"))
                .startsWith(
                        "There is nothing at POST /v1/embeddings. There are /v1/chat/completions, ")
                .contains("/v1/load_lora_adapter")
                .endsWith("GET /v3/api-docs describes all paths.");
    }

    /** Other packages answer the metrics and responses. */
    @Test
    void listedPathsExist() {
        var paths =
                mapping.getHandlerMethods().keySet().stream()
                        .flatMap(info -> info.getPatternsCondition().getPatterns().stream())
                        .map(pattern -> pattern.getPatternString())
                        .toList();
        var others = List.of("/metrics", "/v1/responses");
        assertThat(KnownPaths.CLIENTS.stream().filter(path -> !others.contains(path)))
                .isSubsetOf(paths);
    }

    @Test
    void aMissingFolderOfAnAdapterIs404() {
        changes.failure = new NoSuchFolderException("x is no folder below the adapter roots");
        var answer =
                post("/v1/load_lora_adapter", "{\"lora_name\": \"x\", \"lora_path\": \"x\"}")
                        .expectStatus()
                        .isNotFound()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        var error = json(String.valueOf(answer)).get("error");
        assertThat(error.get("param").asString()).isEqualTo("lora_path");
        assertThat(error.get("message").asString()).contains("is no folder below");
    }

    @Test
    void aPingIsAHealthWithoutABody() {
        for (var method : new HttpMethod[] {HttpMethod.GET, HttpMethod.POST}) {
            client().method(method)
                    .uri("/ping")
                    .exchange()
                    .expectStatus()
                    .isOk()
                    .expectBody()
                    .isEmpty();
        }
        engine.serving = false;
        client().get()
                .uri("/ping")
                .exchange()
                .expectStatus()
                .isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
    }

    @Test
    void theLoadIsTheNumberOfUnfinishedRequests() {
        client().get()
                .uri("/load")
                .exchange()
                .expectStatus()
                .isOk()
                .expectBody()
                .json("{\"server_load\": 0}");
    }

    @Test
    void theTokenizersConfigurationHasTheChatTemplate() {
        var body =
                client().get()
                        .uri("/tokenizer_info")
                        .exchange()
                        .expectStatus()
                        .isOk()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        var info = json(String.valueOf(body));
        assertThat(info.get("tokenizer_class").asString()).isNotEmpty();
        assertThat(Optional.ofNullable(info.get("chat_template")))
                .get()
                .satisfies(template -> assertThat(template.asString()).contains("<|im_start|>"));
        assertThat(info.path("eos_token").asString("<|im_end|>")).isEqualTo("<|im_end|>");
    }

    @Test
    void aCompressedBodyIsRefusedInWords() {
        var answer =
                client().post()
                        .uri("/v1/chat/completions")
                        .contentType(MediaType.APPLICATION_JSON)
                        .header("Content-Encoding", "gzip")
                        .bodyValue(new byte[] {31, -117, 8})
                        .exchange()
                        .expectStatus()
                        .isEqualTo(HttpStatus.UNSUPPORTED_MEDIA_TYPE)
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        assertThat(json(String.valueOf(answer)).at("/error/message").asString())
                .isEqualTo(
                        "The body is compressed (Content-Encoding: gzip). Send it as it is, without this header.");
    }

    /** curl waits for the interim answer before it sends a long body. */
    @Test
    void aClientThatAsksWhetherToContinueIsTold() throws IOException {
        engine.answer(request -> Events.saying("ok", request.prompt().length));
        try (var client = new RawClient(port)) {
            client.send(
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
                            + "Expect: 100-continue\r\nContent-Length: %d\r\n\r\n"
                                    .formatted(CHAT.getBytes(StandardCharsets.UTF_8).length));
            assertThat(client.line()).isEqualTo("HTTP/1.1 100 Continue");
            assertThat(client.send(CHAT).answers())
                    .contains("HTTP/1.1 200 OK", "\"content\":\"ok\"");
        }
    }
}
