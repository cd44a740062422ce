package org.dlora.api.documentation;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.dlora.api.documentation.ApiDocument.Operation;
import org.junit.jupiter.api.Test;
import org.springdoc.core.service.OpenAPIService;
import org.springframework.http.MediaType;
import org.springframework.http.server.PathContainer;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.reactive.result.method.RequestMappingInfo;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerMapping;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.annotation.JsonNaming;
import tools.jackson.databind.json.JsonMapper;

/** The document has every endpoint, every error and every member. */
class DocumentationTest extends DocumentedServer {
    private static final SnakeCaseStrategy SNAKE = new SnakeCaseStrategy();

    @Test
    void describesEveryEndpoint() {
        for (var mapping : mappings()) {
            for (var method : mapping.getMethodsCondition().getMethods()) {
                for (var pattern : mapping.getPatternsCondition().getPatterns()) {
                    assertThat(document.operations())
                            .as(method + " " + pattern)
                            .anyMatch(operation ->
                                    operation.method().equals(method.name())
                                            && isBelow(
                                                    operation.path(), pattern.getPatternString()));
                }
            }
        }
    }

    private static boolean isBelow(String path, String pattern) {
        int rest = pattern.indexOf("{*");
        return rest < 0 ? path.equals(pattern) : path.startsWith(pattern.substring(0, rest));
    }

    @Test
    void describesNothingElse() {
        for (var operation : document.operations()) {
            var path = operation.path().replaceAll("[{}]", "");
            assertThat(mappings())
                    .as(operation.toString())
                    .anyMatch(mapping ->
                            mapping.getMethodsCondition()
                                            .getMethods()
                                            .contains(RequestMethod.valueOf(operation.method()))
                                    && mapping.getPatternsCondition().getPatterns().stream()
                                            .anyMatch(pattern ->
                                                    pattern.matches(
                                                            PathContainer.parsePath(path))));
        }
    }

    private Iterable<RequestMappingInfo> mappings() {
        return context
                .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
                .getHandlerMethods()
                .entrySet()
                .stream()
                .filter(entry -> entry.getValue().getBeanType().getName().startsWith("org.dlora."))
                .map(Map.Entry::getKey)
                .toList();
    }

    @Test
    void operationsSayWhatTheyDoAndWhatTheyAnswer() {
        var tags = new TreeSet<String>();
        document.root().get("tags").forEach(tag -> tags.add(tag.get("name").asString()));
        var ids = new TreeSet<String>();
        for (var operation : document.operations()) {
            var said = operation.said();
            assertThat(said.path("summary").asString("")).as("%s", operation).isNotBlank();
            assertThat(said.path("tags").valueStream().map(JsonNode::asString))
                    .as("%s: described by a file in openapi/", operation)
                    .hasSize(1)
                    .allMatch(tags::contains);
            assertThat(ids.add(said.get("operationId").asString())).as("%s", operation).isTrue();
            assertThat(said.path("responses").propertyNames())
                    .as("%s", operation)
                    .anyMatch(status -> status.startsWith("2"));
            said.path("parameters")
                    .forEach(parameter ->
                            assertThat(parameter.path("description").asString(""))
                                    .as("%s: %s", operation, parameter)
                                    .isNotBlank());
        }
    }

    @Test
    void errorsHaveOpenAisShape() {
        for (var operation : document.operations()) {
            for (var answer : operation.said().get("responses").properties()) {
                if (answer.getKey().startsWith("4")) {
                    var response = resolved(answer.getValue());
                    assertThat(ApiDocument.named(response.at("/content/application~1json/schema")))
                            .as("%s: %s", operation, answer.getKey())
                            .isEqualTo("Error");
                }
            }
        }
        assertThat(document.members("ErrorDetail"))
                .containsExactly("code", "message", "param", "type");
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref")
                ? document.root().at(node.get("$ref").asString().substring(1))
                : node;
    }

    @Test
    void referencesLeadToSomething() {
        var found = new ArrayList<String>();
        document.root().findValues("$ref").forEach(reference -> found.add(reference.asString()));
        assertThat(found).hasSizeGreaterThan(100);
        for (var reference : found) {
            assertThat(document.root().at(reference.substring(1)).isObject())
                    .as(reference)
                    .isTrue();
        }
    }

    @Test
    void schemasOfAnswersHaveEveryComponentOfTheirRecords() {
        var resolver = new RecordResolver();
        var records = withNested(DescriptionFiles.read().records());
        assertThat(records).hasSizeGreaterThan(50);
        for (var type : records) {
            var expected =
                    components(type)
                            .map(component -> SNAKE.translate(component.getName()))
                            .collect(toCollection(TreeSet::new));
            assertThat(document.members(resolver.name(type))).as("%s", type).isEqualTo(expected);
        }
    }

    /** Spring writes answers of {@code /admin} by their names, unless a record says otherwise. */
    @Test
    void administrationAnswersInSnakeCase() {
        for (var type : withNested(DescriptionFiles.read().records())) {
            if (type.getPackageName().endsWith(".admin")
                    && !type.isAnnotationPresent(JsonNaming.class)) {
                assertThat(Stream.of(type.getRecordComponents()).map(RecordComponent::getName))
                        .as("%s", type)
                        .allMatch(name -> SNAKE.translate(name).equals(name));
            }
        }
    }

    private static List<Class<?>> withNested(List<Class<?>> types) {
        var all = new ArrayList<Class<?>>();
        for (var type : types) {
            all.add(type);
            all.addAll(
                    withNested(
                            Stream.of(type.getDeclaredClasses())
                                    .filter(Class::isRecord)
                                    .filter(nested -> !all.contains(nested))
                                    .<Class<?>>map(nested -> nested)
                                    .toList()));
        }
        return all.stream().distinct().toList();
    }

    private static Stream<RecordComponent> components(Class<?> type) {
        return Stream.of(type.getRecordComponents())
                .filter(component -> !component.getAccessor().isAnnotationPresent(JsonIgnore.class))
                .flatMap(component ->
                        component.getAccessor().isAnnotationPresent(JsonUnwrapped.class)
                                ? components(component.getType())
                                : Stream.of(component));
    }

    @Test
    void javadocOfRecordsDescribesTheirMembers() {
        assertThat(document.schema("EndedRequest").at("/properties/queued/description").asString())
                .isEqualTo("when it was given to a replica");
        assertThat(document.schema("EndedRequest").at("/properties/queued/type").toString())
                .contains("null", "string");
        assertThat(document.schema("Version").get("required").toString())
                .contains("\"hash\"", "\"source\"");
        assertThat(document.schema("Health").get("required").toString()).isEqualTo("[\"status\"]");
    }

    @Test
    void membersOfRequestsAreDescribed() {
        for (var operation : document.operations()) {
            var name = ApiDocument.named(operation.request());
            document.schema(name)
                    .path("properties")
                    .properties()
                    .forEach(member ->
                            assertThat(
                                            member.getValue().has("description")
                                                    || member.getValue().findValue("$ref") != null)
                                    .as("%s.%s", name, member.getKey())
                                    .isTrue());
        }
    }

    @Test
    void examplesMatchTheirSchemas() {
        int count = 0;
        for (var operation : document.operations()) {
            var request = operation.said().path("requestBody").path("content");
            count += checkExamples(operation, request);
            for (var answer : operation.said().get("responses")) {
                count += checkExamples(operation, resolved(answer).path("content"));
            }
        }
        assertThat(count).isGreaterThan(150);
    }

    private int checkExamples(Operation operation, JsonNode content) {
        int count = 0;
        for (var media : content.properties()) {
            var examples = ApiDocument.examples(media.getValue());
            boolean isJson = media.getKey().equals("application/json");
            if (isJson && !operation.path().startsWith("/v3/")) {
                assertThat(examples).as("%s has an example", operation).isNotEmpty();
            }
            for (var example : examples.entrySet()) {
                assertThat(document.problems(media.getValue().get("schema"), example.getValue()))
                        .as("%s: %s", operation, example.getKey())
                        .isEmpty();
                count++;
            }
        }
        return count;
    }

    @Test
    void aKeyIsTheSecurityOfAllButTheHealth() {
        assertThat(document.root().at("/components/securitySchemes/key/type").asString())
                .isEqualTo("http");
        assertThat(document.root().at("/components/securitySchemes/key/scheme").asString())
                .isEqualTo("bearer");
        assertThat(document.root().get("security").toString()).isEqualTo("[{\"key\":[]},{}]");
        for (var operation : document.operations()) {
            boolean isOpen = operation.path().equals("/health");
            assertThat(operation.said().path("security").isArray())
                    .as("%s", operation)
                    .isEqualTo(isOpen);
        }
    }

    @Test
    void yamlSaysTheSame() {
        Object yaml =
                new Yaml().load(get("/v3/api-docs.yaml", MediaType.valueOf("application/yaml")));
        assertThat(JsonMapper.shared().<JsonNode>valueToTree(yaml).get("paths").propertyNames())
                .containsExactlyElementsOf(document.root().get("paths").propertyNames());
    }

    @Test
    void startMakesNoBeansOfSpringdoc() {
        assertThat(context.getBeanProvider(OpenAPIService.class).stream()).isEmpty();
    }
}
