package org.dlora.api.documentation;

import io.swagger.v3.core.converter.ModelConverters;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.oas.models.PathItem.HttpMethod;
import io.swagger.v3.oas.models.Paths;
import io.swagger.v3.oas.models.media.JsonSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import io.swagger.v3.oas.models.servers.Server;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.springdoc.core.customizers.OpenApiCustomizer;

/**
 * Customizer that adds what the {@linkplain DescriptionFiles files} say to the operations that
 * springdoc has found. A described operation replaces the found one. A found path such as {@code
 * /admin/adapters/{*path}} is replaced by the described paths below it. An operation without a
 * description stays as springdoc has it.
 */
final class Descriptions implements OpenApiCustomizer {
    /** Member of an operation: the statuses with which it answers an error. */
    private static final String ERRORS = "x-errors";

    /** Statuses of requests that no handler gets: not HTTP, or too large. */
    private static final List<Integer> ALWAYS = List.of(400, 414, 431);

    /** Path that needs no key where there are keys. */
    private static final String OPEN = "/health";

    /** Member of a schema: its optional members may be null. */
    private static final String MAY_BE_NULL = "x-null";

    private final OpenAPI described;
    private final List<Class<?>> records;

    private Descriptions(OpenAPI described, List<Class<?>> records) {
        this.described = described;
        this.records = records;
    }

    static Descriptions read() {
        var files = DescriptionFiles.read();
        return new Descriptions(files.whole(), files.records());
    }

    @Override
    public void customise(OpenAPI document) {
        document.setInfo(described.getInfo());
        document.setServers(List.of(new Server().url("/")));
        document.setTags(described.getTags());
        document.setSecurity(described.getSecurity());
        var paths = paths(document.getPaths());
        boolean isWhole = paths.size() == described.getPaths().size();
        document.setPaths(paths);
        document.setComponents(components(isWhole ? new Components() : document.getComponents()));
    }

    private Paths paths(Paths found) {
        var all = new TreeMap<String, PathItem>();
        found.forEach((path, item) ->
                item.readOperationsMap()
                        .forEach((method, operation) -> {
                            if (!isDescribed(path, method)) {
                                all.computeIfAbsent(path, _ -> new PathItem())
                                        .operation(method, operation);
                            }
                        }));
        described
                .getPaths()
                .forEach((path, item) ->
                        item.readOperationsMap()
                                .forEach((method, operation) -> {
                                    complete(path, method, operation);
                                    all.computeIfAbsent(path, _ -> new PathItem())
                                            .operation(method, operation);
                                }));
        var paths = new Paths();
        all.forEach(paths::addPathItem);
        return paths;
    }

    /**
     * Returns whether a file describes an operation, by whatever names of variables. springdoc
     * writes <code>{*path}</code> as <code>{path}</code>.
     */
    private boolean isDescribed(String path, HttpMethod method) {
        var found = unnamed(path);
        return described.getPaths().entrySet().stream()
                .filter(entry -> entry.getValue().readOperationsMap().containsKey(method))
                .map(entry -> unnamed(entry.getKey()))
                .anyMatch(known ->
                        found.endsWith("{}") ? known.startsWith(found) : known.equals(found));
    }

    private static String unnamed(String path) {
        return path.replaceAll("\\{[^}]*}", "{}");
    }

    private static void complete(String path, HttpMethod method, Operation operation) {
        operation.setOperationId(
                method.name().toLowerCase(Locale.ROOT)
                        + path.replaceAll("[^A-Za-z0-9]+", "_").replaceFirst("_$", ""));
        var statuses = new ArrayList<Object>(ALWAYS);
        if (!path.equals(OPEN)) {
            statuses.add(401);
        } else {
            operation.setSecurity(List.of());
        }
        if (operation.getExtensions() != null
                && operation.getExtensions().remove(ERRORS) instanceof List<?> own) {
            statuses.addAll(own);
        }
        if (operation.getResponses() == null) {
            operation.setResponses(new ApiResponses());
        }
        for (var status : statuses) {
            operation
                    .getResponses()
                    .addApiResponse(
                            String.valueOf(status), new ApiResponse().$ref("Error" + status));
        }
    }

    private Components components(Components found) {
        var all = described.getComponents();
        var schemas = new TreeMap<String, Schema<?>>();
        if (found.getSchemas() != null) {
            found.getSchemas().forEach(schemas::put);
        }
        schemas.putAll(ofRecords());
        if (all.getSchemas() != null) {
            all.getSchemas()
                    .forEach((name, schema) -> {
                        complete(schema);
                        schemas.merge(name, schema, Descriptions::overlaid);
                    });
        }
        schemas.forEach(all::addSchemas);
        return all;
    }

    private static void complete(Schema<?> schema) {
        var extensions = schema.getExtensions();
        if (extensions == null || extensions.remove(MAY_BE_NULL) == null) {
            return;
        }
        var required = schema.getRequired() == null ? List.<String>of() : schema.getRequired();
        schema.getProperties()
                .replaceAll((name, member) ->
                        required.contains(name) ? member : Nullability.optional(member));
    }

    private Map<String, Schema<?>> ofRecords() {
        var converters = new ModelConverters(true);
        converters.addConverter(new RecordResolver());
        var schemas = new LinkedHashMap<String, Schema<?>>();
        records.forEach(type -> converters.readAll(type).forEach(schemas::put));
        return schemas;
    }

    /** Replaces a member of a derived schema; only its description, if the file says no more. */
    private static void overlay(Schema<?> derived, String name, Schema<?> member) {
        Schema<?> own = derived.getProperties().get(name);
        if (own != null && member.equals(new JsonSchema().description(member.getDescription()))) {
            own.setDescription(member.getDescription());
        } else {
            derived.addProperty(name, member);
        }
    }

    /** Returns the schema of a record with the members that a file describes otherwise. */
    private static Schema<?> overlaid(Schema<?> derived, Schema<?> file) {
        if (file.getDescription() != null) {
            derived.setDescription(file.getDescription());
        }
        if (file.getExample() != null) {
            derived.setExample(file.getExample());
        }
        if (file.getProperties() != null) {
            file.getProperties().forEach((name, member) -> overlay(derived, name, member));
        }
        return derived;
    }
}
