package org.dlora.api.documentation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swagger.v3.core.util.Json31;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Paths;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.core.io.ClassPathResource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The files below {@code openapi/}: parts of an OpenAPI 3.1 document. {@code x-records} names the
 * records of answers, whose schemas are derived.
 *
 * @param whole all files as one document
 */
record DescriptionFiles(OpenAPI whole, List<Class<?>> records) {
    private static final String FOLDER = "openapi/";
    private static final List<String> FILES =
            List.of(
                    "common.yaml",
                    "inference.yaml",
                    "responses.yaml",
                    "adapters.yaml",
                    "cluster.yaml",
                    "history.yaml",
                    "keys.yaml",
                    "users.yaml");

    static final String RECORDS = "x-records";

    private static final ObjectMapper PLAIN = new ObjectMapper();

    static DescriptionFiles read() {
        var whole = new OpenAPI().paths(new Paths()).components(new Components());
        var records = new ArrayList<Class<?>>();
        for (var file : FILES) {
            var part = read(file);
            if (part.getInfo() != null) {
                whole.info(part.getInfo()).tags(part.getTags()).security(part.getSecurity());
            }
            if (part.getPaths() != null) {
                part.getPaths().forEach(whole.getPaths()::addPathItem);
            }
            if (part.getComponents() != null) {
                add(part.getComponents(), whole.getComponents());
            }
            if (part.getExtensions() != null
                    && part.getExtensions().get(RECORDS) instanceof Map<?, ?> packages) {
                packages.forEach((name, types) -> records.addAll(types(name, types)));
            }
        }
        ExampleNulls.keep(whole);
        return new DescriptionFiles(whole, records);
    }

    private static OpenAPI read(String file) {
        var options = new LoaderOptions();
        options.setMaxAliasesForCollections(Integer.MAX_VALUE);
        try (var text = new ClassPathResource(FOLDER + file).getInputStream()) {
            // By SnakeYAML, as Jackson knows no anchors.
            var values = new Yaml(new SafeConstructor(options)).<Map<String, Object>>load(text);
            // By way of a tree of another mapper, as Json31 would leave null out.
            JsonNode tree = PLAIN.valueToTree(values);
            return Json31.mapper().treeToValue(tree, OpenAPI.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void add(Components from, Components to) {
        if (from.getSchemas() != null) {
            from.getSchemas().forEach(to::addSchemas);
        }
        if (from.getResponses() != null) {
            from.getResponses().forEach(to::addResponses);
        }
        if (from.getParameters() != null) {
            from.getParameters().forEach(to::addParameters);
        }
        if (from.getSecuritySchemes() != null) {
            from.getSecuritySchemes().forEach(to::addSecuritySchemes);
        }
        if (from.getHeaders() != null) {
            from.getHeaders().forEach(to::addHeaders);
        }
    }

    private static List<Class<?>> types(Object packageName, Object names) {
        var types = new ArrayList<Class<?>>();
        for (var name : (List<?>) names) {
            try {
                types.add(Class.forName(packageName + "." + name));
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException(RECORDS + " names a class that is not there", e);
            }
        }
        return types;
    }
}
