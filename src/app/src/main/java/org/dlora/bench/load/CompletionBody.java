package org.dlora.bench.load;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.workload.PlannedRequest;
import tools.jackson.databind.json.JsonMapper;

/** The body of {@code POST /v1/completions} for a planned request. */
final class CompletionBody {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private CompletionBody() {}

    /**
     * Returns the body of a greedy, streamed completion with exactly the planned number of tokens,
     * unless the target's extra members say otherwise.
     */
    static byte[] of(LoadTarget target, PlannedRequest request) {
        var body = new LinkedHashMap<String, Object>();
        body.put("model", target.models().get(request.model()));
        body.put("prompt", request.prompt());
        body.put("max_tokens", request.outputTokens());
        body.put("min_tokens", request.outputTokens());
        body.put("ignore_eos", true);
        body.put("temperature", 0);
        body.put("stream", true);
        body.put("stream_options", Map.of("include_usage", true));
        if (target.isLlama()) {
            body.put("lora", List.of(Map.of("id", request.model(), "scale", 1)));
            body.put("cache_prompt", false);
        }
        body.putAll(target.extraBody());
        return JSON.writeValueAsBytes(body);
    }
}
