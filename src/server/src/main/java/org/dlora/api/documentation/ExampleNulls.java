package org.dlora.api.documentation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.responses.ApiResponse;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Keeps null in examples: swagger-core writes maps without it, but trees as they are. */
final class ExampleNulls {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ExampleNulls() {}

    static void keep(OpenAPI document) {
        document.getPaths().values().stream()
                .flatMap(path -> path.readOperations().stream())
                .forEach(operation -> {
                    if (operation.getRequestBody() != null) {
                        keep(operation.getRequestBody().getContent());
                    }
                    if (operation.getResponses() != null) {
                        keep(operation.getResponses().values());
                    }
                });
        if (document.getComponents().getResponses() != null) {
            keep(document.getComponents().getResponses().values());
        }
    }

    private static void keep(Collection<ApiResponse> responses) {
        responses.forEach(response -> keep(response.getContent()));
    }

    private static void keep(@Nullable Content content) {
        if (content != null) {
            content.values().forEach(ExampleNulls::keep);
        }
    }

    private static JsonNode tree(Object example) {
        return JSON.valueToTree(example);
    }

    private static void keep(MediaType media) {
        if (media.getExample() != null) {
            media.setExample(tree(media.getExample()));
        }
        if (media.getExamples() != null) {
            media.getExamples()
                    .values()
                    .forEach(example -> example.setValue(tree(example.getValue())));
        }
    }
}
