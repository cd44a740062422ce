package org.dlora.api.openai.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.api.openai.call.SelectedModel;
import org.dlora.api.web.ApiException;
import org.dlora.api.web.Fields;
import org.dlora.api.web.Json;
import org.jspecify.annotations.Nullable;

/**
 * Reader of the variables that a chat gives its template: {@code chat_template_kwargs}, and {@code
 * reasoning_effort}, {@code verbosity} and {@code documents} where the template reads them. The
 * first two are advice, so they have no effect elsewhere, as with vLLM; documents are refused
 * there.
 */
public final class TemplateVariables {
    /** Words of {@code reasoning_effort}. */
    public static final List<String> EFFORTS =
            List.of("none", "minimal", "low", "medium", "high", "xhigh", "max");

    /** Words of {@code verbosity}. */
    public static final List<String> VERBOSITIES = List.of("low", "medium", "high");

    private TemplateVariables() {}

    /**
     * Returns the variables by name.
     *
     * @throws ApiException if documents are given that the template does not read
     */
    static Map<String, Object> read(Fields fields, SelectedModel selected) {
        var variables = new LinkedHashMap<String, Object>();
        fields.object("chat_template_kwargs").map(Json::values).ifPresent(variables::putAll);
        advice(fields, "reasoning_effort", EFFORTS, variables, selected);
        advice(fields, "verbosity", VERBOSITIES, variables, selected);
        fields.array("documents")
                .filter(array -> !array.isEmpty())
                .ifPresent(array -> {
                    var documents = new ArrayList<@Nullable Object>();
                    for (int i = 0; i < array.size(); i++) {
                        var path = "documents[" + i + "]";
                        documents.add(Json.values(Fields.object(path, array.get(i))));
                    }
                    if (!reads(selected, "documents")) {
                        throw ApiException.unsupported(
                                "documents", "the model's chat template does not read it");
                    }
                    variables.put("documents", documents);
                });
        return variables;
    }

    private static void advice(
            Fields fields,
            String name,
            List<String> words,
            Map<String, Object> variables,
            SelectedModel selected) {
        fields.word(name, words)
                .filter(_ -> reads(selected, name))
                .ifPresent(value -> variables.put(name, value));
    }

    private static boolean reads(SelectedModel selected, String variable) {
        return selected.chat().filter(format -> format.reads(variable)).isPresent();
    }
}
