package org.dlora.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Distinct streamed requests over the demo's models, greedy ones and such with a seed. */
final class SoakRequests {
    static final List<String> ADAPTERS =
            List.of("leet", "piglatin", "reverse", "rot13", "spell", "title", "upper", "vowels");
    static final String BASE = "dlora-demo";

    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz    ABCDEFGHIJ 0123456789.,?!";
    private static final int LONGEST_PROMPT = 40;
    private static final int LEAST_TOKENS = 16;
    private static final int MOST_TOKENS = 100;

    private SoakRequests() {}

    /** Returns bodies of requests, all of them different. */
    static List<String> make(int count, Random random) {
        var bodies = new ArrayList<String>();
        while (bodies.size() < count) {
            var body = body(random);
            if (!bodies.contains(body)) {
                bodies.add(body);
            }
        }
        return bodies;
    }

    private static String body(Random random) {
        var body = Example.JSON.createObjectNode();
        int model = random.nextInt(ADAPTERS.size() + 1);
        body.put("model", model == 0 ? BASE : ADAPTERS.get(model - 1));
        body.putArray("messages").addObject().put("role", "user").put("content", prompt(random));
        body.put("max_tokens", LEAST_TOKENS + random.nextInt(MOST_TOKENS - LEAST_TOKENS));
        body.put("ignore_eos", random.nextInt(4) > 0);
        body.put("logprobs", true).put("top_logprobs", 2).put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        if (random.nextInt(4) == 0) {
            body.putArray("stop").add("e " + (char) ('a' + random.nextInt(26)));
        }
        if (random.nextBoolean()) {
            body.put("temperature", 0);
        } else {
            body.put("temperature", 0.9).put("top_p", 0.95).put("top_k", 30);
            body.put("presence_penalty", 0.1).put("frequency_penalty", 0.1);
            body.put("seed", random.nextInt(1000));
        }
        return body.toString();
    }

    private static String prompt(Random random) {
        return random.ints(1 + random.nextInt(LONGEST_PROMPT), 0, LETTERS.length())
                .mapToObj(i -> LETTERS.substring(i, i + 1))
                .collect(Collectors.joining());
    }
}
