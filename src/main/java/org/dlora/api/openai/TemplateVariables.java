package org.dlora.api.openai;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reader of the variables that a chat gives its template: {@code chat_template_kwargs}, and {@code
 * reasoning_effort} and {@code documents} where the template reads them.
 */
final class TemplateVariables {
    private static final Set<String> EFFORTS =
            Set.of("none", "minimal", "low", "medium", "high", "xhigh", "max");

    private TemplateVariables() {}

    /**
     * Returns the variables by name.
     *
     * @throws ApiException if a variable is given that the template does not read
     */
    static Map<String, Object> read(Fields fields, SelectedModel selected) {
        var variables = new LinkedHashMap<String, Object>();
        fields.object("chat_template_kwargs").map(Json::values).ifPresent(variables::putAll);
        effort(fields).ifPresent(effort -> put(variables, "reasoning_effort", effort, selected));
        fields.array("documents")
                .filter(array -> !array.isEmpty())
                .ifPresent(array -> {
                    var documents = new ArrayList<@Nullable Object>();
                    for (int i = 0; i < array.size(); i++) {
                        var path = "documents[" + i + "]";
                        documents.add(Json.values(Fields.object(path, array.get(i))));
                    }
                    put(variables, "documents", documents, selected);
                });
        return variables;
    }

    private static Optional<String> effort(Fields fields) {
        var effort = fields.text("reasoning_effort");
        if (effort.isPresent() && !EFFORTS.contains(effort.get())) {
            throw ApiException.invalid(
                    "reasoning_effort",
                    "'reasoning_effort' must be one of %s, but is '%s'."
                            .formatted(String.join(", ", new TreeSet<>(EFFORTS)), effort.get()));
        }
        return effort;
    }

    private static void put(
            Map<String, Object> variables, String name, Object value, SelectedModel selected) {
        if (selected.chat().filter(format -> format.reads(name)).isEmpty()) {
            throw ApiException.unsupported(name, "the model's chat template does not read it");
        }
        variables.put(name, value);
    }
}
