package org.dlora.api.openai;

import java.util.List;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/**
 * A body of {@code POST /v1/completions}, checked.
 *
 * @param echo whether the answer begins with the prompt
 * @param logprobs top alternatives to report for each token, -1 = no log-probabilities
 * @param maxTokens 0 only with {@code echo}; the answer is the prompt alone
 */
record CompletionRequest(
        String model,
        List<Prompt> prompts,
        GenerationOptions options,
        boolean echo,
        int logprobs,
        OptionalInt maxTokens,
        boolean addSpecialTokens) {

    static CompletionRequest read(ObjectNode body, Served served) {
        var fields = Fields.of(body);
        var model = ModelField.required(fields);
        served.find(model);
        UnsupportedParameterCheck.completion(fields);
        boolean echo = fields.flag("echo", false);
        var request =
                new CompletionRequest(
                        model,
                        Prompt.read(fields, served),
                        GenerationOptions.read(fields, served),
                        echo,
                        fields.integer("logprobs", 0, ChatRequest.MAX_LOGPROBS).orElse(-1),
                        fields.integer("max_tokens", echo ? 0 : 1, Integer.MAX_VALUE),
                        fields.flag("add_special_tokens", true));
        request.check(fields, served);
        fields.end();
        return request;
    }

    private void check(Fields fields, Served served) {
        options.checkMinTokens(maxTokens);
        var bestOf = fields.integer("best_of", 1, Integer.MAX_VALUE);
        if (bestOf.isPresent() && bestOf.getAsInt() != options.choices()) {
            throw ApiException.unsupported("best_of", "only the value of 'n' is");
        }
        long sequences = (long) prompts.size() * options.choices();
        if (sequences > served.maxQueue()) {
            throw ApiException.invalid(
                    "prompt",
                    "The call asks for "
                            + sequences
                            + " sequences ("
                            + prompts.size()
                            + " prompts, n="
                            + options.choices()
                            + "); at most "
                            + served.maxQueue()
                            + " may wait at once. Send fewer prompts per call.");
        }
    }
}
