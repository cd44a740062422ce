package org.dlora.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.dlora.constraint.SchemaCase;
import org.dlora.constraint.SchemaOracle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Answers at temperature 1 to more than 100 schemas, each complete one checked by a validator. */
final class SampledSchemas {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int CHOICES = 8;
    private static final int MAX_TOKENS = 256;
    private static final int MAX_ROUNDS = 8;

    /** Requests at a time. */
    private static final int IN_FLIGHT = 6;

    private final RunningServer server;
    private final String model;
    private final JsonNode bias;
    private final Set<String> answered = new HashSet<>();
    private int complete;

    /**
     * @param bias of logits, so that strings do not fill the context
     */
    SampledSchemas(RunningServer server, String model, String bias) {
        this.server = server;
        this.model = model;
        this.bias = JSON.readTree(bias);
    }

    /** Asks until at least {@code wanted} answers over at least 100 schemas are complete. */
    void check(int wanted) throws Exception {
        for (int round = 0; round < MAX_ROUNDS && !isEnough(wanted); round++) {
            ask(round);
        }
        assertThat(complete).isGreaterThanOrEqualTo(wanted);
        assertThat(answered).hasSizeGreaterThanOrEqualTo(100);
    }

    private boolean isEnough(int wanted) {
        return complete >= wanted && answered.size() >= 100;
    }

    private void ask(int round) throws Exception {
        var requests =
                SchemaCase.all().stream()
                        .map(one -> (Callable<Void>) () -> count(one, answer(one, round)))
                        .toList();
        try (var clients = Executors.newFixedThreadPool(IN_FLIGHT)) {
            for (var request : clients.invokeAll(requests)) {
                request.get();
            }
        }
    }

    private JsonNode answer(SchemaCase one, int round) throws Exception {
        var body = JSON.createObjectNode();
        body.put("model", model);
        body.putArray("messages").addObject().put("role", "user").put("content", "JSON");
        body.put("n", CHOICES);
        body.put("seed", 1000 * round);
        body.put("temperature", 1);
        body.put("max_tokens", MAX_TOKENS);
        body.set("logit_bias", bias);
        var format = body.putObject("response_format");
        format.put("type", "json_schema");
        var schema = format.putObject("json_schema");
        schema.put("name", "case");
        schema.put("strict", true);
        schema.set("schema", one.schema());
        var answer = server.post("/v1/chat/completions", body.toString());
        assertThat(answer.statusCode()).as("%s: %s", one, answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private synchronized Void count(SchemaCase one, JsonNode answer) {
        for (var choice : answer.get("choices")) {
            var text = choice.get("message").get("content").stringValue();
            if (choice.get("finish_reason").stringValue().equals("stop")) {
                assertThat(SchemaOracle.problems(one.schema(), text))
                        .as("%s: %s", one, text)
                        .isEmpty();
                complete++;
                answered.add(one.name());
            } else {
                assertThat(choice.get("finish_reason").stringValue()).isEqualTo("length");
            }
        }
        return null;
    }
}
