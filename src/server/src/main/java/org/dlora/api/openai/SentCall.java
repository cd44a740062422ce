package org.dlora.api.openai;

import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.dlora.api.openai.call.Call;
import org.dlora.api.openai.call.ModelField;
import org.dlora.api.openai.call.SelectedModel;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.api.openai.chat.ChatRequest;
import org.dlora.api.openai.completion.CompletionRequest;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.catalogue.history.EndedRequest;
import org.dlora.catalogue.served.VersionChoice;
import org.dlora.operate.history.RepeatedCall;
import org.dlora.replica.request.PrefixOwner;
import org.dlora.security.Access;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;
import tools.jackson.databind.node.ObjectNode;

/**
 * A call whose body is sent again. Chat template and system prompt are those of the version that
 * answered, and the time that a template sees is that of the request's arrival.
 *
 * @param body without members if the call is not sent again
 * @param zone of the time that a template sees
 */
record SentCall(ObjectNode body, ServedModel served, Access access, ZoneId zone)
        implements RepeatedCall {
    /** Begins of the ids of requests whose prompt a chat's body makes. */
    private static final List<String> CHATS = List.of(Call.CHAT_ID, "resp_");

    @Override
    public PrefixOwner prefixOwner() {
        return served.prefixOwner(access);
    }

    @Override
    public String systemFingerprint() {
        return served.systemFingerprint();
    }

    @Override
    public Optional<int[]> prompt(EndedRequest row, @Nullable VersionChoice choice) {
        return body.isEmpty() ? Optional.empty() : Optional.of(read(row, choice));
    }

    private int[] read(EndedRequest row, @Nullable VersionChoice choice) {
        var fields = Fields.of(body);
        var model = ModelField.name(fields, served);
        if (!model.equals(row.model()) && !model.startsWith(row.model() + "@")) {
            throw ApiException.invalid(
                    "model",
                    "The request was for the model '%s', but 'model' is '%s'. Send the body of the request."
                            .formatted(row.model(), StringUtils.truncate(model)));
        }
        var selected = new SelectedModel(served, access, choice);
        if (CHATS.stream().anyMatch(row.id()::startsWith)) {
            return ChatRequest.read(fields, selected).prompt(Clock.fixed(row.arrived(), zone));
        }
        var request = CompletionRequest.read(fields, selected);
        int prompt = sequence(row.id()) / request.options().choices();
        if (prompt >= request.prompts().size()) {
            throw ApiException.invalid(
                    "prompt",
                    "The request was for prompt %d of its call, but the body has %d. Send the body of the request."
                            .formatted(prompt + 1, request.prompts().size()));
        }
        var tokens =
                request.prompts()
                        .get(prompt)
                        .tokens(served.tokenizer(), request.addSpecialTokens());
        return request.promptOptions().keep(tokens, served);
    }

    /** Returns the number of a sequence in its call, which ends its id. */
    private static int sequence(String id) {
        try {
            return Integer.parseInt(id.substring(id.lastIndexOf('-') + 1));
        } catch (NumberFormatException _) {
            return 0;
        }
    }
}
