package org.dlora.api.openai.completion;

import java.util.List;
import java.util.OptionalInt;
import org.dlora.api.openai.call.GenerationOptions;
import org.dlora.api.openai.call.ModelField;
import org.dlora.api.openai.call.PromptOptions;
import org.dlora.api.openai.call.SelectedModel;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.call.UnsupportedParameterCheck;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.security.Access;
import tools.jackson.databind.node.ObjectNode;

/**
 * A body of {@code POST /v1/completions}, checked.
 *
 * @param selected the version of the model that it gets
 * @param echo whether the answer begins with the prompt
 * @param logprobs top alternatives to report for each token, -1 = no log-probabilities
 * @param maxTokens 0 only with {@code echo}; the answer is the prompt alone
 */
public record CompletionRequest(
        String model,
        SelectedModel selected,
        List<Prompt> prompts,
        GenerationOptions options,
        boolean echo,
        int logprobs,
        OptionalInt maxTokens,
        PromptOptions promptOptions,
        boolean addSpecialTokens) {

    public static CompletionRequest read(ObjectNode body, ServedModel served, Access access) {
        var fields = Fields.of(body);
        return read(fields, ModelField.select(fields, served, access));
    }

    /** Reads a body for a version that was chosen before. */
    public static CompletionRequest read(Fields fields, SelectedModel selected) {
        var served = selected.served();
        var model = ModelField.name(fields, served);
        UnsupportedParameterCheck.completion(fields);
        boolean echo = fields.flag("echo", false);
        var request =
                new CompletionRequest(
                        model,
                        selected,
                        prompts(fields, echo, served),
                        GenerationOptions.read(fields, selected),
                        echo,
                        served.calls()
                                .alternatives(fields, "logprobs", served.vocabSize())
                                .orElse(-1),
                        maxTokens(fields, echo, selected),
                        PromptOptions.read(fields, served),
                        fields.flag("add_special_tokens", true));
        request.check(fields, served);
        fields.endButNulls();
        return request;
    }

    private static List<Prompt> prompts(Fields fields, boolean echo, ServedModel served) {
        var prompts = Prompt.read(fields, served);
        var suffix = fields.text("suffix").orElse("");
        if (suffix.isEmpty()) {
            return prompts;
        }
        if (echo) {
            throw ApiException.invalid(
                    "echo", "'echo' is not available with 'suffix'. Leave out one of them.");
        }
        return prompts.stream().map(prompt -> filled(prompt, suffix, served)).toList();
    }

    private static Prompt filled(Prompt prompt, String suffix, ServedModel served) {
        return switch (prompt) {
            case Prompt.Text(var text) -> new Prompt.Text(FillIn.prompt(text, suffix, served));
            case Prompt.Tokens _ ->
                    throw ApiException.invalid(
                            "prompt", "'prompt' must be a text where there is a 'suffix'.");
        };
    }

    private static OptionalInt maxTokens(Fields fields, boolean echo, SelectedModel selected) {
        var given = fields.integer("max_tokens", echo ? 0 : 1, Integer.MAX_VALUE);
        return given.isPresent() ? given : selected.parameters().maxTokens();
    }

    private void check(Fields fields, ServedModel served) {
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
