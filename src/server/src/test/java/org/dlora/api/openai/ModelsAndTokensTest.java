package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.dlora.cluster.replicas.ReplicaCondition;
import org.dlora.cluster.replicas.ReplicaCondition.State;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import tools.jackson.databind.JsonNode;

class ModelsAndTokensTest extends ApiTest {

    @Test
    void modelsAreTheBaseAndItsAdapters() {
        var models = get("/v1/models");
        assertThat(models.get("object").asString()).isEqualTo("list");
        assertThat(models.get("data").toString())
                .isEqualTo(
                        "[{\"id\":\"demo\",\"object\":\"model\",\"created\":1767323045,\"owned_by\":\"dlora\",\"root\":\""
                                + TestFiles.demo("model")
                                + "\",\"parent\":null,\"max_model_len\":1024,\"tool_parser\":null,\"reasoning_parser\":null},"
                                + "{\"id\":\"rot13\",\"object\":\"model\",\"created\":1767323045,\"owned_by\":\"dlora\",\"root\":\""
                                + TestFiles.demo("adapters/rot13")
                                + "\",\"parent\":\"demo\",\"max_model_len\":1024,\"tool_parser\":null,\"reasoning_parser\":null},"
                                + "{\"id\":\"upper\",\"object\":\"model\",\"created\":1767323045,\"owned_by\":\"dlora\",\"root\":\""
                                + TestFiles.demo("adapters/upper")
                                + "\",\"parent\":\"demo\",\"max_model_len\":1024,\"tool_parser\":null,\"reasoning_parser\":null}]");
        assertThat(get("/v1/models/rot13")).isEqualTo(models.get("data").get(1));
        client().get()
                .uri("/v1/models/org/other")
                .exchange()
                .expectStatus()
                .isEqualTo(HttpStatus.NOT_FOUND);
    }

    @Test
    void textsAndConversationsBecomeTokens() {
        assertThat(
                        ask("/tokenize", "{\"model\": \"upper\", \"prompt\": \"Hi<|im_end|>\"}")
                                .toString())
                .isEqualTo(
                        "{\"count\":3,\"max_model_len\":1024,\"tokens\":[72,105,258],\"token_strs\":null}");
        assertThat(
                        ask("/tokenize", "{\"prompt\": \"Hi\", \"return_token_strs\": true}")
                                .get("token_strs")
                                .toString())
                .isEqualTo("[\"H\",\"i\"]");
        var chat =
                "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"add_generation_prompt\": %s}";
        assertThat(ask("/tokenize", chat.formatted(true)).get("count").intValue()).isEqualTo(21);
        assertThat(ask("/tokenize", chat.formatted(false)).get("count").intValue()).isEqualTo(10);
    }

    @Test
    void tokensBecomeText() {
        assertThat(ask("/detokenize", "{\"tokens\": [72, 105, 258]}").toString())
                .isEqualTo("{\"prompt\":\"Hi<|im_end|>\"}");
    }

    @Test
    void wrongTokensAreNamed() {
        for (var body :
                new String[] {
                    "{\"tokens\": [264]}",
                    "{\"tokens\": \"x\"}",
                    "{}",
                    "{\"tokens\": [], \"model\": 1}"
                }) {
            post("/detokenize", body).expectStatus().isBadRequest();
        }
        for (var body :
                new String[] {
                    "{}",
                    "{\"prompt\": 1}",
                    "{\"prompt\": \"x\", \"messages\": []}",
                    "{\"prompt\": \"x\", \"y\": 1}"
                }) {
            post("/tokenize", body).expectStatus().isBadRequest();
        }
        post("/tokenize", "{\"prompt\": \"x\", \"model\": \"gpt-9\"}").expectStatus().isNotFound();
    }

    @Test
    void aDefectReplicaIsNotHealthy() {
        engine.serving = false;
        client().get()
                .uri("/health")
                .exchange()
                .expectStatus()
                .isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
    }

    @Test
    void aServerIsHealthyWhileOneOfItsReplicasServes() {
        engine.conditions =
                List.of(
                        new ReplicaCondition("0", State.SERVING, "", Instant.EPOCH),
                        new ReplicaCondition("1", State.RESTARTING, "it hung", Instant.EPOCH));
        assertThat(get("/health").toString())
                .isEqualTo(
                        "{\"status\":\"ok\",\"replicas\":[{\"id\":\"0\",\"state\":\"serving\"},"
                                + "{\"id\":\"1\",\"state\":\"restarting\"}]}");
    }

    @Test
    void healthAndVersionAnswer() {
        assertThat(get("/health").toString()).isEqualTo("{\"status\":\"ok\"}");
        assertThat(get("/version").toString()).isEqualTo("{\"version\":\"1.2.3\"}");
    }

    private JsonNode get(String path) {
        var body =
                client().get()
                        .uri(path)
                        .exchange()
                        .expectStatus()
                        .isOk()
                        .expectBody(String.class)
                        .returnResult()
                        .getResponseBody();
        return json(String.valueOf(body));
    }
}
