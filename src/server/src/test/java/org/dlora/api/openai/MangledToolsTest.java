package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import org.dlora.api.openai.call.CallIdentity;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.chat.AnswerSettings;
import org.dlora.api.openai.chat.ChatCalls;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Json;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.cluster.IdleService;
import org.dlora.cluster.facts.Arrival;
import org.dlora.model.BaseModel;
import org.dlora.security.Access;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Requests with tools that clients got wrong are refused with 400 or taken; nothing else happens.
 */
class MangledToolsTest {
    private static final String REQUEST =
            """
            {"model": "demo", "messages": [{"role": "user", "content": "Weather?"},
             {"role": "assistant", "content": null, "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\\"a\\": [1]}"}}]},
             {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "x"}]}],
             "tools": [{"type": "function", "function": {"name": "f", "description": "d", "strict": true, "parameters": {"type": "object", "properties": {"a": {"type": "array", "items": {"$ref": "#/$defs/n"}}}, "required": ["a"], "$defs": {"n": {"type": "integer"}}}}},
                       {"type": "function", "function": {"name": "g"}}],
             "tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": false}
            """;
    private static final List<String> VALUES =
            List.of(
                    "null",
                    "1",
                    "-1e9",
                    "\"\"",
                    "\"f\"",
                    "[]",
                    "{}",
                    "true",
                    "\"auto\"",
                    "\"required\"",
                    "\"tool\"",
                    "\"function\"",
                    "[[1]]",
                    "{\"a\": {}}",
                    "\"\\ud800\"",
                    "\"%s {{ x }} {% for %}\"");

    private static BaseModel base;
    private static ServedModel served;

    @BeforeAll
    static void open() {
        base = BaseModel.open(TestFiles.golden("models/qwen3"));
        served =
                new ServedBuilder(
                                new ServedModels(
                                        base,
                                        8192,
                                        new Catalogue("demo", List.of()),
                                        Instant.EPOCH),
                                new IdleService())
                        .build();
    }

    @AfterAll
    static void close() {
        base.close();
    }

    @Test
    void mangledToolsCauseNoServerError() {
        var calls = new ChatCalls(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC), AnswerSettings.AUTO);
        var identity = new CallIdentity("key", Arrival.now(Clock.systemUTC(), null), Access.OPEN);
        var random = new Random(3);
        int taken = 0;
        int refused = 0;
        for (int round = 0; round < 10_000; round++) {
            var text = mangled(random);
            try {
                var body = Json.object(text.getBytes(StandardCharsets.UTF_8));
                var chat = calls.read(body, served, identity);
                assertThat(chat.call().sequences()).isNotEmpty();
                taken++;
            } catch (ApiException e) {
                assertThat(e.status().value()).as(text).isIn(400, 404);
                refused++;
            }
        }
        assertThat(taken).isGreaterThan(100);
        assertThat(refused).isGreaterThan(1_000);
    }

    /** Replaces values, or cuts and doubles pieces of the text. */
    private static String mangled(Random random) {
        var text = new StringBuilder(REQUEST);
        for (int change = random.nextInt(3); change >= 0; change--) {
            if (random.nextInt(4) == 0) {
                int at = random.nextInt(text.length());
                int end = Math.min(text.length(), at + random.nextInt(10));
                text.replace(
                        at, end, random.nextBoolean() ? "" : text.substring(at, end).repeat(2));
            } else {
                replace(text, random);
            }
        }
        return text.toString();
    }

    /** Replaces the value of a member: a string, or what is in brackets. */
    private static void replace(StringBuilder text, Random random) {
        int at = text.indexOf("\": ", random.nextInt(text.length())) + 3;
        if (at < 3 || at >= text.length()) {
            return;
        }
        int end = end(text, at);
        text.replace(at, end, VALUES.get(random.nextInt(VALUES.size())));
    }

    private static int end(StringBuilder text, int at) {
        int depth = 0;
        boolean isString = false;
        for (int i = at; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' && text.charAt(i - 1) != '\\') {
                isString = !isString;
            } else if (!isString && (c == '{' || c == '[')) {
                depth++;
            } else if (!isString && (c == '}' || c == ']')) {
                depth--;
            }
            if (!isString && depth <= 0 && (i > at || depth < 0)) {
                return "}],".indexOf(c) >= 0 && depth < 0 ? i : i + 1;
            }
        }
        return text.length();
    }
}
